from odoo import fields, models


class HospitalSettlementShare(models.Model):
    _name = "hospital.settlement.share"
    _description = "Settlement share"
    _order = "settlement_id, id"

    settlement_id = fields.Many2one("hospital.settlement", required=True, index=True, ondelete="restrict")
    payer_kind = fields.Selection(
        [("self", "Patient"), ("fund", "Insurance fund"), ("account", "Insurance account"), ("other", "Other")],
        required=True,
        default="self",
    )
    name = fields.Char(required=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(required=True)
