from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import allocation
from ..tools.allocation import ACCOUNT, CASH, ORIGINAL, TERMINAL, Payment, allocate

ROADS = {"online": ORIGINAL, "manual": TERMINAL, "cash": CASH, "account": ACCOUNT}
ONLY_ORIGINAL = ("batch", "self")


class HospitalRefund(models.Model):
    """By which roads the money goes back, and the reserving of it."""

    _inherit = "hospital.refund"

    road_text = fields.Text("How it goes back", compute="_compute_road_text")

    # === COMPUTE ===

    @api.depends("state")
    def _compute_road_text(self):
        """What an approval would do; once it is given, the lines say it."""
        for refund in self:
            _refund_sudo = refund.sudo()  # reckoned over payments that who approves need not see
            is_open = refund.state == "requested"
            refund.road_text = is_open and self._road_text(_refund_sudo._plan(), refund.currency_id)

    # === WHAT THERE IS ===

    def _available(self, vals):
        """How much can be refunded of what `vals` name."""
        if vals.get("account_id"):
            return self.env["hospital.account"].sudo().browse(vals["account_id"]).balance
        if vals.get("order_id"):
            return self._available_of_order(self.env["hospital.pay.order"].sudo().browse(vals["order_id"]))
        settlement = self.env["hospital.settlement"].sudo().browse(vals.get("settlement_id"))
        return sum(
            settlement.currency_id.round(payment.left / 100) for payment in self._settlement_payments(settlement)
        )

    def _available_of_order(self, order):
        account = self._account_with(order)
        if account:  # the money lies on an account, and some of it may be spent
            return min(order.refundable_amount, account.balance)
        return order.refundable_amount

    def _account_with(self, order):
        """The account onto which this payment came; empty for other payments."""
        entries = self.env["hospital.account.entry"].sudo()  # which account it was is no secret of the refund
        return entries.search([("order_id", "=", order.id), ("kind", "=", "topup")], limit=1).account_id

    # === PAYMENTS ===

    def _payments(self):
        """The payments that fed what is refunded. A key is (model, id): of an order, or of an entry."""
        self.ensure_one()
        if self.account_id:
            return self._account_payments(self.account_id)
        if self.order_id:
            return [self._order_payment(self.order_id)]
        return self._settlement_payments(self.settlement_id)

    def _account_payments(self, account):
        entries = account.entry_ids.filtered(lambda entry: entry.kind == "topup" and entry.order_id.state == "paid")
        return [self._order_payment(order) for order in entries.order_id]

    def _settlement_payments(self, settlement):
        payments = []
        for tender in settlement.tender_ids.filtered(lambda tender: tender.state == "done"):
            if tender.order_id:
                payments.append(self._order_payment(tender.order_id))
            elif tender.account_entry_id:
                entry = tender.account_entry_id
                back = -entry.amount - sum(entry.reversal_ids.mapped("amount"))
                payments.append(Payment((entry._name, entry.id), entry.at, self._cents(back), ACCOUNT))
        return payments

    def _order_payment(self, order):
        channel = order.channel_id
        times = channel.refunds_most
        used = len(order.refund_line_ids.filtered(lambda line: line.way == "original" and line.state != "cancelled"))
        return Payment(
            key=(order._name, order.id),
            at=order.paid_at,
            left=self._cents(order.refundable_amount),
            road=ROADS[channel.kind],
            until=order.paid_at + timedelta(days=channel.refund_days) if channel.refund_days else None,
            times_left=max(times - used, 0) if times else None,
        )

    @staticmethod
    def _cents(amount):
        return round(amount * 100)

    # === PLAN ===

    def _plan(self):
        """The parts in which this refund goes back, by what the payments are like right now."""
        self.ensure_one()
        now = self.env.cr.now().replace(microsecond=0)
        wanted = self._cents(self.amount)
        if self.source == "online":  # of the whole balance only what has no road of its own
            parts = allocate(self._cents(self.account_id.balance), self._payments(), now)
            return _first(allocation.at_desk(parts), wanted)
        if self.source in ONLY_ORIGINAL:
            parts = allocate(self._cents(self.account_id.balance), self._payments(), now)
            return _first([part for part in parts if part.road == ORIGINAL], wanted)
        return allocate(wanted, self._payments(), now, keep_unknown=bool(self.account_id))

    def _plan_amounts(self):
        """What the form says before anything is reserved."""
        for refund in self.sudo():  # nobody writes refunds, their steps do
            refund.irrefundable_amount = refund._irrefundable(refund._plan())

    def _road_text(self, parts, currency):
        return "\n".join(self._road_sentence(part, currency) for part in parts)

    def _road_sentence(self, part, currency):
        money = currency.format(part.amount / 100)
        if not part.key:
            return self.env._("%s in cash: the payment is not known", money)
        _paid_sudo = self.env[part.key[0]].sudo().browse(part.key[1])  # named to whoever may see what is refunded
        if part.road == ACCOUNT:
            number = _paid_sudo.account_id.number
            return self.env._("%(money)s onto the account %(number)s", money=money, number=number)
        facts = {
            "money": money,
            "channel": _paid_sudo.channel_id.name,
            "day": _paid_sudo.day,
            "number": _paid_sudo.number,
            "why": dict(self.env["hospital.refund.line"]._fields["why_cash"]._description_selection(self.env)).get(
                part.why
            ),
        }
        if part.road == CASH:
            return self.env._("%(money)s in cash, of the payment %(number)s (%(channel)s, %(day)s): %(why)s", **facts)
        return self.env._("%(money)s by %(channel)s, of the payment %(number)s of %(day)s", **facts)

    def _irrefundable(self, parts):
        if self.source == "online":  # who asks by telephone counts all that he has to come for
            return sum(part.amount for part in parts) / 100
        return allocation.irrefundable(parts) / 100

    # === RESERVE ===

    def _make_executable(self):
        """Take the money from where it lies, line by line, then send it off. Of two at once one wins."""
        for refund in self.sudo():  # the approval was checked, or a rule of the hospital holds
            refund._lock_money()
            parts = refund._plan()
            if sum(part.amount for part in parts) != refund._cents(refund.amount):
                raise UserError(
                    self.env._(
                        "Only %(left)s of %(wanted)s are left to refund. Cancel refund %(number)s and ask for a new one.",
                        left=refund.currency_id.format(sum(part.amount for part in parts) / 100),
                        wanted=refund.currency_id.format(refund.amount),
                        number=refund.number,
                    )
                )
            refund.irrefundable_amount = refund._irrefundable(parts)
            lines = self.env["hospital.refund.line"].sudo().create(refund._prepare_lines(parts))
            lines._reserve()
            refund._step("approved")
            lines._send()
            refund._follow_lines()

    def _lock_money(self):
        (self.account_id | self._account_with(self.order_id))._lock()
        orders = self.order_id | self.account_id.entry_ids.order_id | self.settlement_id.tender_ids.order_id
        if orders:
            orders.sorted("id")._lock()

    def _prepare_lines(self, parts):
        return [
            {"refund_id": self.id, "number": f"{self.number}-{place}", **self._prepare_line(part)}
            for place, part in enumerate(parts, 1)
        ]

    def _prepare_line(self, part):
        model, res_id = part.key or (None, None)
        order = self.env["hospital.pay.order"].browse(res_id if model == "hospital.pay.order" else None)
        entry = self.env["hospital.account.entry"].browse(res_id if model == "hospital.account.entry" else None)
        if part.road == ACCOUNT and not entry:  # a payment from an account is an entry of it
            entry = self.env["hospital.account.entry"].search(
                [("order_id", "=", order.id), ("kind", "=", "spend")], limit=1
            )
        account = self.account_id or self._account_with(order) or entry.account_id
        way = {ORIGINAL: "original", TERMINAL: "original", CASH: "cash", ACCOUNT: "account"}[part.road]
        return {
            "order_id": order.id,
            "account_id": account.id,
            "spend_entry_id": entry.id,
            "way": way,
            "by_hand": part.road in (CASH, TERMINAL),
            "why_cash": part.why or False,
            "amount": part.amount / 100,
        }


def _first(parts, wanted):
    """As much of `parts` as is wanted, in their order."""
    taken = []
    for part in parts:
        share = min(part.amount, wanted)
        if share <= 0:
            break
        taken.append(part._replace(amount=share))
        wanted -= share
    return taken
