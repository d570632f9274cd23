from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .payment_common import PaymentCase

CODE = "134567890123456789"


@tagged("post_install", "-at_install")
class TestTopup(PaymentCase):
    """The top-up desk."""

    def desk(self, role="cashier", **vals):
        return (
            self.env["hospital.topup"]
            .with_user(self.users[role])
            .create({"kind": "card", "card_id": self.card.id, "amount": 100, **vals})
        )

    def test_the_only_card_and_the_open_stay_are_filled_in(self):
        with Form(self.env["hospital.topup"].with_user(self.users["cashier"])) as form:
            form.patient_id = self.patient
            self.assertEqual(form.card_id, self.card)
            form.kind = "inpatient"
            self.assertEqual(form.encounter_id, self.inpatient)
            self.assertFalse(form.card_id)
            form.amount = 10

    def test_cash_and_change(self):
        desk = self.desk(cash_given=150)
        self.assertEqual((desk.cash_change, desk.step), (50, "enter"))
        desk.action_pay()
        self.assertEqual((desk.step, desk.business_state, desk.balance_after), ("done", "done", 100))
        desk.action_pay()
        self.assertEqual(self.account.balance, 100, "a second click books nothing")

    def test_slip_needs_its_number(self):
        desk = self.desk(channel_id=self.channels["bank_card"].id)
        with self.assertRaises(UserError):
            desk.action_pay()
        desk.reference = "17"
        desk.action_pay()
        self.assertEqual(desk.order_id.manual_reference, "17")

    def test_refused_amounts(self):
        for vals in ({"amount": 0}, {"amount": -5}, {"amount": 50001}, {"cash_given": 99}):
            with self.assertRaises(UserError):
                self.desk(**vals).action_pay()

    @proves("S2-2.18")
    def test_deposit_by_code(self):
        desk = self.desk(
            kind="inpatient", encounter_id=self.inpatient.id, card_id=False, channel_id=self.channels["wechat"].id
        )
        desk.action_pay()
        self.assertEqual((desk.step, desk.order_id.state), ("pay", "created"))
        self.answers["pay_code"] = self.paid
        status = desk.order_id.hospital_pay_code(CODE)
        self.assertEqual(status["business_state"], "done")
        desk.invalidate_recordset()
        self.assertEqual((desk.step, self.deposit.balance), ("done", 100))

    def test_after_a_failure_another_way(self):
        desk = self.desk(channel_id=self.channels["wechat"].id)
        desk.action_pay()
        first = desk.order_id
        self.answers["pay_code"] = "business"
        first.hospital_pay_code(CODE)
        desk.invalidate_recordset()
        self.assertEqual(desk.step, "enter")
        desk.channel_id = self.channels["cash"]
        desk.action_pay()
        self.assertNotEqual(desk.order_id, first)
        self.assertEqual((first.state, self.account.balance), ("failed", 100))

    @proves("S3-12.3")
    def test_the_rule_for_unused_balances_is_told(self):
        self.env.company.write({"hospital_balance_emergency_days": 8, "hospital_balance_topup_days": 61})
        note = self.desk().rule_note
        self.assertIn("within 8 days", note)
        self.assertIn("within 61 days", note)
        self.assertIn("somebody else", note)

    def test_receipt(self):
        desk = self.desk()
        with self.assertRaises(UserError):
            desk.action_receipt()
        desk.action_pay()
        for _time in range(2):
            action = desk.action_receipt()
            report = self.env["ir.actions.report"].with_user(self.users["cashier"])
            pdf, _kind = report._render_qweb_pdf(action["report_name"], desk.order_id.ids)
        text = Printed(pdf).text
        for part in (desk.order_id.number, "张三丰", self.card.number, "100.00", "Copy1"):
            self.assertIn(part, text)
        self.env.company.hospital_receipt_paper = "a5"
        self.assertIn("a5", desk.action_receipt()["report_name"])

    def test_only_cashiers_and_only_their_own(self):
        desk = self.desk(channel_id=self.channels["wechat"].id)
        desk.action_pay()
        for role in ("nurse", "finance_clerk", "it_operator"):
            with self.assertRaises(AccessError):
                self.env["hospital.topup"].with_user(self.users[role]).create({"card_id": self.card.id, "amount": 1})
            with self.assertRaises(AccessError):
                desk.order_id.with_user(self.users[role]).hospital_pay_code(CODE)
        colleague = self.users["cashier"].copy({"login": "payment_colleague"})
        with self.assertRaises(AccessError):
            desk.order_id.with_user(colleague).hospital_pay_code(CODE)
        with self.assertRaises(AccessError):
            desk.with_user(colleague).read(["amount"])
        self.assertFalse(self.calls)
