from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .payment_common import PaymentCase


@tagged("post_install", "-at_install")
class TestTopupByPhone(PaymentCase):
    """What phones and self-service machines ask: a balance, a code to pay, and what became of it."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(self.registry["hospital.interface"], "_about"))
        self.answers["pay_qr"] = {"qr_code": "weixin://wxpay/bizpayurl?pr=abc"}

    def ask(self, code, platform="mini_program", **payload):
        user = self.env.ref(f"hospital_payment.user_{platform}")
        interface = self.env.ref(f"hospital_payment.interface_{platform}_{code}").with_user(user)
        accounts = self.env["hospital.account"].with_user(user)
        return getattr(accounts, f"_receive_{code}")(interface, payload)

    @property
    def stay(self):
        return {"inpatient_no": self.inpatient.number, "patient_name": self.patient.name}

    @property
    def holder(self):
        return {"card_no": self.card.number, "patient_name": self.patient.name}

    @proves("S2-2.18", "S2-2.5")
    def test_a_deposit_is_topped_up_by_phone(self):
        reply = self.ask("topup", **self.stay, amount="300.00", channel="wechat")
        self.assertEqual((reply["qr_code"], reply["amount"]), ("weixin://wxpay/bizpayurl?pr=abc", "300.00"))
        state = self.ask("topup_state", order_no=reply["order_no"])
        self.assertEqual((state["state"], state["booked"], state["balance"]), ("paying", False, "0.00"))
        order = self.env["hospital.pay.order"].search([("number", "=", reply["order_no"])])
        self.assertEqual((order.place, order.business), ("app", "topup_inpatient"))
        self.answers["query"] = self.paid
        order._follow_up()
        state = self.ask("topup_state", order_no=reply["order_no"])
        self.assertEqual((state["state"], state["booked"], state["balance"]), ("paid", True, "300.00"))
        self.assertEqual(self.deposit.balance, 300)

    @proves("S3-12.3")
    def test_the_machine_tells_the_rule_beside_the_balance(self):
        self.topup(80)
        reply = self.ask("account_balance", "self_service", **self.holder)
        self.assertEqual((reply["account_no"], reply["balance"]), (self.account.number, "80.00"))
        self.assertIn("7 days", reply["note"])
        reply = self.ask("topup", "self_service", **self.holder, amount="20", channel="alipay")
        self.assertEqual(self.env["hospital.pay.order"].search([("number", "=", reply["order_no"])]).place, "kiosk")

    def test_refused(self):
        for wrong in (
            {**self.holder, "patient_name": "李四"},
            {**self.holder, "card_no": "3300000000999"},
            {"patient_name": self.patient.name},
        ):
            with self.assertRaises(UserError):
                self.ask("topup", **wrong, amount="10", channel="wechat")
        for wrong in (
            {"amount": "0"}, {"amount": "-10"}, {"amount": "10.005"}, {"amount": "0.001"}, {"amount": "x"}, {"amount": "1e300"},
            {"amount": "50000.01"}, {"channel": "cash"}, {"channel": "card_account"}, {"channel": ""}, {"channel": "bitcoin"},
        ):  # fmt: skip
            with self.assertRaises(UserError):
                self.ask("topup", **{**self.holder, "amount": "10", "channel": "wechat", **wrong})
        self.assertFalse(self.calls)
        self.assertEqual(self.ask("topup", **self.holder, amount="１０", channel="wechat")["amount"], "10.00")

    def test_no_code_to_pay(self):
        self.answers["pay_qr"] = "business"
        with self.assertRaisesRegex(UserError, "the channel says"):
            self.ask("topup", **self.holder, amount="10", channel="wechat")

    def test_another_platform_learns_nothing(self):
        reply = self.ask("topup", **self.holder, amount="10", channel="wechat")
        with self.assertRaises(UserError):
            self.ask("topup_state", "self_service", order_no=reply["order_no"])
        with self.assertRaises(AccessError):
            self.env["hospital.account"].with_user(self.users["cashier"])._receive_account_balance(
                self.env.ref("hospital_payment.interface_mini_program_account_balance"), self.holder
            )
