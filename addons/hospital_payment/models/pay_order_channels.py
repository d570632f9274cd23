"""Calling the channel.

What must survive. A channel may have taken the patient's money although everything on our side is rolled back, runs
again or dies. So three things are written and committed one after the other, on a cursor of their own that no failure of
the caller touches:

1. the order stands as *being paid* before the first byte leaves. From here on the follow-up asks the channel about
   it, whoever has forgotten it;
2. the call, with the order's row held, and its answer. The message of the engine is on a third cursor, committed
   before and after; its witness lies in *this* transaction. If the process dies between the answer and the commit, the
   witness is missing: the engine takes the payment back, and the order, still *being paid*, sees the lost caller and
   goes the same way (`_is_lost`). So the two never contradict each other: money kept is money in the order;
3. what was paid for. It may fail: then the order stays paid, and its money goes back by a refund.

The order and what it pays for must be committed before, in a request of their own. After the call the caller's own
transaction is older than what was written: it ends there, and the screen looks again.
"""

# the order must survive the rollback of its caller, so it is committed on a cursor of its own
# pylint: disable=invalid-commit

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.hospital_exchange.tools.errors import CallError

from .pay_order_steps import OPEN

NOT_SENT = ("config", "network", "business", "bug", "duplicate")
"""Errors after which the channel surely has not begun: `unknown` alone leaves that open."""
TIRED_AFTER = 30
"""After so many questions without an answer a person is told; the questions go on."""


class HospitalPayOrder(models.Model):
    """Paying, asking, closing and taking back."""

    _inherit = "hospital.pay.order"

    # === PAYING WITHOUT A CHANNEL ===

    def _pay_cash(self):
        """The cashier has the money in his hand."""
        self._pay_here("cash")

    def _pay_manual(self, reference):
        """The card machine has printed a slip."""
        reference = (reference or "").strip()
        if not reference:
            raise UserError(self.env._("Enter the number of the slip that the card machine printed."))
        self._pay_here("manual", manual_reference=reference)

    def _pay_account(self):
        """From the account of the order."""
        self.ensure_one()
        _sudo = self.sudo()
        account = _sudo.account_id
        if not account or account == self._business_record():
            raise UserError(self.env._("Choose the account that pays."))
        if account.kind == "card" and account.card_id.state != "in_use":
            raise UserError(
                self.env._("The card %s is not in use, so its money cannot be spent.", account.card_id.number)
            )
        self._step("paid")
        account._book(
            [
                {
                    "account_id": account.id,
                    "kind": "spend",
                    "amount": -self.amount,
                    "order_id": self.id,
                    "settlement_id": self.res_id if self.res_model == "hospital.settlement" else False,
                    "campus_id": _sudo.campus_id.id,
                    "shift_id": _sudo.shift_id.id,
                    "place": self.place,
                }
            ]
        )
        self._on_paid(strict=True)

    def _pay_here(self, kind, **facts):
        self.ensure_one()
        _sudo = self.sudo()
        if _sudo.channel_id.kind != kind:
            raise UserError(self.env._("This order is not paid that way. Choose the way to pay again."))
        self._step("paid", **facts)
        self._on_paid(strict=True)

    # === PAYING BY A CHANNEL ===

    def _pay_code(self, auth_code):
        """Charge the payment code that the patient shows; gives `_status`. The code itself is kept nowhere here."""
        auth_code = "".join((auth_code or "").split())
        channel = self.env["hospital.pay.channel"].sudo()._for_auth_code(auth_code)
        if not channel:
            raise UserError(self.env._("This is no payment code. Let the patient open the code in his payment app."))
        if channel != self.sudo().channel_id:
            raise UserError(
                self.env._("This is a payment code of %s. Choose that way to pay and scan again.", channel.name)
            )
        with self._own_transaction() as order:
            order._begin("code")
            order._call_and_take("pay_code", {**order._build_pay_code(), "auth_code": auth_code})
            order._finish()
            return order._status()

    def _pay_qr(self):
        """Have the channel make a code that the patient scans; gives `_status`. Asked again it is the same code."""
        with self._own_transaction() as order:
            order._lock()
            if order.state == "paying" and order.qr_code and order.expires_at > fields.Datetime.now():
                return order._status()
            if order.state == "created":
                minutes = order.channel_id.qr_minutes
                order._begin("qr", expires_at=fields.Datetime.add(fields.Datetime.now(), minutes=minutes))
            order._call_and_take("pay_qr", order._build_pay_qr())
            order._finish()
            return order._status()

    @contextmanager
    def _own_transaction(self):
        """The order in a transaction of its own, which no failure of the caller rolls back."""
        self.ensure_one()
        self.env.flush_all()
        with self.env.registry.cursor() as cr:
            # the follow-up sees every order, whoever triggers it; whoever called has seen to it that the user may
            own = api.Environment(cr, self.env.uid, self.env.context, su=True)
            order = own[self._name].browse(self.id).exists()
            if not order:
                raise ValueError(f"order {self.id} must be committed before its channel is called")
            yield order
            cr.commit()
        self.env.invalidate_all(flush=False)

    def _begin(self, way, **facts):
        """Committed before the first byte leaves."""
        self._lock()
        if self.state != "created":
            raise UserError(
                self.env._("Order %s was begun already. Look at its state before you try again.", self.number)
            )
        if self.way != way or self.channel_id.kind != "online":
            raise UserError(self.env._("This order is not paid that way. Choose the way to pay again."))
        if not self.shift_id:  # of two first payments at once one fails to open the shift: here, before it is charged
            self.env["hospital.shift"]._current(user=self.user_id, campus=self.campus_id, place=self.place)
        now = fields.Datetime.now()
        self._step("paying", sent_at=now, next_check_at=fields.Datetime.add(now, minutes=1), **facts)
        self.env.cr.commit()
        self._lock()

    def _finish(self):
        """Commit what the channel said, then hand it on in a transaction of its own."""
        self.env.cr.commit()
        if self.state == "paid":
            self._lock()
            self._on_paid()
            self.env.cr.commit()

    def _call_and_take(self, code, payload):
        """One call with the row held; whatever comes of it stands in the order afterwards."""
        try:
            reply = self._channel_call(code, payload)
        except CallError as error:
            self._take_error(error)
            return
        if code == "pay_qr":
            soon = self._next_check()
            self._step("paying", qr_code=reply.get("qr_code"), error=False, next_check_at=soon)

    def _take_error(self, error):
        """Certainly not begun: failed. Anything else is unknown, and only the channel knows."""
        if error.kind in NOT_SENT:
            self._step("failed", error=error.sentence or str(error))
        else:
            self._step("unknown", error=error.sentence or False, next_check_at=self._next_check())

    def _channel_call(self, code, payload=None):
        interface = self._channel_interface(code)
        return interface._call(self, payload=payload, amount=self.amount, currency=self.currency_id)

    def _channel_interface(self, code):
        _platform_sudo = self.sudo().merchant_id.platform_id  # who takes money reads no platforms
        _interfaces_sudo = self.env["hospital.interface"].sudo()
        found = _interfaces_sudo.search([("platform_id", "=", _platform_sudo.id), ("code", "=", code)], limit=1)
        if not _platform_sudo or not found:
            sentence = self.env._(
                "%s is not connected yet. Choose another way to pay, and tell the IT operator.",
                self.sudo().merchant_id.name or self.sudo().channel_id.name,
            )
            raise CallError("config", sentence, detail=f"merchant has no platform with the interface {code}")
        return found.with_env(self.env)

    # === WHAT THE CHANNEL IS TOLD ===

    def _exchange_name(self):
        return self.number

    def _amount_text(self):
        return f"{self.amount:.{self.currency_id.decimal_places}f}"

    def _known_as(self):
        """Some channels know an order by its number and the time it was made."""
        return {"order_no": self.number, "at": fields.Datetime.to_string(self.create_date)}

    def _build_pay_code(self, interface=None, **extra):
        return {
            **self._known_as(),
            "amount": self._amount_text(),
            "subject": self.subject or "",
            "place": self.place,
        }

    def _build_pay_qr(self, interface=None, **extra):
        return {
            **self._known_as(),
            "amount": self._amount_text(),
            "subject": self.subject or "",
            "expires_at": self.expires_at.isoformat() + "Z" if self.expires_at else "",
        }

    def _build_query(self, interface=None, **extra):
        return self._known_as()

    def _build_close(self, interface=None, **extra):
        return self._known_as()

    def _build_reverse(self, interface=None, **extra):
        return self._known_as()

    # === WHAT THE CHANNEL SAYS ===

    def _handle_pay_code(self, message, reply):
        """The answer to a charge, at once or when the engine has found it out later."""
        self._take(reply)

    def _handle_reverse(self, message, reply):
        self._take_reversed(reply.get("action"))

    def _take(self, answer, is_final=False):
        """Make the order what the channel says it is.

        :param is_final: the channel has refused to take it back, so what it says holds for an order being taken back too
        """
        self._lock()
        said = answer.get("state")
        if said == "paid":
            self._take_paid(answer, is_final)
        elif said in ("refunded", "closed") and self.state in ("created", *OPEN):
            self._step("closed", close_result=said, **self._channel_facts(answer))
        elif said == "failed" and self.state in ("created", "paying", "unknown"):
            self._step("failed", error=answer.get("error") or False, **self._channel_facts(answer))
        elif said == "absent" and self.state == "reversing" and is_final:
            self._step("closed", close_result="absent")
        elif said == "paying" and self.state in ("paying", "unknown"):
            self._step("paying", next_check_at=self._next_check(), **self._channel_facts(answer))
        elif self.state in OPEN:
            self._write_checked({"next_check_at": self._next_check(), "check_count": self.check_count + 1})

    def _take_paid(self, answer, is_final):
        if self.state == "paid" or (self.state == "reversing" and not is_final):
            return
        if self.state == "closed" and self.close_result == "refunded":
            return  # an old notice of a payment that was given back since
        amount = answer.get("amount")
        if amount and self.currency_id.compare_amounts(float(amount), self.amount):
            sentence = self.env._(
                "The channel says that %(paid)s were paid instead of %(wanted)s. Compare both and decide.",
                paid=amount,
                wanted=self._amount_text(),
            )
            self._write_checked({"is_attention": True, "error": sentence, "next_check_at": False})
            return
        facts = self._channel_facts(answer)
        self._step("paid", paid_at=self._moment(answer.get("paid_at")), next_check_at=fields.Datetime.now(), **facts)

    def _take_reversed(self, action):
        self._lock()
        if self.state == "paid":  # an operator took a message back that was booked here
            sentence = self.env._(
                "The channel has given this payment back, but here it is booked. Correct the booking."
            )
            self._write_checked({"is_attention": True, "error": sentence})
        elif self.state == "closed":
            if action == "refunded":
                self._write_checked({"close_result": action})
        elif action in ("closed", "refunded", "absent"):
            self._step_to_closed(action)

    def _step_to_closed(self, result):
        if self.state == "created":
            self._step("closed", close_result="absent")
        else:
            self._step("closed", close_result=result, is_attention=False)

    def _channel_facts(self, answer):
        names = {"channel_no": "channel_number", "payer": "payer"}
        return {ours: answer[theirs] for theirs, ours in names.items() if answer.get(theirs)}

    @staticmethod
    def _moment(text):
        if not text:
            return None
        at = datetime.fromisoformat(text)
        if at.tzinfo:
            at = at.astimezone(UTC).replace(tzinfo=None)
        return at.replace(microsecond=0)

    # === WHEN TO ASK AGAIN ===

    def _next_check(self):
        """Often while somebody waits, ever more seldom afterwards."""
        now = fields.Datetime.now()
        every = self.sudo().channel_id.query_every_s
        age = (now - (self.sent_at or now)).total_seconds()
        return now + timedelta(seconds=max(every, min(age / 10, 3600)))

    def _is_to_be_decided(self):
        channel = self.sudo().channel_id
        age = (fields.Datetime.now() - (self.sent_at or self.create_date)).total_seconds()
        return age >= max(channel.decide_after_s, channel.reverse_wait_s)

    def _status(self):
        """What a screen shows while somebody waits."""
        return {
            "id": self.id,
            "number": self.number,
            "state": self.state,
            "business_state": self.business_state,
            "business_error": self.business_error or False,
            "error": self.error or False,
            "amount": self.amount,
            "qr_code": self.qr_code or False,
            "expires_at": fields.Datetime.to_string(self.expires_at) if self.expires_at else False,
            "is_over": self.state in ("failed", "closed")
            or (self.state == "paid" and self.business_state in ("done", "failed")),
        }
