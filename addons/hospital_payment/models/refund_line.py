from odoo import fields, models

from .shift import LIVE_STATES

WHY = [
    ("late", "The channel no longer takes it back"),
    ("often", "Paid back in too many parts"),
    ("cash", "Paid in cash"),
    ("unknown", "Payment not known"),
]


class HospitalRefundLine(models.Model):
    """What goes back by one road. Its number is the refund number of the channel, the same on every try.

    How it is sent and followed is in `refund_line_sending.py`.
    """

    _name = "hospital.refund.line"
    _description = "Refund line"
    _inherit = ["hospital.exchange.mixin"]
    _order = "refund_id, id"
    _rec_name = "number"

    refund_id = fields.Many2one("hospital.refund", required=True, readonly=True, index=True, ondelete="restrict")
    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    order_id = fields.Many2one("hospital.pay.order", readonly=True, index="btree_not_null", ondelete="restrict")
    channel_id = fields.Many2one(related="order_id.channel_id")
    account_id = fields.Many2one("hospital.account", readonly=True, index="btree_not_null", ondelete="restrict")
    spend_entry_id = fields.Many2one(
        "hospital.account.entry", "Payment from the account", readonly=True, ondelete="restrict"
    )
    way = fields.Selection(
        [("original", "By the original road"), ("cash", "Cash"), ("account", "To the account")],
        required=True,
        readonly=True,
    )
    by_hand = fields.Boolean("At the cash desk", readonly=True, help="Cash, or given back on the card machine.")
    why_cash = fields.Selection(WHY, "Why not by its own road", readonly=True)
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
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="pending",
    )
    channel_number = fields.Char("Number of the channel", readonly=True, copy=False)
    manual_reference = fields.Char("Slip number", readonly=True, copy=False)
    error = fields.Char("What the channel says", readonly=True, copy=False)
    sent_at = fields.Datetime("Sent at", readonly=True, copy=False)
    send_count = fields.Integer("Times sent", readonly=True, copy=False, default=0, aggregator=None)
    check_count = fields.Integer("Times asked", readonly=True, copy=False, default=0, aggregator=None)
    next_check_at = fields.Datetime("Asked next at", readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    day = fields.Date(readonly=True, copy=False, help="The day of the refund in the hospital's time zone.")
    shift_id = fields.Many2one("hospital.shift", readonly=True, index="btree_not_null", ondelete="restrict")
    paid_out_by_id = fields.Many2one("res.users", "Paid out by", readonly=True, copy=False, ondelete="restrict")
    entry_ids = fields.One2many("hospital.account.entry", "refund_line_id", "Account entries")

    _number_unique = models.UniqueIndex("(number)", "This refund number is already used.")
    _number_valid = models.Constraint(
        "CHECK (number ~ '^[0-9A-Za-z_-]{1,32}$')", "A refund number has at most 32 letters and digits."
    )
    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount of a refund must be more than zero.")
    _done_has_day = models.Constraint(
        "CHECK ((state = 'done') = (done_at IS NOT NULL AND day IS NOT NULL))", "A refund that is done has its time."
    )
    _due_index = models.Index("(next_check_at) WHERE next_check_at IS NOT NULL")
    _open_index = models.Index("(refund_id) WHERE state IN ('processing', 'unknown', 'failed')")
    _day_index = models.Index("(day, campus_id) WHERE day IS NOT NULL")

    # === BUSINESS: the money ===

    def _reserve(self):
        """Take the money from the accounts, and from what is left of the payments; both rows are locked by now."""
        entries = []
        for line in self:
            if line.order_id:
                line.order_id._reserve_refund(line.amount)
            if line.account_id and line.way != "account":
                entries.append(line._prepare_entry("refund", -line.amount))
        if entries:
            self.env["hospital.account"]._book(entries)

    def _release(self):
        """It finally did not go back: the money returns to where it was taken from."""
        entries = []
        for line in self:
            if line.order_id:
                line.order_id._wait_for_refund()
                line.order_id._settle_refund(line.amount, done=False)
            if entry := line.entry_ids.filtered(lambda entry: entry.kind == "refund"):
                entries.append({**line._prepare_entry("reversal", line.amount), "reverses_id": entry.id})
        if entries:
            self.env["hospital.account"]._book(entries)

    def _prepare_entry(self, kind, amount):
        return {
            "account_id": self.account_id.id,
            "kind": kind,
            "amount": amount,
            "refund_line_id": self.id,
            "settlement_id": self.refund_id.settlement_id.id,
            "campus_id": self.campus_id.id,
            "place": self.refund_id.place,
        }

    def _done(self, at=None, **facts):
        """It has gone back. Doing it again changes nothing."""
        for line in self.filtered(lambda line: line.state not in ("done", "cancelled")):
            at = at or fields.Datetime.now()
            if line.order_id:
                line.order_id._wait_for_refund()
                line.order_id._settle_refund(line.amount, done=True)
            line.write(
                {
                    "shift_id": line._shift_of_channel().id if "shift_id" not in facts else False,
                    **facts,
                    "state": "done",
                    "done_at": at,
                    "day": line.refund_id.company_id._hospital_date(at),
                    "next_check_at": False,
                    "error": False,
                }
            )

    def _shift_of_channel(self):
        """What goes back without a cashier's hand belongs to the shift it was asked on while that is open, else to the
        shift of the system at this campus, which ends with the day."""
        shift = self.refund_id.shift_id
        if shift and shift.state in LIVE_STATES:
            return shift
        _root_sudo = self.env.ref("base.user_root").sudo()  # nobody has a hand in it
        shifts = self.env["hospital.shift"].sudo()
        return shifts._current(user=_root_sudo, campus=self.refund_id.campus_id, place="system")

    def _cancel(self):
        self._release()
        self.write({"state": "cancelled", "next_check_at": False})

    def _pay_to_account(self):
        """What was paid from an account goes back there at once."""
        for line in self:
            entry = {
                **line._prepare_entry("reversal", line.amount),
                "reverses_id": line.spend_entry_id.id,
            }
            self.env["hospital.account"]._book([entry])
            line._done()

    def _pay_out(self, references, shift):
        """The cashier hands out cash, or gives back on the card machine whose slip number he enters."""
        for line in self:
            line._done(
                shift_id=shift.id,
                paid_out_by_id=self.env.uid,
                manual_reference=references.get(line.id) or False,
            )

    def _exchange_name(self):
        return self.number
