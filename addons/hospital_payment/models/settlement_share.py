from odoo import fields, models


class HospitalSettlementShare(models.Model):
    _name = "hospital.settlement.share"
    _description = "Share of a payer in a settlement"
    _order = "settlement_id desc, sequence, id"
    _rec_name = "name"

    settlement_id = fields.Many2one("hospital.settlement", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    payer_kind = fields.Selection(
        [
            ("self", "Patient"),
            ("fund", "Insurance fund"),
            ("account", "Personal insurance account"),
            ("other", "Other payer"),
        ],
        required=True,
    )
    name = fields.Char("Payer", required=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(required=True)
