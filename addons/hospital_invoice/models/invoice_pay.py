from odoo import fields, models


class HospitalInvoicePay(models.Model):
    """With what a bill was paid. Frozen when the bill is made."""

    _name = "hospital.invoice.pay"
    _description = "Payment of an electronic bill"
    _order = "invoice_id desc, id"

    invoice_id = fields.Many2one("hospital.invoice", required=True, readonly=True, index=True, ondelete="restrict")
    code = fields.Char("Channel", required=True, readonly=True, help="Our code of the channel.")
    name = fields.Char("Paid with", required=True, readonly=True)
    platform_code = fields.Char("Code there", required=True, readonly=True)
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
