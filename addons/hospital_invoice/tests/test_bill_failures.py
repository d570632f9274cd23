from unittest.mock import patch

from odoo.tests import tagged

from ..tools import bosssoft_sign
from .invoice_common import ISSUES, InvoiceCase


@tagged("post_install", "-at_install")
class TestBillFailures(InvoiceCase):
    """Whatever goes wrong on the way, both sides agree in the end and nothing is issued twice."""

    def makers(self):
        """Interface → what makes a bill that it issues."""
        return {
            "invEBillRegistration": self.register,
            "invoiceEBillOutpatient": self.settle,
            "invoicePayMentVoucher": self.deposit,
            "invEBillHospitalized": self.discharged,
        }

    def each(self, play, check):
        """`check` every kind of bill with what `play` makes go wrong at its issue."""
        for code in ISSUES:
            with self.subTest(code):
                faults = play(self.interface(code))
                try:
                    check(self.bill(self.makers()[code]()), faults)
                finally:
                    faults.active = False

    def ends_well(self, bill):
        self.go(4)
        self.assertEqual(bill.state, "issued", bill.issue_error)
        self.assertFalse(bill.issue_error)
        self.assertEqual(len(self.there_of(bill)), 1)
        self.assert_agrees()

    def test_lost_before_it_arrived(self):
        def check(bill, _fault):
            self.deliver(self.platform)
            self.assertEqual(bill.state, "unknown")
            self.assertFalse(self.there_of(bill))
            self.ends_well(bill)

        self.each(lambda one: self.play(one, "lose_before", times=1), check)

    def test_the_answer_is_lost(self):
        def check(bill, _fault):
            self.deliver(self.platform)
            self.assertEqual(bill.state, "unknown")
            self.assertEqual(len(self.there_of(bill)), 1)
            self.ends_well(bill)

        self.each(lambda one: self.play(one, "lose_after", times=1), check)

    def test_the_answer_is_garbage_though_the_work_was_done(self):
        def check(bill, _fault):
            self.deliver(self.platform)
            self.assertEqual(bill.state, "unknown")
            self.ends_well(bill)

        for kind in ("garbage", "cut_off", "error"):
            self.each(lambda one, kind=kind: self.play(one, kind, times=1, does_work=True), check)

    def test_it_has_it_already(self):
        """The answer is lost, the platform denies the bill when it is asked at once, and refuses the second one.

        What a duplicate looks like is published nowhere: the refusal is believed only after one more question.
        """
        question = self.interface("getEBillByBusNo")

        def play(interface):
            lost = self.play(interface, "lose_after", times=1)
            return lost | self.play(question, "refuse", code="EABSENT", words="业务流水号不存在", times=1)

        self.each(play, lambda bill, _faults: self.ends_well(bill))
        self.assertIn("refused", self.env["hospital.sandbox.call"].search([]).mapped("verdict"))

    def test_refused_and_corrected(self):
        def check(bill, fault):
            self.go(2)
            self.assertEqual(bill.state, "failed")
            self.assertIn("编码未对照", bill.issue_error)
            self.assertTrue(bill.is_task)
            fault.active = False
            bill.with_user(self.cashier).action_send_again()
            self.ends_well(bill)

        self.each(lambda one: self.play(one, "refuse", code="E1009", words="编码未对照"), check)

    def test_refused_and_then_undone(self):
        self.play(self.interface("invoiceEBillOutpatient"), "refuse", code="E1009", words="编码未对照")
        settlement = self.settle()
        self.go(2)
        self.cancel(settlement)
        self.go()
        self.assertEqual(self.bills(settlement).state, "void")
        self.assertFalse(self.there())

    def test_undone_while_nobody_knows(self):
        """The answer to the issue is lost and the payment is cancelled: first the truth, then the red bill."""
        for kind, states in (("lose_after", ["flushed"]), ("lose_before", ["void"])):
            with self.subTest(kind):
                self.play(self.interface("invoiceEBillOutpatient"), kind, times=1)
                settlement = self.settle()
                self.deliver(self.platform)
                self.assertEqual(self.bill(settlement).state, "unknown")
                self.cancel(settlement)
                self.go(4)
                self.assertEqual(self.bills(settlement).mapped("state"), states)
                self.assert_agrees()

    def test_undone_and_refused_though_the_platform_has_it(self):
        """The answer was lost, the question was denied, the second try refused; meanwhile the payment was cancelled."""
        service = self.interface("invoiceEBillOutpatient")
        self.play(service, "lose_after", times=1)
        settlement = self.settle()
        self.deliver(self.platform)
        self.play(self.interface("getEBillByBusNo"), "refuse", code="EABSENT", words="业务流水号不存在", times=1)
        message = self.bill(settlement)._last_message()
        self.make_due(message)
        message._settle_unknown()
        self.assertEqual(message.state, "pending")
        message._step("sending", claimed_by="delivery")  # it leaves the house the second time just now
        self.cancel(settlement)
        message._step("pending")
        self.go(4)
        self.assertEqual(self.bills(settlement).state, "flushed")
        self.assert_agrees()

    def test_partial_refund_while_nobody_knows(self):
        for kind in ("lose_after", "lose_before"):
            with self.subTest(kind):
                self.play(self.interface("invoiceEBillOutpatient"), kind, times=1)
                settlement = self.settle((self.blood, 2))
                self.deliver(self.platform)
                self.back(settlement, (self.blood, 1))
                self.go(4)
                self.assertEqual(self.bill(settlement).state, "issued")
                self.assertAlmostEqual(self.bill(settlement).amount, 6.5)
                self.assert_agrees()

    def test_every_failure_of_a_flush(self):
        """The question before, the flush itself and the question after it: lost, garbled, refused."""
        services = ("getEBillStatesByBillInfo", "getEBillAccountStatus", "writeOffEBill")
        for service in services:
            for kind, work in (("lose_before", False), ("lose_after", True), ("garbage", True), ("error", False)):
                with self.subTest(service=service, kind=kind):
                    settlement = self.settle((self.blood, 2))
                    self.go()
                    self.play(self.interface(service), kind, times=1, does_work=work)
                    self.back(settlement, (self.blood, 1))
                    self.go(4)
                    self.assertEqual(self.bills(settlement).mapped("state"), ["flushed", "issued"])
                    self.assert_agrees()

    def test_a_refused_flush_is_a_task(self):
        fault = self.play(self.interface("writeOffEBill"), "refuse", code="E7", words="不允许冲红")
        settlement = self.settle((self.blood, 2))
        self.go()
        self.back(settlement, (self.blood, 1))
        self.go(2)
        red = self.reds(settlement)
        self.assertEqual((red.state, self.bills(settlement).mapped("state")), ("failed", ["flushing", "waiting"]))
        self.assertIn("不允许冲红", red.issue_error)
        fault.active = False
        red.with_user(self.cashier).action_send_again()
        self.go(2)
        self.assertEqual(self.bills(settlement).mapped("state"), ["flushed", "issued"])
        self.assert_agrees()

    def test_flushed_at_the_platform_by_hand(self):
        """Somebody has flushed it there: the red bill is taken over, not made a second time."""
        settlement = self.settle()
        self.go()
        bill = self.bill(settlement)
        self.play(self.interface("writeOffEBill"), "lose_after", times=1)
        self.cancel(settlement)
        self.go(4)
        self.assertEqual(bill.state, "flushed")
        self.assertEqual(len(self.there("red")), 1)
        self.assert_agrees()

    def test_platform_down_for_a_while(self):
        """The line is cut: everything waits, and goes on in the order of the payments."""
        self.platform.breaker_threshold = 3
        fault = self.play(self.interface("testServerConnect"), "hang", seconds=120)
        other = self.env["hospital.sandbox.fault"].create({"platform_id": self.platform.id, "kind": "error"})
        settlements = [self.settle((self.blood, 1)) for _number in range(8)]
        self.deliver(self.platform)
        self.assertEqual(self.platform.breaker_state, "open")
        (fault | other).active = False
        bills = [self.bill(settlement) for settlement in settlements]
        self.assertGreater([bill.state for bill in bills].count("issuing"), 4)
        self.env.cr.execute("UPDATE hospital_platform SET breaker_retry_at = now() - interval '1 day'")
        self.env.invalidate_all()
        self.go(3)
        self.assertEqual({bill.state for bill in bills}, {"issued"})
        self.assert_agrees()

    def test_an_answer_of_somebody_else_is_none(self):
        """Signed with another key: the bill is asked about, not believed."""
        settlement = self.settle()
        secret = self.platform.secret_ids.filtered(lambda secret: secret.name == "sign_key")
        self.assertTrue(secret)
        with self.answering_with_another_key():
            self.deliver(self.platform)
        self.assertEqual(self.bill(settlement).state, "unknown")
        self.go(3)
        self.assertEqual(self.bill(settlement).state, "issued")
        self.assert_agrees()

    def answering_with_another_key(self):
        plain = bosssoft_sign.wrap_answer

        def wrap(result, message, appid, _key, version):
            return plain(result, message, appid, "somebody else's", version)

        return patch.object(bosssoft_sign, "wrap_answer", wrap)
