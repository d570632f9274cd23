import psycopg2
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.hospital_base.tests.common import proves

from .refund_common import RefundCase


@tagged("post_install", "-at_install")
class TestRefundRules(RefundCase):
    """Each rule, and the attempt to break it."""

    # === WHO ===

    @proves("S2-5.23")
    def test_asked_for_by_one_and_approved_by_another(self):
        self.topup(100, "wechat")
        refund = self.ask_back(60)
        self.assertEqual((refund.state, self.account.balance), ("requested", 100), "nothing moves before the approval")
        self.approve(refund)
        self.assertEqual((refund.state, self.account.balance), ("executing", 40), "reserved before anything is sent")
        self.assertEqual(refund.approved_by_id, self.users["approver"])
        self.assert_books()
        self.settle_refunds()
        self.assertEqual((refund.state, refund.done_amount), ("done", 60))
        self.assert_books()

    def test_nobody_approves_his_own_request(self):
        self.topup(100)
        refund = self.ask_back(role="approver")
        own = self.as_("approver", refund)
        self.assertFalse(own.may_approve)
        self.assertIn("asked for this refund yourself", own.why_not_approve)
        with self.assertRaisesRegex(UserError, "asked for this refund yourself"):
            own.action_approve()
        with self.assertRaisesRegex(UserError, "asked for this refund yourself"):
            own._decide("reject", "mine")
        self.assertTrue(self.as_("approver2", refund).may_approve)
        self.approve(refund, "approver2")
        self.assertEqual(refund.state, "approved")

    def test_the_database_knows_it_too(self):
        self.topup(100)
        refund = self.ask_back(role="approver")
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE hospital_refund SET approved_by_id = requested_by_id WHERE id = %s", [refund.id]
            )

    def test_only_approvers_approve(self):
        self.topup(100)
        refund = self.ask_back(role="cashier")
        for role in ("clerk", "cashier"):
            with self.assertRaises(UserError):  # an AccessError is one
                self.as_(role, refund).action_approve()
        self.assertEqual(refund.state, "requested")

    def test_a_large_amount_needs_two(self):
        self.topup(8000)
        refund = self.ask_back(5000.01, role="cashier")
        self.assertTrue(refund.needs_second)
        self.approve(refund)
        self.assertEqual((refund.state, self.account.balance), ("requested", 8000), "one approval moves nothing")
        with self.assertRaisesRegex(UserError, "first approval"):
            self.approve(refund)
        with self.assertRaisesRegex(UserError, "finance manager"):
            self.approve(refund, "approver2")
        self.approve(refund, "manager2")
        self.assertEqual((refund.state, refund.second_approved_by_id), ("approved", self.users["manager2"]))
        self.assertEqual(self.account.balance, 2999.99)

    def test_exactly_the_limit_needs_one(self):
        self.topup(5000)
        refund = self.ask_back(5000, role="cashier")
        self.assertFalse(refund.needs_second)

    def test_who_asked_cannot_give_the_second_approval(self):
        self.topup(8000)
        refund = self.ask_back(6000, role="manager2")
        self.approve(refund)
        with self.assertRaisesRegex(UserError, "asked for this refund yourself"):
            self.approve(refund, "manager2")
        self.approve(refund, "finance_manager")
        self.assertEqual(refund.state, "approved")

    def test_nobody_writes_a_refund(self):
        self.topup(100)
        refund = self.ask_back()
        for role in ("clerk", "approver", "manager2", "cashier"):
            for vals in ({"state": "approved"}, {"amount": 1}, {"approved_by_id": self.users[role].id}):
                with self.assertRaises(AccessError), mute_logger("odoo.models"):
                    self.as_(role, refund).write(vals)
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                self.as_(role, self.env["hospital.refund"]).create({"source": "account", "amount": 5})
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                self.as_(role, refund).unlink()

    # === HOW MUCH ===

    def test_never_more_than_there_is(self):
        self.topup(100, "wechat")
        for wrong in (100.01, 0, -5):
            with self.assertRaises(UserError):
                self.ask_back(wrong)
        self.approve(self.ask_back(99.99))
        self.settle_refunds()
        with self.assertRaisesRegex(UserError, "Only"):
            self.ask_back(0.02)
        self.approve(self.ask_back(0.01))
        self.assertEqual(self.account.balance, 0)
        self.assert_books()

    def test_what_was_spent_since_the_request(self):
        self.topup(100, "wechat")
        refund = self.ask_back(80)
        self.spend(30)
        with self.assertRaisesRegex(UserError, "only|Only"):
            self.approve(refund)
        self.assertEqual(refund.state, "requested")
        self.assert_books()

    @proves("S2-6.4")
    def test_a_payment_in_several_parts(self):
        order = self.topup(100, "wechat")
        for part in (30, 30, 40):
            refund = self.as_("clerk", self.env["hospital.refund"])._refund_order(
                order, self.reason, part, automatic=False
            )
            self.approve(refund)
            self.settle_refunds()
            self.settle_refunds()  # after the pause of the channel
            self.assertEqual(refund.state, "done")
        self.assertEqual((order.refunded_amount, order.refundable_amount), (100, 0))
        self.assertEqual(len(self.far_refunds()), 3)
        with self.assertRaises(UserError):
            self.as_("clerk", self.env["hospital.refund"])._refund_order(order, self.reason, 0.01, automatic=False)
        self.assert_books()

    def test_the_pause_between_two_parts(self):
        order = self.topup(100, "wechat")
        refunds = self.as_("clerk", self.env["hospital.refund"])
        self.approve(refunds._refund_order(order, self.reason, 30, automatic=False))
        self.settle_refunds()
        order.refund_line_ids.sent_at = fields.Datetime.now()
        self.approve(refunds._refund_order(order, self.reason, 20, automatic=False))
        self.deliver_all()
        second = order.refund_line_ids.sorted("id")[-1]
        self.assertEqual((second.state, bool(second.next_check_at)), ("pending", True))
        self.assertEqual(len(self.far_refunds()), 1)
        self.follow_up()
        self.settle_refunds()
        self.assertEqual(second.state, "done")

    def test_one_live_request(self):
        self.topup(100, "wechat")
        self.ask_back(10)
        with self.assertRaisesRegex(UserError, "on its way already"):
            self.ask_back(10, role="cashier")

    def test_a_double_click(self):
        self.topup(100, "wechat")
        refund = self.ask_back(60)
        self.approve(refund)
        with self.assertRaisesRegex(UserError, "does not wait for an approval"):
            self.approve(refund)
        with self.assertRaisesRegex(UserError, "does not wait for an approval"):
            self.approve(refund, "approver2")
        self.deliver_all()
        self.assertEqual((self.account.balance, len(self.far_refunds())), (40, 1))

    def test_a_note_where_the_reason_needs_one(self):
        self.topup(100)
        other = self.env.ref("hospital_payment.refund_reason_other")
        with self.assertRaisesRegex(UserError, "needs a note"):
            self.ask_back(reason=other)
        self.assertEqual(self.ask_back(reason=other, note="家属要求").note, "家属要求")

    # === END ===

    def test_rejected(self):
        self.topup(100)
        refund = self.ask_back()
        with self.assertRaisesRegex(UserError, "reason"):
            self.as_("approver", refund)._decide("reject", "  ")
        self.as_("approver", refund)._decide("reject", "金额不符")
        self.assertEqual((refund.state, refund.decision), ("rejected", "金额不符"))
        self.assertEqual(self.account.balance, 100)
        with self.assertRaises(UserError):
            self.approve(refund)
        self.ask_back()  # a new one may be asked for

    def test_cancelled_before_it_was_paid_out(self):
        self.topup(100)
        refund = self.ask_back()
        self.approve(refund)
        self.assertEqual(self.account.balance, 0)
        with self.assertRaises(AccessError):
            self.as_("cashier", refund)._decide("cancel", "没有来取")
        self.as_("approver", refund)._decide("cancel", "没有来取")
        self.assertEqual((refund.state, self.account.balance), ("cancelled", 100))
        self.assert_books()

    def test_not_cancelled_once_it_is_sent(self):
        self.topup(100, "wechat")
        refund = self.ask_back()
        self.approve(refund)
        with self.assertRaisesRegex(UserError, "on its way already"):
            self.as_("approver", refund)._decide("cancel", "算了")

    # === AT THE DESK ===

    def test_paid_out_once_on_a_shift(self):
        self.topup(100)
        refund = self.ask_back(70)
        with self.assertRaisesRegex(UserError, "not to be paid out"):
            self.as_("cashier", refund)._pay_out_desk({})
        self.approve(refund)
        payout = self.as_("cashier", self.env["hospital.refund.payout"]).create({"refund_id": refund.id})
        self.assertEqual(payout.amount, 70)
        payout.action_confirm()
        self.assertEqual((refund.state, refund.done_amount), ("done", 70))
        self.assertEqual(refund.line_ids.shift_id, self.as_("cashier", self.env["hospital.shift"])._current())
        with self.assertRaisesRegex(UserError, "paid out already"):
            payout.action_confirm()
        with self.assertRaises(AccessError):
            self.as_("clerk", self.env["hospital.refund.payout"]).create({"refund_id": refund.id})
        self.assert_books()

    def test_on_the_card_machine_with_its_slip(self):
        self.topup(100, "bank_card")
        refund = self.ask_back()
        self.approve(refund)
        line = refund.line_ids
        self.assertEqual((line.way, line.by_hand), ("original", True))
        with self.assertRaisesRegex(UserError, "slip"):
            self.as_("cashier", refund)._pay_out_desk({line.id: " "})
        self.as_("cashier", refund)._pay_out_desk({line.id: "000123"})
        self.assertEqual((line.state, line.manual_reference), ("done", "000123"))
