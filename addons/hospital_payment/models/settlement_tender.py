from odoo import fields, models


class HospitalSettlementTender(models.Model):
    _name = "hospital.settlement.tender"
    _description = "Settlement tender"
    _order = "settlement_id, id"

    settlement_id = fields.Many2one("hospital.settlement", required=True, index=True, ondelete="restrict")
    channel_id = fields.Many2one("hospital.pay.channel", required=True, ondelete="restrict")
    order_id = fields.Many2one("hospital.pay.order", index="btree_not_null", ondelete="restrict")
    account_entry_id = fields.Many2one("hospital.account.entry", index="btree_not_null", ondelete="restrict")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(required=True)
