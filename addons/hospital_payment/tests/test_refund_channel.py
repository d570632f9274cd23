from datetime import timedelta
from itertools import product
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.hospital_base.tests.common import proves

from ..tools.numbers import to_unionpay
from .channel_common import CODES, FAULTS
from .refund_common import RefundCase


@tagged("post_install", "-at_install")
class TestRefundChannel(RefundCase):
    """By which road money goes, and what becomes of it when the channel does not answer as it should."""

    def roads(self, refund):
        return [(line.order_id, line.way, line.by_hand, line.amount, line.why_cash) for line in refund.line_ids]

    # === ROADS ===

    @proves("S2-2.49")
    def test_the_newest_payment_first_and_each_by_its_road(self):
        wechat = self.topup(50, "wechat", days_ago=9)
        cash = self.topup(20, days_ago=5)
        alipay = self.topup(30, "alipay", days_ago=1)
        refund = self.ask_back(90)
        self.approve(refund)
        self.assertEqual(
            self.roads(refund),
            [
                (alipay, "original", False, 30, False),
                (cash, "cash", True, 20, "cash"),
                (wechat, "original", False, 40, False),
            ],
        )
        self.settle_refunds()
        self.assertEqual((refund.state, refund.desk_amount, self.account.balance), ("approved", 20, 10))
        self.as_("cashier", refund)._pay_out_desk({})
        self.assertEqual((refund.state, refund.done_amount), ("done", 90))
        self.assert_books()

    @proves("S3-13.1")
    def test_too_old_and_too_often(self):
        old = self.topup(50, "wechat", days_ago=366)
        often = self.topup(50, "alipay", days_ago=3)
        self.channels["alipay"].refunds_most = 1
        first = self.ask_back(10)
        self.approve(first)
        self.settle_refunds()
        refund = self.ask_back()
        self.assertEqual(refund.irrefundable_amount, 90)
        self.approve(refund)
        self.assertEqual(
            self.roads(refund),
            [(often, "cash", True, 40, "often"), (old, "cash", True, 50, "late")],
        )

    def test_money_of_an_account_goes_back_there(self):
        """A settlement paid from a card: partly taken back, the money is on the card at once."""
        self.topup(100)
        self.spend(60)
        entry = self.account.entry_ids.filtered(lambda entry: entry.kind == "spend")
        settlement = self.env["hospital.settlement"].create(
            {
                "encounter_id": self.outpatient.id,
                "patient_id": self.patient.id,
                "campus_id": self.campus.id,
                "company_id": self.campus.company_id.id,
                "currency_id": self.campus.company_id.currency_id.id,
                "number": "S-refund-test",
                "kind": "outpatient",
                "tender_ids": [
                    fields.Command.create(
                        {
                            "channel_id": self.channels["card_account"].id,
                            "way": "account",
                            "amount": 60,
                            "state": "done",
                            "account_id": self.account.id,
                            "account_entry_id": entry.id,
                        }
                    )
                ],
            }
        )
        refunds = self.as_("cashier", self.env["hospital.refund"])
        refund = refunds._refund_settlement(settlement, 25, "退一项检查")
        again = refunds._refund_settlement(settlement, 10, "再退一项")
        self.assertEqual((again, refund.amount, refund.note), (refund, 35, "退一项检查; 再退一项"))
        with self.assertRaises(UserError):
            refunds._refund_settlement(settlement, 25.01, "多退")
        self.approve(refund)
        self.assertEqual((refund.state, self.account.balance), ("done", 75))
        self.env.company.hospital_refund_free_limit = 25
        refund = refunds._refund_settlement(settlement, 25, "退余下的")
        self.assertEqual((refund.state, refund.is_automatic, self.account.balance), ("done", True, 100))
        with self.assertRaises(UserError):
            refunds._refund_settlement(settlement, 0.01, "没有了")

    # === ABNORMAL ORDERS ===

    @proves("S2-7.4")
    def test_paid_for_nothing_goes_back_by_itself(self):
        order = (
            self.as_("cashier", self.env["hospital.pay.order"])
            ._open(None, "other", self.channels["alipay"], 12.5, "code", campus_id=self.campus.id)
            .sudo()
        )
        self.charge("alipay", amount="12.50", number=order.number)
        channel_no = self.ask("alipay", "query", order_no=order.number)["channel_no"]
        order._step("paying")
        order._step("paid", channel_number=channel_no)
        order._business_failed(UserError("检查项目已取消"))
        refund = order.refund_line_ids.refund_id
        self.assertEqual((refund.source, refund.is_automatic, refund.note), ("order", True, "检查项目已取消"))
        self.assertEqual(self.env["hospital.refund"]._refund_order(order, "再来一次"), refund, "only once")
        self.settle_refunds()
        self.assertEqual((refund.state, order.refunded_amount), ("done", 12.5))
        self.assertEqual(len(self.far_refunds("alipay")), 1)

    # === THE CHANNEL SAYS NO, OR NOTHING ===

    def started(self, amount=60, channel="wechat"):
        self.topup(100, channel)
        refund = self.ask_back(amount)
        self.approve(refund)
        return refund

    def refuse(self, channel="wechat"):
        return self.play(self.interface(channel, "refund"), "refuse", code="NOT_ENOUGH", times=1)

    def test_refused_is_one_task_and_tried_again_under_its_number(self):
        refund = self.started()
        self.refuse()
        self.deliver_all()
        self.follow_up()
        self.assertEqual(refund.state, "failed")
        self.assertTrue(refund.line_ids.error)
        self.assertEqual(len(refund.sudo().activity_ids), 1)
        self.assertEqual(refund.sudo().activity_ids.user_id, self.users["approver"])
        self.assertEqual((self.account.balance, self.far_refunds()), (40, {}), "reserved until somebody decides")
        self.follow_up()
        self.assertEqual(len(refund.sudo().activity_ids), 1, "one task, however often it is looked at")
        with self.assertRaises(UserError):
            self.as_("cashier", refund).action_retry()
        self.as_("clerk", refund).action_retry()
        self.assertFalse(refund.sudo().activity_ids)
        self.settle_refunds()
        self.assertEqual(refund.state, "done")
        self.assertEqual(list(self.far_refunds()), [refund.line_ids.number])
        self.assert_books()

    def test_given_up_returns_to_the_account(self):
        refund = self.started()
        self.refuse()
        self.settle_refunds()
        with self.assertRaises(UserError):
            self.as_("clerk", refund)._decide("give_up", "患者不要了")
        self.as_("approver2", refund)._decide("give_up", "患者不要了")
        self.assertEqual((refund.state, self.account.balance), ("cancelled", 100))
        self.assertFalse(refund.sudo().activity_ids)
        self.assert_books()

    def test_paid_at_the_desk_instead(self):
        refund = self.started()
        self.refuse()
        self.settle_refunds()
        self.as_("approver2", refund)._decide("to_desk", "渠道余额不足，患者等候")
        self.assertEqual((refund.state, refund.desk_amount, refund.irrefundable_amount), ("approved", 60, 60))
        self.as_("cashier", refund)._pay_out_desk({})
        self.assertEqual((refund.state, self.account.balance, self.far_refunds()), ("done", 40, {}))
        self.assert_books()

    def test_who_asked_does_not_decide_what_failed(self):
        self.topup(100, "wechat")
        refund = self.ask_back(60, role="approver2")
        self.approve(refund)
        self.refuse()
        self.settle_refunds()
        for decision in ("to_desk", "give_up"):
            with self.assertRaisesRegex(UserError, "asked for this refund yourself"):
                self.as_("approver2", refund)._decide(decision, "自己来")

    def test_not_given_up_when_the_channel_has_done_it(self):
        """It looked failed; asked before the decision, the channel has done it after all."""
        refund = self.started(channel="alipay")
        self.deliver_all()
        line = refund.line_ids
        self.env.cr.execute(
            "UPDATE hospital_refund_line SET state = 'failed', done_at = NULL, day = NULL WHERE id = %s", [line.id]
        )
        self.env.cr.execute(
            "UPDATE hospital_pay_order SET refunded_amount = 0, refund_pending_amount = 60 WHERE id = %s",
            [line.order_id.id],
        )
        self.env.cr.execute("UPDATE hospital_refund SET state = 'failed', done_amount = 0 WHERE id = %s", [refund.id])
        self.env.invalidate_all()
        self.as_("approver2", refund)._decide("give_up", "以为失败")
        self.assertEqual((refund.state, line.state, self.account.balance), ("done", "done", 40))
        self.assert_books()

    def test_no_answer_before_or_after_it_was_done(self):
        """Wherever the line is cut, it is sent or found in the end, once, under one number."""
        for channel, kind in product(CODES, FAULTS):
            with self.subTest(channel=channel, fault=kind):
                account = self.new_account()
                self.topup(100, channel, account)
                before = set(self.far_refunds(channel))
                self.play(self.interface(channel, "refund"), kind, times=1)
                refund = self.ask_back(60, account)
                self.approve(refund)
                self.deliver_all()
                messages = self.env["hospital.message"].search(
                    [("res_model", "=", "hospital.refund.line"), ("res_id", "in", refund.line_ids.ids)]
                )
                self.make_due(messages)
                self.reconnect(channel)
                self.settle_refunds()
                self.assertEqual((refund.state, account.balance), ("done", 40))
                number = refund.line_ids.number
                known_as = to_unionpay(number) if channel == "unionpay" else number
                self.assertEqual(set(self.far_refunds(channel)) - before, {known_as})
                self.assert_books(account)

    def test_asked_about_when_the_engine_gave_up(self):
        refund = self.started(channel="alipay")
        self.interface("alipay", "refund").max_tries = 1
        self.play(self.interface("alipay", "refund"), "lose_after", times=1)
        self.deliver_all()
        self.assertEqual(refund.line_ids._last_message("refund").state, "dead")
        self.follow_up()
        self.assertEqual(refund.state, "done")
        self.assert_books()

    def test_sent_again_when_the_channel_never_had_it(self):
        refund = self.started(channel="alipay")
        self.interface("alipay", "refund").max_tries = 1
        self.play(self.interface("alipay", "refund"), "lose_before", times=1)
        self.deliver_all()
        self.follow_up()
        self.assertEqual((refund.state, refund.line_ids.send_count), ("executing", 2))
        self.settle_refunds()
        self.assertEqual((refund.state, list(self.far_refunds("alipay"))), ("done", [refund.line_ids.number]))

    def test_nobody_waits_while_the_channel_is_asked(self):
        """The channel may take its time: the refund is held only when it has answered."""
        refund = self.started(channel="alipay")
        self.interface("alipay", "refund").max_tries = 1
        self.play(self.interface("alipay", "refund"), "lose_after", times=1)
        self.deliver_all()
        steps = []
        refunds, lines = type(refund), type(refund.line_ids)
        lock, call = refunds._lock, lines._exchange_call

        def locked(record, *args, **options):
            steps.append("hold")
            return lock(record, *args, **options)

        def called(record, *args, **options):
            steps.append("ask")
            return call(record, *args, **options)

        with patch.object(refunds, "_lock", locked), patch.object(lines, "_exchange_call", called):
            self.follow_up()
        self.assertEqual(steps[:2], ["ask", "hold"])
        self.assertEqual(refund.state, "done")
        refund = self.ask_back(20)
        self.approve(refund)
        self.refuse("alipay")
        self.settle_refunds()
        self.assertEqual(refund.state, "failed")
        steps.clear()
        with patch.object(refunds, "_lock", locked), patch.object(lines, "_exchange_call", called):
            self.as_("approver2", refund)._decide("give_up", "患者不要了")
        self.assertEqual(steps[:2], ["ask", "hold"])

    def test_what_the_channel_pays_back_stands_on_the_shift_of_the_system(self):
        refund = self.started()
        self.settle_refunds()
        shift = refund.line_ids.shift_id
        self.assertEqual((shift.user_id, shift.place), (self.env.ref("base.user_root"), "system"))
        self.assertEqual((shift.campus_id, shift.state), (self.campus, "open"))
        second = self.ask_back(40)
        self.approve(second)
        self.settle_refunds()
        self.assertEqual(second.line_ids.shift_id, shift, "one a day")
        shift._refresh()
        self.assertEqual((shift.given_total, shift.cash_given), (100, 0))
        shift.sudo().opened_at = fields.Datetime.now() - timedelta(days=1)
        self.env["hospital.shift"]._cron_count_unmanned()
        self.assertEqual(shift.state, "counted")

    def test_what_is_paid_out_stands_on_the_shift_of_the_cashier(self):
        """Also of a request of the patient (S3-13.3): whoever hands the money out answers for it."""
        self.topup(40)
        refund = self.ask_back(40)
        self.approve(refund)
        self.assertFalse(refund.line_ids.shift_id)
        cashier = self.as_("cashier", refund)
        cashier._pay_out_desk({})
        shift = self.env["hospital.shift"].with_user(self.users["cashier"])._current()
        self.assertEqual((refund.line_ids.shift_id, refund.shift_id), (shift, shift))
        before = shift.cash_given
        shift._refresh()
        self.assertEqual(shift.cash_given - before, 40)

    def test_unknown_while_nobody_answers(self):
        refund = self.started(channel="alipay")
        self.interface("alipay", "refund").max_tries = 1
        self.play(self.interface("alipay", "refund"), "lose_after", times=1)
        fault = self.play(self.interface("alipay", "refund_query"), "lose_after", times=99)
        self.deliver_all()
        self.follow_up()
        self.assertEqual(refund.state, "unknown")
        with self.assertRaises(UserError):
            self.as_("approver2", refund)._decide("give_up", "等不及")
        fault.unlink()
        self.follow_up()
        self.assertEqual(refund.state, "done")

    def test_what_the_channel_says_twice_counts_once(self):
        refund = self.started()
        line = refund.line_ids
        said = {"state": "done", "channel_no": "50300", "done_at": "2026-03-01T08:00:00"}
        self.deliver_all()
        for _time in range(3):
            line._channel_says(said)
        line._channel_says({"state": "failed"})  # an old notice that comes late
        self.assertEqual((line.state, line.channel_number), ("done", "50300"))
        self.assertEqual(line.done_at, fields.Datetime.to_datetime("2026-03-01 08:00:00"))
        self.assertEqual(line.order_id.refunded_amount, 60)
        self.assert_books()

    @mute_logger("odoo.addons.hospital_payment.models.refund_line_sending")
    def test_a_job_that_stumbles_over_one_goes_on_with_the_others(self):
        first = self.started(channel="alipay")
        account = self.new_account()
        self.topup(50, "alipay", account)
        second = self.ask_back(50, account)
        self.approve(second)
        self.interface("alipay", "refund").max_tries = 1
        self.play(self.interface("alipay", "refund"), "lose_after", times=2)
        self.deliver_all()
        find_out, stumbled = type(first.line_ids)._find_out, []

        def stumble(line, said):
            if line == first.line_ids and not stumbled:
                stumbled.append(line)
                raise ValueError("our own mistake")
            return find_out(line, said)

        with patch.object(type(first.line_ids), "_find_out", stumble):
            self.follow_up()
        self.assertEqual((first.state, second.state), ("executing", "done"))
        self.follow_up()
        self.assertEqual((first.state, second.state), ("done", "done"))
