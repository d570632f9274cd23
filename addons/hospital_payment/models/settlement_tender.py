from odoo import fields, models


class HospitalSettlementTender(models.Model):
    """One means of payment of a settlement. What the hospital moves itself is booked only when the whole is paid."""

    _name = "hospital.settlement.tender"
    _description = "Means of payment of a settlement"
    _order = "settlement_id desc, id"
    _rec_name = "channel_id"

    settlement_id = fields.Many2one("hospital.settlement", required=True, index=True, ondelete="restrict")
    channel_id = fields.Many2one("hospital.pay.channel", required=True, ondelete="restrict")
    channel_kind = fields.Selection(related="channel_id.kind")
    way = fields.Selection(
        [
            ("cash", "Cash"),
            ("manual", "Card terminal"),
            ("code", "Payment code"),
            ("qr", "QR code"),
            ("account", "Account"),
        ],
        required=True,
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(required=True)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done"), ("dropped", "Not paid")], required=True, default="planned"
    )
    account_id = fields.Many2one("hospital.account", ondelete="restrict")
    account_entry_id = fields.Many2one("hospital.account.entry", index="btree_not_null", ondelete="restrict")
    order_id = fields.Many2one("hospital.pay.order", index="btree_not_null", ondelete="restrict")
    reference = fields.Char("Slip number")

    _amount_positive = models.Constraint("CHECK (amount > 0)", "An amount to pay is more than zero.")
    _order_once = models.UniqueIndex("(order_id) WHERE order_id IS NOT NULL", "An order pays one settlement.")
