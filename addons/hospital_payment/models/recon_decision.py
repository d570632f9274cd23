import re

from odoo import models
from odoo.exceptions import UserError

NUMBER = re.compile(r"[0-9A-Za-z_-]{1,32}")


class HospitalReconItem(models.Model):
    """What a decision brings about in our own books; the bill stays as the channel wrote it."""

    _inherit = "hospital.recon.item"

    def _why_not(self, decision):
        """Why this cannot be decided about this difference; nothing when it can."""
        self.ensure_one()
        if decision == "refund":
            if self.line_kind == "refund" or self.kind not in ("only_theirs", "state") or not self._they_have_money():
                return self.env._(
                    "%s is no payment that only the channel has: there is nothing to give back. Book it or leave it.",
                    self.display_name,
                )
            if not self.merchant_id.sudo().platform_id:  # who decides need not read platforms
                return self.env._(
                    "%s came by a road on which nothing can be sent back. Give it back at the desk and book it.",
                    self.display_name,
                )
        return None

    def _they_have_money(self):
        return self.their_state == "done" and (not self.order_id or self.order_id.state != "paid")

    def _carry_out(self):
        """Do what was decided. What our books take in is a difference no more when the day is matched again."""
        self.ensure_one()
        outcome = getattr(self, f"_carry_out_{self.decision}")()
        _sudo = self.sudo()  # rows are written by code alone
        _sudo.write({"state": "decided", "open_difference": 0.0, "outcome": outcome})

    def _carry_out_ignore(self):
        return False

    def _carry_out_book(self):
        """Take into our books what the channel says, where they have room for it; else the decision stands for itself."""
        if self.line_kind == "pay" and self._they_have_money():
            order = self._paid_order()
            if order.business_state == "waiting":
                order._on_paid()
            return self.env._("Order %s is paid.", order.number)
        if self.line_kind == "refund" and self.kind == "state" and self.their_state == "done":
            line = self.refund_line_id
            if line.state in ("processing", "unknown"):
                answer = {"state": "done", "channel_no": self.channel_number, "done_at": self.their_at.isoformat()}
                line._channel_says(answer)
                return self.env._("Refund %s is done.", line.number)
        return False

    def _carry_out_refund(self):
        """The payment enters our books and a refund of it is asked for, which somebody else approves."""
        order = self._paid_order()
        order._write_checked({"business_state": "failed", "business_error": self.reason, "next_check_at": False})
        _refunds_sudo = self.env["hospital.refund"].sudo()  # the right to decide was checked before
        refund = _refunds_sudo._refund_order(order.sudo(), self.reason, automatic=False)
        _sudo = self.sudo()  # rows are written by code alone
        _sudo.write({"refund_id": refund.id})
        return self.env._("Refund %s is asked for.", refund.number)

    def _paid_order(self):
        """The order of ours that this payment of the channel belongs to, as a paid one; made when there was none."""
        order = self.order_id or self._missing_order()
        if order.state == "created":
            order._step("paying")
        order._step("paid", channel_number=self.channel_number, paid_at=self.their_at)
        return order

    def _missing_order(self):
        if self.currency_id.is_zero(self.their_amount):
            raise UserError(self.env._("%s has no amount and cannot be booked. Leave it.", self.display_name))
        _orders_sudo = self.env["hospital.pay.order"].sudo()  # an order without a cashier is made by code alone
        number = self.bill_line_id.our_number or ""
        taken = not NUMBER.fullmatch(number) or _orders_sudo.search_count([("number", "=", number)], limit=1)
        order = _orders_sudo.create(
            {
                **({} if taken else {"number": number}),
                "business": "other",
                "campus_id": self.campus_id.id,
                "channel_id": self.channel_id.id,
                "merchant_id": self.merchant_id.id,
                "way": "qr" if self.channel_id.kind == "online" else "manual",
                "amount": self.their_amount,
                "place": "system",
                "subject": self.env._("From the bill of the channel"),
                "user_id": self.env.uid,
            }
        )
        return order.with_env(self.env)
