from itertools import product
from unittest.mock import patch

from lxml import etree
from odoo import fields
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval
from psycopg2 import IntegrityError

from odoo.addons.hospital_base.tests.common import proves

from ..models.pay_order import STATES
from ..models.pay_order_steps import STEPS
from .payment_common import PaymentCase

CODE = "134567890123456789"
ALLOWED = {
    ("created", "paying"), ("created", "paid"), ("created", "failed"), ("created", "closed"),
    ("paying", "paying"), ("paying", "paid"), ("paying", "failed"), ("paying", "closed"), ("paying", "unknown"),
    ("paying", "reversing"),
    ("unknown", "unknown"), ("unknown", "paying"), ("unknown", "paid"), ("unknown", "failed"), ("unknown", "closed"),
    ("unknown", "reversing"),
    ("reversing", "closed"), ("reversing", "paid"),
    ("failed", "paid"), ("failed", "closed"), ("closed", "paid"),
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestOrders(PaymentCase):
    """From state to state, and what follows from what the channel says."""

    def in_state(self, state):
        order = self.order()
        path = {
            "created": [], "paying": ["paying"], "unknown": ["paying", "unknown"], "reversing": ["paying", "reversing"],
            "paid": ["paid"], "failed": ["failed"], "closed": ["closed"],
        }[state]  # fmt: skip
        for step in path:
            order._step(step)
        return order

    def refunds_asked(self):
        """Orders for which a refund was asked, in place of the refunds themselves."""
        asked = []
        refunds = self.registry["hospital.refund"]
        self.startPatcher(
            patch.object(
                refunds, "_refund_order", lambda _self, order, reason: asked.append((order.id, reason)), create=True
            )
        )
        return asked

    def test_every_step_of_the_table(self):
        states = [state for state, _label in STATES]
        self.assertEqual({(before, after) for before in STEPS for after in STEPS[before]}, ALLOWED)
        for before, after in product(states, states):
            order = self.in_state(before)
            self.assertEqual(order.state, before)
            if (before, after) in ALLOWED:
                order._step(after)
                self.assertEqual(order.state, after)
            else:
                with self.assertRaises(UserError):
                    order._step(after)

    def test_nobody_changes_an_order_by_hand(self):
        order = self.in_state("paying")
        for vals in ({"state": "paid"}, {"amount": 1}, {"business_state": "done"}):
            with self.assertRaises(UserError):
                order.sudo().write(vals)
        with self.assertRaises(UserError):
            order.sudo().unlink()

    def test_number(self):
        order = self.order()
        today = self.env.company._hospital_today()
        self.assertRegex(order.number, rf"^P{today:%Y%m%d}\d{{9}}$")
        self.assertEqual(order.shift_id.user_id, self.users["cashier"])
        self.assertEqual(order.merchant_id, self.merchants["wechat"])

    def test_no_merchant_at_this_campus(self):
        self.merchants["wechat"].active = False
        with self.assertRaisesRegex(UserError, "not set up"):
            self.order()

    def test_cash(self):
        order = self.topup(12.34)
        self.assertEqual((order.state, order.business_state), ("paid", "done"))
        self.assertEqual(self.account.balance, 12.34)
        entry = self.account.entry_ids
        self.assertEqual((entry.order_id, entry.shift_id, entry.day), (order, order.shift_id, order.day))

    def test_cash_for_nothing_is_refused_on_the_spot(self):
        order = self.order("cash", "cash")
        self.account._close()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order._pay_cash()
        order.invalidate_recordset()
        self.assertEqual(order.state, "created")

    def test_slip(self):
        order = self.order("bank_card", "manual")
        with self.assertRaises(UserError):
            order._pay_manual("  ")
        order._pay_manual("0042")
        self.assertEqual((order.state, order.manual_reference, self.account.balance), ("paid", "0042", 100))
        with self.assertRaises(UserError):
            order._pay_manual("0042")

    def test_from_an_account(self):
        self.topup(80)
        orders = self.orders
        pay = orders._open(None, "other", self.channels["card_account"], 50, "account", account_id=self.account.id)
        pay._pay_account()
        self.assertEqual((pay.state, self.account.balance), ("paid", 30))
        pay = orders._open(None, "other", self.channels["card_account"], 50, "account", account_id=self.account.id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            pay._pay_account()
        self.assertEqual(self.account.balance, 30)

    @proves("S0-8.2", "S2-6.2")
    def test_payment_code(self):
        order = self.order()
        seen = []

        def charge(charged):
            seen.append(charged.state)
            return self.paid(charged, payer="o1*", paid_at="2026-11-20T16:30:00Z")

        self.answers["pay_code"] = charge
        status = order._pay_code(CODE)
        self.assertEqual(seen, ["paying"], "the order is being paid before the channel hears of it")
        self.assertEqual((status["state"], status["business_state"], status["is_over"]), ("paid", "done", True))
        order.invalidate_recordset()
        self.assertEqual(order.paid_at, fields.Datetime.to_datetime("2026-11-20 16:30:00"))
        self.assertEqual(str(order.day), "2026-11-21", "the hospital's day, not the server's")
        self.assertEqual((order.payer, self.account.balance), ("o1*", 100))
        self.assertNotIn(CODE, str(order.read()))

    def test_a_code_of_another_channel(self):
        order = self.order()
        for wrong in ("281234567890123456", "621234567890123456789"[:19], "999", "", None):
            with self.assertRaises(UserError):
                order._pay_code(wrong)
        self.assertFalse(self.calls)

    def test_charged_twice(self):
        order = self.order()
        self.answers["pay_code"] = {"state": "paying"}
        order._pay_code(CODE)
        with self.assertRaises(UserError):
            order._pay_code(CODE)
        self.assertEqual(self.calls, [("pay_code", order.number)])

    def test_somebody_is_at_the_order(self):
        order = self.order()
        lock = patch.object(self.registry["hospital.pay.order"], "lock_for_update", side_effect=LockError("taken"))
        with lock, self.assertRaisesRegex(UserError, "being worked on"):
            order._pay_code(CODE)
        self.assertFalse(self.calls)

    def test_certain_failures(self):
        for kind in ("config", "network", "business", "bug"):
            order = self.order()
            self.answers["pay_code"] = kind
            status = order._pay_code(CODE)
            self.assertEqual((status["state"], status["error"]), ("failed", f"the channel says {kind}"))
        self.assertEqual(self.account.balance, 0)

    def test_no_answer_is_never_a_failure(self):
        order = self.order()
        self.answers["pay_code"] = "unknown"
        self.assertEqual(order._pay_code(CODE)["state"], "unknown")
        order.invalidate_recordset()
        self.assertTrue(order.next_check_at)
        self.answers["query"] = self.paid
        self.assertEqual(order._follow_up()["state"], "paid")
        self.assertEqual(self.account.balance, 100)

    @proves("S2-6.3")
    def test_unclear_charge_is_taken_back_when_it_is_time(self):
        order = self.order()
        self.answers.update(pay_code="unknown", query="unknown", reverse={"action": "closed"})
        order._pay_code(CODE)
        order.invalidate_recordset()
        order._follow_up()
        order.invalidate_recordset()
        self.assertEqual(order.state, "unknown", "not before its time")
        self.later(order, seconds=46)
        status = order._follow_up()
        order.invalidate_recordset()
        self.assertEqual((status["state"], order.close_result), ("closed", "closed"))
        self.assertEqual([code for code, _number in self.calls], ["pay_code", "query", "query", "reverse"])
        self.assertFalse(order.next_check_at)

    def test_no_answer_to_the_reversal(self):
        order = self.order()
        self.answers.update(pay_code="unknown", query={"state": "paying"}, reverse="unknown")
        order._pay_code(CODE)
        self.later(order, seconds=60)
        self.assertEqual(order._follow_up()["state"], "reversing")
        self.answers["query"] = self.paid
        self.assertEqual(order._follow_up()["state"], "reversing", "what is being taken back is not booked")
        self.answers["reverse"] = {"action": "refunded"}
        self.assertEqual(order._follow_up()["state"], "closed")
        order.invalidate_recordset()
        self.assertEqual((order.close_result, self.account.balance), ("refunded", 0))
        order.sudo()._take(self.paid(order))
        self.assertEqual(order.state, "closed", "an old notice does not bring given-back money")

    def test_too_late_to_take_back(self):
        order = self.order()
        self.answers.update(pay_code="unknown", query="unknown", reverse="business")
        order._pay_code(CODE)
        self.later(order, minutes=5)
        self.assertEqual(order._follow_up()["state"], "reversing")
        self.answers["query"] = self.paid
        self.assertEqual(order._follow_up()["state"], "paid")
        self.assertEqual(self.account.balance, 100)

    def test_the_channel_wants_a_pause_before_a_reversal(self):
        order = self.order()
        self.answers["pay_code"] = {"state": "paying"}
        order._pay_code(CODE)
        with self.assertRaisesRegex(UserError, "after a while"):
            order.hospital_give_up()
        self.later(order, seconds=16)
        self.answers["reverse"] = {"action": "closed"}
        self.assertEqual(order.hospital_give_up()["state"], "closed")

    def test_waiting_for_the_password(self):
        order = self.order()
        self.answers.update(pay_code={"state": "paying"}, query={"state": "paying"})
        self.assertEqual(order._pay_code(CODE)["state"], "paying")
        self.later(order, seconds=11)
        self.assertEqual(order.hospital_poll()["state"], "paying")
        self.assertEqual(order.hospital_poll()["state"], "paying")
        self.assertEqual(len(self.calls), 2, "not asked again before its time")
        self.later(order, seconds=12)
        self.answers["query"] = {"state": "failed"}
        self.assertEqual(order.hospital_poll()["state"], "failed")

    def test_qr(self):
        order = self.order(way="qr")
        self.answers.update(pay_qr={"qr_code": "weixin://pay/1"}, query={"state": "absent"})
        status = order.hospital_pay_qr()
        self.assertEqual((status["state"], status["qr_code"]), ("paying", "weixin://pay/1"))
        self.assertTrue(status["qr_image"].startswith("data:image"))
        order.hospital_pay_qr()
        self.assertEqual([code for code, _number in self.calls], ["pay_qr"], "the same code is shown again")
        self.later(order, seconds=30)
        self.assertEqual(order._follow_up()["state"], "paying")
        self.answers["query"] = self.paid
        self.assertEqual(order._follow_up()["state"], "paid")
        self.assertEqual(self.account.balance, 100)

    def test_qr_runs_out(self):
        order = self.order(way="qr")
        self.answers.update(pay_qr={"qr_code": "weixin://pay/1"}, query={"state": "paying"}, close={})
        order._pay_qr()
        self.later(order, minutes=6)
        self.assertEqual(order._follow_up()["state"], "closed")
        order.invalidate_recordset()
        self.assertEqual(order.close_result, "closed")

    def test_qr_paid_while_it_is_closed(self):
        order = self.order(way="qr")
        self.answers.update(pay_qr={"qr_code": "x"}, query=self.paid, close="business")
        order._pay_qr()
        self.assertEqual(order.hospital_give_up()["state"], "paid")
        self.assertEqual(self.account.balance, 100)

    def test_qr_nobody_scanned(self):
        order = self.order("alipay", way="qr")
        self.answers.update(pay_qr={"qr_code": "x"}, query={"state": "absent"}, close="business")
        order._pay_qr()
        self.later(order, minutes=6)
        self.assertEqual(order._follow_up()["state"], "closed")
        order.invalidate_recordset()
        self.assertEqual(order.close_result, "absent")

    def test_qr_without_an_answer_is_asked_for_again(self):
        order = self.order(way="qr")
        self.answers["pay_qr"] = "unknown"
        self.assertEqual(order._pay_qr()["state"], "unknown")
        self.answers["pay_qr"] = {"qr_code": "x"}
        self.assertEqual(order._pay_qr()["qr_code"], "x")

    @proves("S2-7.4")
    def test_paid_for_nothing_goes_back(self):
        asked = self.refunds_asked()
        order = self.order()
        self.account._close()
        self.answers["pay_code"] = self.paid
        status = order._pay_code(CODE)
        self.assertEqual((status["state"], status["business_state"]), ("paid", "failed"))
        self.assertIn("closed", status["business_error"])
        self.assertEqual(asked, [(order.id, status["business_error"])])

    def test_a_mistake_of_ours_does_not_keep_the_money(self):
        asked = self.refunds_asked()
        order = self.order()
        self.answers["pay_code"] = self.paid
        broken = patch.object(self.registry["hospital.account"], "_order_paid", side_effect=ZeroDivisionError)
        with broken, mute_logger("odoo.addons.hospital_payment.models.pay_order_steps"):
            status = order._pay_code(CODE)
        self.assertEqual((status["state"], status["business_state"]), ("paid", "failed"))
        self.assertEqual(len(asked), 1)

    def test_a_lock_is_no_failure(self):
        asked = self.refunds_asked()
        order = self.order()
        self.answers["pay_code"] = self.paid

        sentence = "somebody else"

        def taken(_account):
            try:
                raise LockError("taken")
            except LockError:
                raise UserError(sentence) from None

        with patch.object(self.registry["hospital.account"], "_lock", taken):
            status = order._pay_code(CODE)
        self.assertEqual((status["state"], status["business_state"]), ("paid", "waiting"))
        self.assertEqual(order._follow_up()["business_state"], "done")
        self.assertFalse(asked)
        self.assertEqual(self.account.balance, 100)

    def test_a_refund_that_cannot_be_filed_is_somebodys_task(self):
        order = self.order()
        self.account._close()
        self.answers["pay_code"] = self.paid
        broken = patch.object(
            self.registry["hospital.refund"], "_refund_order", side_effect=UserError("no"), create=True
        )
        with broken, mute_logger("odoo.addons.hospital_payment.models.pay_order_steps"):
            order._pay_code(CODE)
        order.invalidate_recordset()
        self.assertTrue(order.is_attention)
        order.with_user(self.users["finance_clerk"]).action_attended()
        self.assertFalse(order.is_attention)

    def test_late_payment_is_booked(self):
        order = self.order()
        self.answers["pay_code"] = "business"
        order._pay_code(CODE)
        order.invalidate_recordset()
        self.assertEqual(order.state, "failed")
        self.answers["query"] = self.paid
        order.with_user(self.users["finance_clerk"]).action_check()
        order.invalidate_recordset()
        self.assertEqual((order.state, order.business_state, self.account.balance), ("paid", "done", 100))

    def test_another_amount_is_not_believed(self):
        order = self.order()
        self.answers["pay_code"] = {"state": "paid", "amount": "1.00"}
        status = order._pay_code(CODE)
        order.invalidate_recordset()
        self.assertEqual((status["state"], order.is_attention), ("paying", True))
        self.assertEqual(self.account.balance, 0)

    def notify(self, order, **payload):
        interface = self.platform.interface_ids or self.env["hospital.interface"].create(
            {"platform_id": self.platform.id, "code": "notify", "name": "通知", "direction": "in"}
        )
        about = patch.object(self.registry["hospital.interface"], "_about")
        with about:
            return self.env["hospital.pay.order"]._receive_notify(interface, {"order_no": order.number, **payload})

    def test_notices_come_often(self):
        order = self.order(way="qr")
        self.answers["pay_qr"] = {"qr_code": "x"}
        order._pay_qr()
        order.invalidate_recordset()
        for _time in range(3):
            self.notify(order, **self.paid(order))
        self.env["hospital.pay.order"].browse(order.id)._follow_up()
        self.notify(order, **self.paid(order))
        order.invalidate_recordset()
        self.assertEqual((order.state, self.account.balance), ("paid", 100))

    def test_late_notice_is_asked_about(self):
        order = self.order(way="qr")
        self.answers.update(pay_qr={"qr_code": "x"}, close={})
        order._pay_qr()
        order.hospital_give_up()
        order.invalidate_recordset()
        self.notify(order, **self.paid(order))
        self.assertEqual((order.state, self.account.balance), ("closed", 0))
        self.answers["query"] = self.paid
        self.run_follow_up()
        order.invalidate_recordset()
        self.assertEqual((order.state, self.account.balance), ("paid", 100))

    def test_notice_of_a_stranger(self):
        order = self.order(way="qr")
        with self.assertRaises(UserError):
            self.notify(order, order_no="P1")
        self.merchants["wechat"].platform_id = False
        with self.assertRaises(UserError):
            self.notify(order, state="paid")

    def test_the_follow_up_goes_on_after_one_that_fails(self):
        first, second = self.order(), self.order()
        self.answers["pay_code"] = "unknown"
        first._pay_code(CODE)
        second._pay_code(CODE)
        for order in (first, second):
            self.later(order, seconds=20)

        def answer(order):
            if order.id == first.id:
                raise ZeroDivisionError
            return self.paid(order)

        self.answers["query"] = answer
        with mute_logger("odoo.addons.hospital_payment.models.pay_order_follow"):
            self.run_follow_up()
        self.env.invalidate_all()
        self.assertEqual((first.state, second.state), ("unknown", "paid"))
        self.assertTrue(first.is_attention)

    def test_an_order_nobody_paid(self):
        order = self.order()
        self.later(order, minutes=11)
        self.run_follow_up()
        order.invalidate_recordset()
        self.assertEqual((order.state, order.close_result), ("closed", "absent"))
        self.assertFalse(self.calls)

    def test_refunds_of_an_order(self):
        order = self.topup(100).sudo()
        order._reserve_refund(60)
        with self.assertRaises(UserError):
            order._reserve_refund(40.01)
        order._reserve_refund(40)
        order._settle_refund(60, done=True)
        order._settle_refund(40, done=False)
        self.assertEqual((order.refunded_amount, order.refund_pending_amount, order.refundable_amount), (60, 0, 40))

    @proves("S2-5.10", "S2-7.3")
    def test_the_order_centre_finds_by_date_channel_state_and_business(self):
        paid = self.topup(31)
        self.answers["pay_code"] = "business"
        refused = self.order("alipay")
        refused._pay_code("280000000000000001")
        self.answers["pay_code"] = "unknown"
        unclear = self.order("wechat", account=self.deposit)
        unclear._pay_code(CODE)
        ours = paid | refused | unclear
        self.assertEqual(len(set(ours.mapped("number"))), 3)
        arch = etree.fromstring(self.env.ref("hospital_payment.view_hospital_pay_order_search").arch)
        context = {"uid": self.users["cashier"].id}
        filters = {
            node.get("name"): safe_eval(node.get("domain"), context)
            for node in arch.iter("filter")
            if node.get("domain")
        }
        # who has no time zone would be asked for the day of Greenwich
        orders = self.orders.with_user(self.users["finance_clerk"]).with_context(tz=self.env.company.hospital_tz)
        for name, found in (
            ("paid", paid), ("not_paid", refused), ("unclear", unclear), ("cash", paid), ("online", refused | unclear),
            ("topup_card", paid | refused), ("topup_inpatient", unclear), ("today", paid), ("mine", ours),
        ):  # fmt: skip
            domain = Domain(filters[name]) & Domain("id", "in", ours.ids)
            self.assertEqual(orders.search(domain), found.sorted("id", reverse=True), name)
        by_name = Domain("patient_id", "ilike", "zsf") & Domain("id", "in", ours.ids)
        self.assertEqual(len(orders.search(by_name)), 3, "by the initials of the patient")
        groups = dict(orders._read_group([("id", "in", ours.ids)], ["channel_id"], ["amount:sum"]))
        self.assertEqual(groups[self.channels["cash"].with_user(self.users["finance_clerk"])], 31)

    @proves("S2-7.2")
    def test_merchants_are_configured_per_channel_and_campus(self):
        merchants = self.env["hospital.pay.merchant"].with_user(self.users["it_operator"])
        vals = {
            "name": "微信",
            "channel_id": self.channels["wechat"].id,
            "campus_id": self.campus.id,
            "vendor": "财付通",
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            merchants.create(vals).flush_recordset()
        self.merchants["wechat"].active = False
        self.env.flush_all()
        new = merchants.create({**vals, "merchant_number": "1900000109"})
        self.assertEqual(self.order().merchant_id.id, new.id)
        with self.assertRaises(ValidationError):
            self.env["hospital.pay.merchant"].create(
                {
                    "name": "刷卡",
                    "channel_id": self.channels["bank_card"].id,
                    "campus_id": self.campus.id,
                    "platform_id": self.platform.id,
                }
            )
