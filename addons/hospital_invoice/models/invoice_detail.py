from odoo import fields, models


class HospitalInvoiceDetail(models.Model):
    """One charge on the list that goes with a bill. Frozen when the bill is made."""

    _name = "hospital.invoice.detail"
    _description = "Charge of an electronic bill"
    _order = "invoice_id desc, sequence, id"

    invoice_id = fields.Many2one("hospital.invoice", required=True, readonly=True, index=True, ondelete="restrict")
    charge_id = fields.Many2one("hospital.charge", readonly=True, index="btree_not_null", ondelete="restrict")
    sequence = fields.Integer(readonly=True, default=1)
    category_code = fields.Char("Code of the item", required=True, readonly=True)
    category_name = fields.Char("Item", required=True, readonly=True)
    code = fields.Char(readonly=True)
    name = fields.Char(required=True, readonly=True)
    spec = fields.Char("Specification", readonly=True)
    unit = fields.Char(readonly=True)
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    price = fields.Float(digits="Product Price", required=True, readonly=True, aggregator=None)
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
    self_amount = fields.Monetary("Not insured", readonly=True, default=0)
