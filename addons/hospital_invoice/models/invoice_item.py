from odoo import fields, models


class HospitalInvoiceItem(models.Model):
    """What is printed on a bill: the sum of one charge category. Frozen when the bill is made."""

    _name = "hospital.invoice.item"
    _description = "Item of an electronic bill"
    _order = "invoice_id desc, sequence, id"

    invoice_id = fields.Many2one("hospital.invoice", required=True, readonly=True, index=True, ondelete="restrict")
    sequence = fields.Integer(readonly=True, default=1, help="From 1, never twice on a bill.")
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
    self_amount = fields.Monetary("Not insured", readonly=True, default=0)
