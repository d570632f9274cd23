from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .caller_common import CallerMixin
from .refund_common import RefundCase


@tagged("post_install", "-at_install")
class TestRefundOnline(CallerMixin, RefundCase, HttpCase):
    """From the question of the mini-program to the slip at the cash desk; every call goes over HTTP."""

    @property
    def who(self):
        return {"card_no": self.account.card_id.number, "patient_name": self.patient.name}

    def apply(self, amount="40.00", number="A1", **more):
        return self.call_in("refund_apply", apply_no=number, amount=amount, **{**self.who, **more})

    @proves("S3-13.1")
    def test_how_much_cannot_go_back_by_its_road(self):
        self.topup(100, "wechat", days_ago=9)
        self.topup(40, days_ago=2)
        self.topup(50, "wechat", days_ago=400, far=False)
        reply = self.call_in("irrefundable_amount", **self.who)
        self.assertEqual(reply["code"], "0", reply)
        self.assertEqual(reply["data"], {"balance": "190.00", "irrefundable_amount": "90.00", "pending_amount": "0.00"})
        self.apply("90.00")
        reply = self.call_in("irrefundable_amount", **self.who)
        self.assertEqual(reply["data"], {"balance": "190.00", "irrefundable_amount": "0.00", "pending_amount": "90.00"})

    def test_only_for_the_holder_of_the_card(self):
        self.topup(40)
        for wrong in ({"patient_name": "李四"}, {"card_no": "3300000000"}):
            for operation, more in (("irrefundable_amount", {}), ("refund_apply", {"apply_no": "A9", "amount": "1"})):
                reply = self.call_in(operation, **{**self.who, **more, **wrong})
                self.assertEqual(reply["code"], "business", reply)
        self.assertFalse(self.env["hospital.refund"].search([("source", "=", "online")]))

    @proves("S3-13.1")
    def test_a_request_is_filed_once(self):
        self.topup(40)
        first = self.call_in(
            "refund_apply", request="CALL1", apply_no="A1", amount="40.00", reason="不再就诊", **self.who
        )
        again = self.call_in(
            "refund_apply", request="CALL1", apply_no="A1", amount="40.00", reason="不再就诊", **self.who
        )
        self.assertEqual(first, again, "the same call again is the same answer")
        self.assertEqual(self.apply(number="A1")["code"], "business", "the same request in another call is refused")
        self.assertEqual(self.apply(number="A2")["code"], "business", "one live request of a card")
        [refund] = self.env["hospital.refund"].search([("source", "=", "online")])
        self.assertEqual(
            (refund.number, refund.state, refund.note), (first["data"]["refund_no"], "requested", "不再就诊")
        )
        self.assertEqual((refund.amount, refund.irrefundable_amount, refund.place), (40, 40, "app"))

    def test_no_more_than_that(self):
        self.topup(100, "wechat", days_ago=9)
        self.topup(40, days_ago=2)
        for wrong in ("40.01", "140.00", "0", "-5", "39.999", "0.001", "９９", "99999999999999"):
            self.assertEqual(self.apply(wrong)["code"], "business", wrong)
        for wrong in ("", "x", "1e400", "4O", None, [], {"a": 1}, "1" * 20):
            self.assertEqual(self.apply(wrong)["code"], "schema", wrong)
        for wrong in ({"card_no": "x" * 33}, {"apply_no": ""}, {"reason": "长" * 201}, {"phone": "1" * 21}):
            self.assertEqual(
                self.call_in("refund_apply", **{"apply_no": "A1", "amount": "1", **self.who, **wrong})["code"], "schema"
            )
        self.assertFalse(self.env["hospital.refund"].search([("source", "=", "online")]))
        self.assertEqual(self.apply("４０")["code"], "0", "full width is the same number")

    def test_another_platform_may_not(self):
        with self.assertRaises(AccessError):
            self.as_("cashier", self.env["hospital.refund"])._receive_refund_state(None, {"apply_no": "A1"})

    @proves("S3-13.2", "S3-13.3")
    def test_finance_decides_and_the_cash_desk_pays_once(self):
        self.topup(40)
        self.apply()
        refund = self.env["hospital.refund"].search([("partner_number", "=", "A1")])
        with self.assertRaisesRegex(UserError, "not to be paid out"):
            self.as_("cashier", refund)._pay_out_desk({})
        with self.assertRaisesRegex(UserError, "not approved"):
            self.as_("cashier", refund)._count_prints()
        self.approve(refund)
        self.assertEqual(self.call_in("refund_state", apply_no="A1")["data"]["state"], "approved")
        with self.assertRaisesRegex(UserError, "Pay refund"):
            self.as_("cashier", refund)._count_prints()
        payout = self.as_("cashier", self.env["hospital.refund.payout"]).create({"refund_id": refund.id})
        action = payout.action_confirm()
        self.assertEqual(action["report_name"], "hospital_payment.print_hospital_refund_slip")
        self.assertEqual((refund.state, self.account.balance), ("done", 0))
        shift = self.env["hospital.shift"].with_user(self.users["cashier"])._current()
        self.assertEqual(refund.line_ids.shift_id, shift, "on the shift of who handed it out")
        report = "hospital_payment.report_hospital_refund_slip"
        cashier = self.env["ir.actions.report"].with_user(self.users["cashier"])
        text = "".join(Printed(cashier._render_qweb_pdf(report, refund.ids)[0]).texts)
        for wanted in ("Depositrefundslip", refund.number, self.patient.name, "40.00", "人民币肆拾元整"):
            self.assertIn(wanted, text)
        self.assertNotIn("Printno.", text)
        with self.assertRaisesRegex(UserError, "printed already"):
            cashier._render_qweb_pdf(report, refund.ids)
        finance = self.env["ir.actions.report"].with_user(self.users["clerk"])
        self.assertIn("Printno.2", "".join(Printed(finance._render_qweb_pdf(report, refund.ids)[0]).texts))
        self.assertEqual(refund.print_count, 2)
        with self.assertRaisesRegex(UserError, "paid out already"):
            self.as_("cashier", refund)._pay_out_desk({})
        self.assert_books()

    @proves("S3-13.2")
    def test_rejected_with_a_reason_the_patient_reads(self):
        self.topup(40)
        self.apply()
        refund = self.env["hospital.refund"].search([("partner_number", "=", "A1")])
        self.as_("approver", refund)._decide("reject", "请先结清门诊费用")
        data = self.call_in("refund_state", apply_no="A1")["data"]
        self.assertEqual((data["state"], data["decision"]), ("rejected", "请先结清门诊费用"))
        self.assertEqual(self.apply(number="A2")["code"], "0")

    def test_what_was_spent_meanwhile_is_not_paid(self):
        self.topup(100, "wechat", days_ago=1)
        self.topup(40, days_ago=9)
        self.apply()
        self.spend(130)
        refund = self.env["hospital.refund"].search([("partner_number", "=", "A1")])
        with self.assertRaisesRegex(UserError, "left to refund"):
            self.approve(refund)

    @proves("S3-12.3")
    def test_self_service_machines(self):
        self.topup(100, "wechat")
        card = {"card_no": self.account.card_id.number, "platform": "self_service"}
        offer = self.call_in("self_refund_offer", **card)["data"]
        self.assertEqual((offer["amount"], bool(offer["why_not"])), ("0.00", True))
        self.spend(1)
        offer = self.call_in("self_refund_offer", **card)["data"]
        self.assertEqual((offer["balance"], offer["amount"], offer["why_not"]), ("99.00", "99.00", ""))
        self.spend(9)
        self.assertEqual(self.call_in("self_refund", amount=offer["amount"], **card)["code"], "business")
        reply = self.call_in("self_refund", amount="90.00", **card)
        self.assertEqual((reply["code"], reply["data"]["amount"]), ("0", "90.00"))
        self.assertEqual(self.account.balance, 0)
        refund = self.env["hospital.refund"].search([("source", "=", "self")])
        self.assertEqual((refund.state, refund.requested_by_id.login), ("executing", "platform_self_service"))
