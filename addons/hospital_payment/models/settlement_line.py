from odoo import fields, models


class HospitalSettlementLine(models.Model):
    _name = "hospital.settlement.line"
    _description = "Settlement line"
    _order = "settlement_id, id"

    settlement_id = fields.Many2one("hospital.settlement", required=True, index=True, ondelete="restrict")
    charge_id = fields.Many2one("hospital.charge", required=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(required=True)
