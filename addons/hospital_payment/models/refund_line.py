from odoo import fields, models


class HospitalRefundLine(models.Model):
    """What goes back by one road."""

    _name = "hospital.refund.line"
    _description = "Refund line"
    _inherit = ["hospital.exchange.mixin"]
    _order = "refund_id, id"
    _rec_name = "number"

    refund_id = fields.Many2one("hospital.refund", required=True, readonly=True, index=True, ondelete="restrict")
    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    order_id = fields.Many2one("hospital.pay.order", readonly=True, index="btree_not_null", ondelete="restrict")
    account_id = fields.Many2one("hospital.account", readonly=True, index="btree_not_null", ondelete="restrict")
    way = fields.Selection(
        [("original", "By the original road"), ("cash", "Cash"), ("account", "To the account")],
        required=True,
        readonly=True,
    )
    campus_id = fields.Many2one(related="refund_id.campus_id", store=True)
    currency_id = fields.Many2one(related="refund_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("processing", "Being carried out"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unknown", "No certain answer"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="pending",
    )
    channel_number = fields.Char("Number of the channel", readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    shift_id = fields.Many2one(
        "hospital.shift",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The shift on which it was booked when it was done.",
    )
