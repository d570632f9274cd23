from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from odoo.addons.hospital_base.tests.charges_common import ChargesCase
from odoo.addons.hospital_exchange.tools.errors import CallError


class PaymentCase(ChargesCase):
    """A card with an account, a deposit, and channels whose answers the test gives."""

    fakes_channel = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        cls.users["approver"] = env["res.users"].create(
            {
                "name": "approver",
                "login": "payment_approver",
                "group_ids": [fields.Command.link(env.ref("hospital_payment.group_refund_approver").id)],
                "hospital_campus_ids": [fields.Command.set(cls.campus.ids)],
                "hospital_campus_id": cls.campus.id,
            }
        )
        cls.channels = {channel.code: channel for channel in env["hospital.pay.channel"].search([])}
        cls.platform = env["hospital.platform"].create(
            {"name": "微信支付", "code": "paytest", "protocol": "hospital.protocol.http_json", "mode": "disabled"}
        )
        cls.merchants = {
            code: env["hospital.pay.merchant"].create(
                {
                    "name": code,
                    "channel_id": cls.channels[code].id,
                    "campus_id": cls.campus.id,
                    "platform_id": cls.platform.id,
                }
            )
            for code in ("wechat", "alipay", "unionpay")
        }
        cls.card = env["hospital.card"].create({"patient_id": cls.patient.id, "number": "3300000000771"})
        cls.account = env["hospital.account"]._for_card(cls.card, cls.campus)
        cls.deposit = env["hospital.account"]._for_encounter(cls.inpatient)

    def setUp(self):
        super().setUp()
        self.calls = []
        self.answers = {}
        if not self.fakes_channel:
            return
        self.registry_enter_test_mode()
        orders = self.registry["hospital.pay.order"]
        self.startPatcher(patch.object(orders, "_channel_call", lambda *args: self._answer(*args)))

    def _answer(self, order, code, payload=None):
        """In place of the channel: `self.answers[code]`, a STATE, an error, or a function of the order."""
        self.calls.append((code, order.number))
        answer = self.answers.get(code, {})
        if callable(answer) and not isinstance(answer, type):
            answer = answer(order)
        if isinstance(answer, str):
            raise CallError(answer, sentence=f"the channel says {answer}")
        if code == "pay_code":
            order._handle_pay_code(None, answer)
        elif code == "reverse":
            order._handle_reverse(None, answer)
        return answer

    def paid(self, order, **more):
        return {"state": "paid", "channel_no": f"42{order.id}", "amount": f"{order.amount:.2f}", **more}

    @property
    def orders(self):
        return self.env["hospital.pay.order"].with_user(self.users["cashier"])

    def order(self, channel="wechat", way="code", amount=100, account=None, **facts):
        account = account or self.account
        return self.orders._open(
            account,
            f"topup_{account.kind}",
            self.channels[channel],
            amount,
            way,
            patient_id=account.patient_id.id,
            account_id=account.id,
            **facts,
        )

    def topup(self, amount, account=None):
        """Cash onto an account."""
        order = self.order("cash", "cash", amount, account)
        order._pay_cash()
        return order

    def later(self, order, **delta):
        """As if so much time had passed since the order was sent."""
        # when it was made is a part of its name for some channels: never changed once it was sent
        for name in ("sent_at", "next_check_at", "expires_at", *(() if order.sent_at else ("create_date",))):
            if order[name]:
                moment = fields.Datetime.subtract(order[name], **delta)
                query = "UPDATE hospital_pay_order SET %s = %s WHERE id = %s"
                self.env.cr.execute(SQL(query, SQL.identifier(name), moment, order.id))
        order.invalidate_recordset()

    def run_follow_up(self):
        """The scheduled action, which commits: on a cursor of the test."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["hospital.pay.order"]._cron_follow_up()
        self.env.invalidate_all()
