import json
from unittest.mock import patch

from odoo import fields

from odoo.addons.hospital_exchange.tools import http
from odoo.addons.hospital_exchange.tools.call import Answer, Call
from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_sandbox.tests.sandbox_common import SandboxCase

CODES = {"wechat": "13000000000000", "alipay": "28000000000000", "unionpay": "620000000000000"}
FAULTS = ("lose_before", "lose_after", "hang", "cut_off", "error", "garbage")


class ChannelCase(SandboxCase):
    """The three platforms in sandbox mode, called with neutral payloads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platforms = {}
        for code in CODES:
            platform = cls.env.ref(f"hospital_payment.platform_{code}")
            platform.mode = "sandbox"
            cls.env["hospital.sandbox"]._make_keys(platform)
            cls.platforms[code] = platform
        cls.env["hospital.sandbox.fault"].search([]).unlink()
        cls.last = 0

    def interface(self, channel, code):
        return self.platforms[channel].interface_ids.filtered(lambda one: one.code == code)

    def far(self, channel):
        return self.env["hospital.sandbox"]._far_side(self.platforms[channel])

    def reconnect(self, channel):
        """The pause after five lost answers is over."""
        if self.platforms[channel].breaker_retry_at:
            self.platforms[channel].breaker_retry_at = fields.Datetime.now()

    def number(self, prefix="P"):
        type(self).last += 1
        return f"{prefix}20261120{self.last:09d}"

    def ask(self, channel, code, **payload):
        """The reply in our words, past the engine: what the protocol itself makes of an answer."""
        interface = self.interface(channel, code)
        platform = interface.platform_id
        call = Call(platform, interface, payload, number="1", timeout=(5, 10))
        self.env.flush_all()
        return platform._protocol()._call(call).reply

    def refusal(self, channel, code, **payload):
        return self.error(lambda: self.ask(channel, code, **payload))

    def error(self, work):
        """The error `work` raises. Not by assertRaises, which undoes what the far side has done meanwhile."""
        try:
            work()
        except ExchangeError as error:
            return error
        return self.fail("nothing was raised")

    def charge(self, channel, play="0001", amount="12.34", number=None):
        number = number or self.number()
        reply = self.ask(
            channel, "pay_code", order_no=number, amount=amount, auth_code=CODES[channel] + play, subject="门诊缴费",
            place="window",
        )  # fmt: skip
        return number, reply

    def paid(self, channel, amount="12.34"):
        """(number, number of the channel) of an order that is paid, whatever it takes to know it."""
        number, reply = self.charge(channel, amount=amount)
        if reply["state"] != "paid":
            reply = self.ask(channel, "query", order_no=number)
        self.assertEqual(reply["state"], "paid")
        self.assertEqual(reply["amount"], amount)
        return number, reply["channel_no"]

    def refund(self, channel, order, amount, total="12.34", number=None):
        number = number or f"{self.number('R')}-1"
        order_no, channel_no = order
        reply = self.ask(
            channel, "refund", order_no=order_no, channel_no=channel_no, refund_no=number, amount=amount, total=total,
            reason="退费",
        )  # fmt: skip
        return number, reply

    def record(self, channel, key, kind="order"):
        return self.env["hospital.sandbox.record"].search(
            [("platform_id", "=", self.platforms[channel].id), ("kind", "=", kind), ("key", "=", key)]
        )

    def answering(self, make):
        """In this block answers are what `make(answer)` makes of them."""
        carry = self.carry

        def carried(*arguments, **options):
            return make(carry(*arguments, **options))

        return patch.object(http, "send", carried)

    def in_place(self, status, body, headers=None):
        body = json.dumps(body).encode() if isinstance(body, dict) else body
        return self.answering(lambda _answer: Answer(status, headers or {}, body))
