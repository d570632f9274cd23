from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .invoice_common import InvoiceCase

TAKE, ASK, ONE = "batchInvoiceEBillOutpatient", "getBatchInvoiceEBill", "invoiceEBillOutpatient"


@tagged("post_install", "-at_install")
class TestBillBatches(InvoiceCase):
    """What has waited together goes together, and still every payment has exactly one bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.platform.parameter_ids
        parameters.filtered(lambda one: one.name == "batch_from").value = "3"
        parameters.filtered(lambda one: one.name == "batch_most").value = "4"
        cls.env["hospital.invoice.batch"].search([]).write({"create_date": fields.Datetime.now() - timedelta(days=3)})
        cls.last_batch = cls.env["hospital.invoice.batch"].search([], limit=1).id or 0

    def waiting(self, count=6):
        """The bills of so many payments while the platform is switched off; then it is switched on."""
        self.platform.mode = "disabled"
        settlements = [self.settle((self.blood, 1)) for _number in range(count)]
        self.platform.mode = "sandbox"
        return self.env["hospital.invoice"].browse([self.bill(one).id for one in settlements])

    @property
    def batches(self):
        return self.env["hospital.invoice.batch"].search([("id", ">", self.last_batch)], order="id")

    def later(self, rounds=4):
        """As time goes by: what is to be asked again is asked."""
        self.follow_up()
        self.go(rounds)

    def sent(self, code):
        return self.env["hospital.message"].search_count(
            [("interface_id", "=", self.interface(code).id), ("res_model", "=like", "hospital.invoice%"),
             ("res_id", "in", [*self.batches.ids, *self.bills_made.ids])]
        )  # fmt: skip

    @property
    def bills_made(self):
        return self.env["hospital.invoice"].search([("id", ">", self.last_before)])

    def assert_all_issued(self, bills):
        self.assertEqual(set(bills.mapped("state")), {"issued"}, bills.mapped("issue_error"))
        self.assertFalse(any(bills.mapped("issue_error")))
        self.assert_agrees()

    def test_they_go_in_batches_in_their_order(self):
        bills = self.waiting(7)
        self.follow_up()
        self.assertEqual(self.batches.mapped("size"), [4, 3])
        self.assertEqual(self.batches.mapped("state"), ["sending", "sending"])
        self.assertEqual(set(bills.mapped("state")), {"issuing"})
        self.deliver(self.platform)
        self.assertEqual(self.batches.mapped("state"), ["asking", "asking"], "the platform is still working on them")
        self.later(1)
        self.assertEqual(self.batches.mapped("state"), ["done", "done"])
        self.assert_all_issued(bills)
        self.assertEqual(self.there().mapped("key"), bills.mapped("number"), "in the order of the payments")
        self.assertFalse(self.sent(ONE), "none of them went alone")
        self.assertTrue(all(bills.mapped("qr_image")) and all(bills.mapped("picture_url")))

    def test_a_few_go_one_by_one(self):
        bills = self.waiting(2)
        self.later(1)
        self.assertFalse(self.batches)
        self.assert_all_issued(bills)

    def test_none_where_the_hospital_wants_none(self):
        self.platform.parameter_ids.filtered(lambda one: one.name == "batch_from").value = "0"
        bills = self.waiting(4)
        self.later(1)
        self.assertFalse(self.batches)
        self.assert_all_issued(bills)

    def test_made_while_the_line_was_cut(self):
        self.platform._write_line(breaker_state="open", breaker_retry_at=fields.Datetime.now() + timedelta(hours=1))
        bills = self.env["hospital.invoice"].browse([self.bill(self.settle((self.blood, 1))).id for _one in range(3)])
        self.assertEqual(set(bills.mapped("state")), {"waiting"})
        self.assertIn("does not answer", bills[0].issue_error)
        self.platform._write_line(breaker_retry_at=fields.Datetime.now() - timedelta(seconds=1))
        self.deliver(self.platform)  # the line is tried, and found in order
        self.assertEqual(self.platform.breaker_state, "closed")
        self.later(1)
        self.assertEqual(len(self.batches), 1)
        self.assert_all_issued(bills)

    def test_every_failure_of_a_batch(self):
        """Lost on the way there or back, garbled, refused, denied: at the message and at the question."""
        for service in (TAKE, ASK):
            for kind, work in (("lose_before", False), ("lose_after", True), ("garbage", True), ("error", False)):
                with self.subTest(service=service, kind=kind):
                    fault = self.play(self.interface(service), kind, times=1, does_work=work)
                    bills = self.waiting(3)
                    self.later()
                    fault.active = False
                    self.assert_all_issued(bills)
                    self.assertEqual(bills.batch_id.state, "done")

    def test_a_platform_without_batches(self):
        """It does not know the service: every bill is asked about, then sent alone, and for a day nothing else is tried."""
        fault = self.play(self.interface(TAKE), "refuse", code="E404", words="服务不存在")
        bills = self.waiting(3)
        self.later()
        self.assertEqual(bills.batch_id.state, "apart")
        self.assert_all_issued(bills)
        self.assertFalse(self.env["hospital.message"].search_count(
            [("res_model", "=", "hospital.invoice.batch"), ("res_id", "=", bills.batch_id.id), ("is_attention", "=", True)]
        ))  # fmt: skip
        more = self.waiting(3)
        self.later()
        self.assertFalse(more.batch_id)
        self.assert_all_issued(more)
        fault.active = False
        self.env.cr.execute("UPDATE hospital_invoice_batch SET create_date = create_date - interval '2 days'")
        self.env.invalidate_all()
        last = self.waiting(3)
        self.later()
        self.assertEqual(last.batch_id.state, "done")
        self.assert_all_issued(last)

    def test_refused_though_it_was_taken(self):
        """The batch is refused, yet the platform has some of its bills: those are taken over, not issued again."""
        bills = self.waiting(3)
        self.follow_up()
        self.play(self.interface(TAKE), "refuse", code="E5", words="系统繁忙", does_work=True)
        self.deliver(self.platform)
        self.later()
        self.assert_all_issued(bills)

    def test_one_of_them_is_refused(self):
        bills = self.waiting(3)
        self.env.cr.execute("UPDATE hospital_invoice_pay SET amount = amount + 1 WHERE invoice_id = %s", [bills[1].id])
        self.env.invalidate_all()
        self.later()
        self.assertEqual(bills.mapped("state"), ["issued", "failed", "issued"])
        self.assertIn("交费渠道金额", bills[1].issue_error)
        self.assertTrue(bills[1].is_task)
        self.env.cr.execute("UPDATE hospital_invoice_pay SET amount = amount - 1 WHERE invoice_id = %s", [bills[1].id])
        self.env.invalidate_all()
        bills[1].with_user(self.cashier).action_send_again()
        self.go(2)
        self.assert_all_issued(bills)

    def test_one_of_them_cannot_be_built(self):
        bills = self.waiting(4)
        self.env.cr.execute("DELETE FROM hospital_invoice_item WHERE invoice_id = %s", [bills[0].id])
        self.env.invalidate_all()
        self.later()
        self.assertEqual(bills[0].state, "failed")
        self.assertFalse(bills[0].batch_id)
        self.assert_all_issued(bills[1:])

    def test_undone_while_it_is_on_its_way(self):
        """It may be there already, so it is not void: it is issued, then flushed."""
        bills = self.waiting(3)
        self.follow_up()
        self.cancel(bills[0].settlement_id)
        self.assertEqual(bills[0].state, "issuing")
        self.back(bills[1].settlement_id, (self.blood, 1))
        self.later()
        self.assertEqual(bills.mapped("state"), ["flushed", "flushed", "issued"])
        self.assert_agrees()

    def test_switched_off_again_before_it_was_sent(self):
        bills = self.waiting(3)
        self.follow_up()
        self.platform.mode = "disabled"
        self.deliver(self.platform)
        self.follow_up()
        self.assertEqual(self.batches.state, "unsent")
        self.assertEqual(set(bills.mapped("state")), {"waiting"})
        self.platform.mode = "sandbox"
        self.later()
        self.assert_all_issued(bills)

    def test_one_the_platform_never_finishes(self):
        bills = self.waiting(3)
        self.follow_up()
        self.deliver(self.platform)
        self.env["hospital.sandbox.record"].search(
            [("platform_id", "=", self.platform.id), ("kind", "=", "batch"), ("key", "=", self.batches.number)]
        ).data = {"service": TAKE, "bills": [], "told": [{"busNo": bill.number, "status": 0} for bill in bills]}
        self.there().unlink()  # it is hung up: nothing was issued
        self.go(2)
        self.assertEqual(self.batches.state, "asking")
        self.env.cr.execute("UPDATE hospital_invoice_batch SET create_date = create_date - interval '2 hours'")
        self.env.invalidate_all()
        self.later()
        self.assertEqual(self.batches.state, "apart")
        self.assert_all_issued(bills)

    def test_deposits_go_before_the_settlement_that_uses_them(self):
        self.platform.mode = "disabled"
        settlement = self.discharged(500)
        more = [self.settle((self.blood, 1)) for _number in range(3)]
        self.platform.mode = "sandbox"
        self.later()
        self.assertEqual(self.bill(settlement).state, "issued", self.bill(settlement).issue_error)
        self.assertTrue(all(self.bill(one).batch_id for one in more))
        self.assert_agrees()
