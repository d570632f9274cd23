from odoo import api, fields, models

STATES = [
    ("created", "Created"),
    ("paying", "Being paid"),
    ("paid", "Paid"),
    ("failed", "Failed"),
    ("closed", "Closed"),
    ("unknown", "No certain answer"),
    ("reversing", "Being taken back"),
]
PLACES = [("window", "Window"), ("kiosk", "Self-service machine"), ("app", "Phone")]


class HospitalPayOrder(models.Model):
    """One attempt to be paid by one channel. Its number is never used again: the next attempt is another order.

    How an order changes its state is in `pay_order_steps.py`, how channels are called in `pay_order_channels.py`.
    """

    _name = "hospital.pay.order"
    _description = "Payment order"
    _inherit = ["hospital.exchange.mixin", "hospital.access.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "channel_number", "patient_id"]

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    business = fields.Selection(
        [
            ("topup_card", "Card top-up"),
            ("topup_inpatient", "Inpatient deposit"),
            ("settlement", "Settlement"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char("Business model", readonly=True)
    res_id = fields.Many2oneReference("Business record", model_field="res_model", readonly=True)
    business_state = fields.Selection(
        [("none", "Not yet"), ("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
        "Business result",
        required=True,
        readonly=True,
        copy=False,
        default="none",
        help="What became of what was paid for. Failed: the money goes back by the road it came.",
    )
    business_error = fields.Char("Why the business failed", readonly=True, copy=False)
    patient_id = fields.Many2one("hospital.patient", readonly=True, index="btree_not_null", ondelete="restrict")
    encounter_id = fields.Many2one(
        "hospital.encounter", "Visit", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    account_id = fields.Many2one("hospital.account", readonly=True, index="btree_not_null", ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    channel_id = fields.Many2one("hospital.pay.channel", required=True, readonly=True, index=True, ondelete="restrict")
    merchant_id = fields.Many2one("hospital.pay.merchant", readonly=True, index="btree_not_null", ondelete="restrict")
    way = fields.Selection(
        [
            ("code", "Payment code scanned"),
            ("qr", "QR code shown"),
            ("cash", "Cash"),
            ("manual", "Card machine"),
            ("account", "From an account"),
        ],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, copy=False, default="created")
    state_at = fields.Datetime("State since", required=True, readonly=True, copy=False, default=fields.Datetime.now)
    channel_number = fields.Char("Number of the channel", readonly=True, copy=False, index="btree_not_null")
    payer = fields.Char(readonly=True, copy=False, help="Who paid, as the channel names him, hidden in part.")
    paid_at = fields.Datetime("Paid at", readonly=True, copy=False)
    day = fields.Date(readonly=True, copy=False, help="The day of the payment in the hospital's time zone.")
    close_result = fields.Selection(
        [("closed", "Closed unpaid"), ("refunded", "Paid and given back"), ("absent", "Never arrived")],
        "How it was closed",
        readonly=True,
        copy=False,
    )
    error = fields.Char("What the channel says", readonly=True, copy=False)
    is_attention = fields.Boolean("Needs somebody", readonly=True, copy=False)
    refunded_amount = fields.Monetary("Refunded", required=True, readonly=True, copy=False, default=0.0)
    refund_pending_amount = fields.Monetary("Being refunded", required=True, readonly=True, copy=False, default=0.0)
    refundable_amount = fields.Monetary("Left to refund", compute="_compute_refundable_amount")
    refund_line_ids = fields.One2many("hospital.refund.line", "order_id", "Refunds")
    shift_id = fields.Many2one("hospital.shift", readonly=True, index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", "Taken by", readonly=True, default=lambda self: self.env.user, ondelete="restrict"
    )
    place = fields.Selection(PLACES, required=True, readonly=True, default="window")
    subject = fields.Char(readonly=True, help="What the payer reads on his phone.")
    qr_code = fields.Char("QR code", readonly=True, copy=False)
    expires_at = fields.Datetime("Valid until", readonly=True, copy=False)
    sent_at = fields.Datetime("Sent at", readonly=True, copy=False, help="When the channel was asked for the money.")
    next_check_at = fields.Datetime("Asked next at", readonly=True, copy=False)
    check_count = fields.Integer("Times asked", readonly=True, copy=False, default=0)
    manual_reference = fields.Char("Slip number", readonly=True, copy=False)

    _number_unique = models.UniqueIndex("(number)", "This order number is already used.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount of an order must be more than zero.")
    _refund_at_most = models.Constraint(
        "CHECK (refunded_amount >= 0 AND refund_pending_amount >= 0"
        " AND refunded_amount + refund_pending_amount <= amount)",
        "More than was paid cannot be refunded. Look at the order again.",
    )
    _refund_of_paid = models.Constraint(
        "CHECK (state = 'paid' OR (refunded_amount = 0 AND refund_pending_amount = 0))",
        "Only what was paid can be refunded.",
    )
    _paid_has_day = models.Constraint(
        "CHECK ((state = 'paid') = (paid_at IS NOT NULL AND day IS NOT NULL))",
        "A paid order has the time of its payment.",
    )
    _number_valid = models.Constraint(
        "CHECK (number ~ '^[0-9A-Za-z_-]{1,32}$')", "An order number has at most 32 letters and digits."
    )
    _due_index = models.Index("(next_check_at) WHERE next_check_at IS NOT NULL")
    _business_index = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _day_index = models.Index("(day, campus_id, channel_id)")
    _merchant_day_index = models.Index("(merchant_id, day) WHERE merchant_id IS NOT NULL")
    _failed_index = models.Index("(id) WHERE is_attention OR business_state IN ('waiting', 'failed')")

    # === COMPUTE ===

    @api.depends("amount", "refunded_amount", "refund_pending_amount", "state")
    def _compute_refundable_amount(self):
        for order in self:
            paid = order.amount if order.state == "paid" else 0.0
            order.refundable_amount = paid - order.refunded_amount - order.refund_pending_amount
