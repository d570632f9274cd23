from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2.errors import InsufficientPrivilege

from odoo.addons.hospital_base.tests.common import proves

from .recon_common import ReconCase


@tagged("post_install", "-at_install")
class TestReconDecide(ReconCase):
    """Each difference is decided with a reason, large ones by two people, and the day ends at zero."""

    def decide(self, items, decision, reason="已核实", user=None):
        wizard = (
            self.env["hospital.recon.decide"]
            .with_user(user or self.clerk)
            .create({"item_ids": items.ids, "decision": decision, "reason": reason})
        )
        return wizard.action_decide()

    @proves("S2-7.8")
    def test_from_differences_to_zero(self):
        ours, less = self.order(31), self.order(40)
        closed = self.order(50, state="closed", close_result="closed")
        recon = self.load(self.paid(less, 39), self.paid(closed), self.paid("P00000000000000001", 77))
        items = {item.key.split(":")[1]: item for item in recon.item_ids}
        self.decide(items[ours.number], "ignore", "渠道次日补入")
        self.decide(items[less.number], "book", "手续费差额")
        self.decide(items[closed.number], "book", "患者已付款")
        self.assertEqual((recon.state, recon.open_count), ("open", 1))
        self.decide(items["P00000000000000001"], "book", "系统中断期间收款")
        self.assertEqual((recon.state, recon.open_count, recon.open_difference), ("settled", 0, 0))
        self.assert_sums(recon)
        self.assertEqual(closed.state, "paid")
        self.assertEqual(closed.day, self.day)
        made = self.env["hospital.pay.order"].search([("number", "=", "P00000000000000001")])
        self.assertEqual((made.state, made.amount, made.merchant_id, made.place), ("paid", 77, self.merchant, "system"))
        self.assertEqual((recon.our_net, recon.their_net, recon.difference), (31 + 40 + 50 + 77, 39 + 50 + 77, 32))
        self.assertEqual(recon.decided_difference, 32)
        operations = recon.log_ids.sorted("id").mapped("operation")
        self.assertEqual(
            operations, ["upload", "match", "decide", "decide", "decide", "match", "decide", "match", "settle"]
        )
        self.assertEqual(recon.bill_id.line_count, 3, "the bill stays as it was")

    def test_a_reason_is_needed(self):
        recon = self.load(self.paid("P00000000000000001", 5))
        for reason in (False, "", "   "):
            with self.assertRaises(UserError):
                self.decide(recon.item_ids, "ignore", reason)
        self.assertEqual(recon.item_ids.state, "open")

    def test_a_large_one_needs_a_second_person(self):
        recon = self.load(self.paid("P00000000000000001", 1000.01), self.paid("P00000000000000002", 1000))
        large = recon.item_ids.filtered(lambda item: item.their_amount > 1000)
        self.decide(recon.item_ids, "ignore", user=self.manager)
        self.assertEqual((large.state, recon.open_count), ("second", 1))
        self.assertEqual((recon.item_ids - large).state, "decided")
        self.assertEqual(recon.open_difference, -1000.01)
        with self.assertRaises(UserError):
            large.with_user(self.manager).action_confirm()
        with self.assertRaises(AccessError):
            large.with_user(self.clerk).action_confirm()
        large.with_user(self.second_manager).action_confirm()
        self.assertEqual((large.state, large.second_by_id, recon.state), ("decided", self.second_manager, "settled"))
        with self.assertRaises(UserError):
            large.with_user(self.second_manager).action_confirm()

    def test_nothing_is_done_before_the_second_person(self):
        closed = self.order(5000, state="closed", close_result="closed")
        recon = self.load(self.paid(closed))
        self.decide(recon.item_ids, "book")
        self.assertEqual(closed.state, "closed")
        recon.item_ids.with_user(self.manager).action_decline()
        self.assertEqual((recon.item_ids.state, recon.item_ids.decision, closed.state), ("open", False, "closed"))
        self.decide(recon.item_ids, "book")
        recon.item_ids.with_user(self.manager).action_confirm()
        self.assertEqual((closed.state, recon.state, recon.difference), ("paid", "settled", 0))

    def test_two_items_do_not_add_up_to_a_large_one_but_one_of_both_sides_does(self):
        order = self.order(2000)
        recon = self.load(self.paid(order, 1999.5))
        self.decide(recon.item_ids, "ignore")
        self.assertEqual(recon.item_ids.state, "second", "half a yuan of a payment of two thousand")

    @proves("S2-7.9")
    def test_decisions_survive_a_refetch_of_the_same_lines(self):
        ours, less = self.order(31), self.order(40)
        lines = [self.paid(less, 39), self.paid("P00000000000000001", 7)]
        recon = self.load(*lines)
        first = recon.bill_id
        items = {item.key.split(":")[1]: item for item in recon.item_ids}
        self.decide(recon.item_ids, "ignore")
        self.assertEqual(recon.state, "settled")
        delete = {"recon_id": recon.id, "reason": "账单有误", "fetch_again": False}
        with self.assertRaises(AccessError):
            self.env["hospital.bill.delete"].with_user(self.clerk).create(delete)
        self.env["hospital.bill.delete"].with_user(self.manager).create(delete).action_delete()
        self.assertEqual((recon.state, recon.bill_id.id, first.state), ("waiting", False, "deleted"))
        self.assertEqual(recon.item_ids.mapped("is_live"), [False] * 3)
        self.assertEqual(len(first.line_ids), 2, "what was deleted stays readable")
        self.load(self.paid(less, 38), lines[1])
        self.assertNotEqual(recon.bill_id, first)
        self.assertEqual((items[ours.number].state, items["P00000000000000001"].state), ("decided", "decided"))
        self.assertEqual((items[less.number].state, items[less.number].decision), ("open", False))
        self.assertEqual((recon.state, recon.open_count, recon.open_difference), ("open", 1, 2))
        operations = recon.log_ids.sorted("id").mapped("operation")
        self.assertEqual(operations.count("delete"), 1)
        self.assertIn("reopen", operations)
        self.assert_sums(recon)

    def test_a_refund_is_asked_for_and_approved_by_somebody_else(self):
        self.merchant.platform_id = self.env.ref("hospital_payment.platform_wechat")
        recon = self.load(self.paid("P00000000000000001", 77))
        item = recon.item_ids
        self.decide(item, "refund", "重复付款")
        refund = item.refund_id
        self.assertEqual((refund.amount, refund.state), (77, "requested"))
        order = refund.order_id
        self.assertEqual((order.number, order.state, order.business_state), ("P00000000000000001", "paid", "failed"))
        self.assertEqual((recon.state, recon.difference), ("settled", 0))
        if "requested_by_id" in refund._fields:
            self.assertEqual(refund.requested_by_id, self.clerk)

    def test_what_cannot_be_refunded_is_said(self):
        order = self.order(10)
        recon = self.load()
        with self.assertRaisesRegex(UserError, "nothing to give back"):
            self.decide(recon.item_ids, "refund")
        self.assertEqual((recon.item_ids.state, order.state), ("open", "paid"))

    def test_a_decision_is_withdrawn_while_it_has_done_nothing(self):
        recon = self.load(self.paid("P00000000000000001", 7))
        self.decide(recon.item_ids, "ignore")
        recon.item_ids.with_user(self.clerk).action_withdraw()
        self.assertEqual((recon.state, recon.item_ids.state, recon.open_difference), ("open", "open", -7))
        self.decide(recon.item_ids, "book")
        with self.assertRaises(UserError):
            recon.item_ids.with_user(self.clerk).action_withdraw()

    def test_twice_at_once_is_decided_once(self):
        recon = self.load(self.paid("P00000000000000001", 7))
        self.decide(recon.item_ids, "book")
        with self.assertRaises(UserError):
            self.decide(recon.item_ids, "book")
        self.assertEqual(self.env["hospital.pay.order"].search_count([("number", "=", "P00000000000000001")]), 1)

    def test_other_days_and_campuses_are_out_of_reach(self):
        recon = self.load(self.paid("P00000000000000001", 7), merchant=self.other_merchant)
        with self.assertRaises(AccessError):
            self.decide(recon.item_ids, "ignore")
        for method in ("action_match", "action_fetch"):
            with self.assertRaises(AccessError):
                getattr(recon.with_user(self.clerk), method)()
        with self.assertRaises(AccessError):
            recon.item_ids.with_user(self.manager).action_confirm()

    def test_bills_and_logs_bind_everybody(self):
        recon = self.load(self.paid("P00000000000000001", 7))
        for table in ("hospital_bill_line", "hospital_recon_log"):
            for statement in (
                "UPDATE %s SET day = day" if table.endswith("log") else "UPDATE %s SET amount = 1",
                "DELETE FROM %s",
            ):
                with self.assertRaises(InsufficientPrivilege), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self.env.cr.execute(SQL(statement, SQL.identifier(table)))
        for record in (recon, recon.item_ids, recon.bill_id, recon.log_ids[:1], recon.bill_id.line_ids):
            for user in (self.clerk, self.manager):
                with self.assertRaises(AccessError):
                    record.with_user(user).write({"day": self.day})
                with self.assertRaises(AccessError):
                    record.with_user(user).unlink()
