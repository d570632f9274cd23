from contextlib import suppress
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .channel_common import CODES, FAULTS, ChannelCase
from .payment_common import PaymentCase

SETTLED = ("paid", "closed", "failed")


@tagged("post_install", "-at_install")
class TestOverTheWire(PaymentCase, ChannelCase):
    """Orders against the far sides: whatever is lost on the way, the ledger and the channel agree in the end."""

    fakes_channel = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code, platform in cls.platforms.items():
            cls.merchants[code].platform_id = platform

    def setUp(self):
        super().setUp()
        self.mark()

    def channel_side(self, channel):
        return self.env["hospital.sandbox"]._far_side(self.platforms[channel])

    def mark(self):
        """From here on it is compared what both sides have."""
        self.account.invalidate_recordset()
        self.before = {code: self.channel_side(code)._books(self.platforms[code]) for code in CODES}
        self.balance = self.account.balance

    def pay(self, channel, play="0001", amount=100):
        order = self.order(channel, amount=amount)
        order._pay_code(CODES[channel] + play)
        order.invalidate_recordset()
        return order

    def to_the_end(self, order, rounds=12):
        """As much later and as often as it takes; gives how many rounds it took."""
        platform = order.sudo().merchant_id.platform_id
        for number in range(rounds):
            order.invalidate_recordset()
            if (
                order.state in SETTLED
                and order.business_state in ("none", "done", "failed")
                and not order.next_check_at
            ):
                return number
            self.later(order, seconds=30)
            self.reconnect(order.channel_id.code)
            self.run_follow_up()
            self.make_due(order.sudo().exchange_message_ids)
            self.deliver(platform)
        return self.fail(f"still {order.state} after {rounds} rounds")

    def assert_agree(self, order):
        """What the channel kept of this order is what the ledger holds; nobody has anything to do."""
        channel = order.channel_id.code
        now = self.channel_side(channel)._books(self.platforms[channel])
        kept = (now["paid"] - now["refunded"]) - (self.before[channel]["paid"] - self.before[channel]["refunded"])
        self.account.invalidate_recordset()
        booked = Decimal(str(self.account.balance)) - Decimal(str(self.balance))
        self.assertEqual(kept, booked, f"{channel}: {order.state}")
        self.assertEqual(booked, Decimal(str(order.amount if order.state == "paid" else 0)))
        self.assertFalse(order.is_attention)

    @proves("S0-8.2", "S2-6.1", "S2-6.2")
    def test_paid_at_once(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                order = self.pay(channel)
                self.to_the_end(order)
                self.assertEqual((order.state, order.business_state), ("paid", "done"))
                self.assertTrue(order.channel_number)
                self.assert_agree(order)

    def test_password(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                order = self.pay(channel, "9001")
                self.assertEqual(order.state, "paying")
                self.to_the_end(order)
                self.assert_agree(order)

    def test_never_pays(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                order = self.pay(channel, "9002")
                self.to_the_end(order)
                self.assertEqual(order.state, "closed")
                self.assert_agree(order)

    def test_refused_in_the_words_of_the_channel(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                order = self.pay(channel, "9003")
                self.assertEqual(order.state, "failed")
                self.assertIn("余额不足", order.error)

    @proves("S2-6.3")
    def test_every_fault_of_a_charge(self):
        for channel in CODES:
            for kind in FAULTS:
                with self.subTest(channel=channel, fault=kind):
                    self.mark()
                    self.play(self.interface(channel, "pay_code"), kind, times=1)
                    order = self.pay(channel)
                    self.to_the_end(order)
                    self.assert_agree(order)

    def test_every_fault_of_a_question(self):
        for channel in CODES:
            for kind in FAULTS:
                with self.subTest(channel=channel, fault=kind):
                    self.mark()
                    self.play(self.interface(channel, "query"), kind, times=2)
                    order = self.pay(channel, "9001")
                    self.to_the_end(order)
                    self.assert_agree(order)

    @proves("S2-6.3")
    def test_every_fault_of_a_reversal(self):
        for channel in CODES:
            for kind in FAULTS:
                for play in ("9002", "9005"):
                    with self.subTest(channel=channel, fault=kind, play=play):
                        self.mark()
                        self.play(self.interface(channel, "query"), "lose_before", times=4)
                        self.play(self.interface(channel, "reverse"), kind, times=2)
                        order = self.pay(channel, play)
                        self.later(order, seconds=60)
                        self.to_the_end(order, rounds=20)
                        self.assert_agree(order)

    @proves("S2-6.3")
    def test_neither_an_end_nor_a_reversal_is_one_task(self):
        """The channel says for ever that it is being paid and does not take it back: a person hears of it, once."""
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                fault = self.play(self.interface(channel, "reverse"), "lose_before", times=999)
                order = self.pay(channel, "9002")
                for _round in range(40):
                    self.later(order, hours=2)
                    self.reconnect(order.channel_id.code)
                    self.run_follow_up()
                    if order.is_attention:
                        break
                self.assertTrue(order.is_attention)
                self.assertEqual(order.state, "reversing")
                messages = order.sudo().exchange_message_ids
                self.assertFalse(messages.filtered("is_attention"), "one task, not one per message")
                fault.unlink()
                self.later(order, hours=2)
                self.reconnect(order.channel_id.code)
                self.to_the_end(order)
                self.assertEqual(order.state, "closed")
                self.assert_agree(order)

    def test_our_transaction_is_lost_with_the_answer(self):
        """The answer was never kept: the engine takes the charge back, and the order follows it."""
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                order = self.order(channel)
                orders = self.registry["hospital.pay.order"]
                # not by assertRaises, which undoes what the far side has done
                with patch.object(orders, "_take", side_effect=SystemExit), suppress(SystemExit):
                    order._pay_code(CODES[channel] + "0001")
                order.invalidate_recordset()
                self.assertEqual(order.state, "paying")
                self.to_the_end(order)
                self.assertEqual(order.state, "closed")
                self.assert_agree(order)

    def test_a_notice_comes_after_the_process_that_charged_died(self):
        """The engine is about to take the charge back, so what the channel tells is not booked."""
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                order = self.pay(channel, "9001")
                order.sudo().exchange_message_ids._set(caller_state="lost")
                self.channel_side(channel)._pay(self.record(channel, order.number))
                said = {
                    "about": "order",
                    "order_no": order.number,
                    "state": "paid",
                    "channel_no": "1",
                    "amount": "100.00",
                }
                self.orders._receive_notify(self.interface(channel, "notify"), said)
                order.invalidate_recordset()
                self.assertEqual((order.state, self.account.balance), ("paying", self.balance))
                self.to_the_end(order)
                self.assertEqual((order.state, order.close_result), ("closed", "refunded"))
                self.assert_agree(order)

    def test_qr(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                order = self.order(channel, way="qr")
                status = order._pay_qr()
                self.assertEqual(status["state"], "paying", status)
                self.assertTrue(status["qr_code"])
                order.invalidate_recordset()
                record = self.record(channel, order.number)
                if record:
                    self.channel_side(channel)._pay(record)
                    self.to_the_end(order)
                    self.assertEqual(order.state, "paid")
                else:
                    self.later(order, minutes=10)
                    self.to_the_end(order)
                self.assert_agree(order)

    def test_qr_nobody_pays(self):
        for channel in CODES:
            for kind in (None, *FAULTS):
                with self.subTest(channel=channel, fault=kind):
                    self.mark()
                    order = self.order(channel, way="qr")
                    order._pay_qr()
                    order.invalidate_recordset()
                    if kind:
                        self.play(self.interface(channel, "close"), kind, times=1)
                    self.later(order, minutes=10)
                    self.to_the_end(order)
                    self.assertEqual(order.state, "closed")
                    self.assert_agree(order)

    @proves("S2-7.4")
    def test_paid_for_nothing_goes_back_by_its_road(self):
        """The account was closed while the patient paid: a refund is filed and carried out without anybody."""
        for channel in CODES:
            with self.subTest(channel=channel):
                self.mark()
                refused = patch.object(
                    self.registry["hospital.account"], "_order_paid", side_effect=UserError("closed")
                )
                with refused:
                    order = self.pay(channel)
                    self.to_the_end(order)
                self.assertEqual((order.state, order.business_state), ("paid", "failed"))
                [line] = order.sudo().refund_line_ids
                for _round in range(6):
                    self.deliver(self.platforms[channel])
                    line._follow_up()
                    self.env.invalidate_all()
                    if line.state == "done":
                        break
                self.assertEqual((line.state, order.refunded_amount, order.refund_pending_amount), ("done", 100, 0))
                now = self.channel_side(channel)._books(self.platforms[channel])
                self.assertEqual(now["paid"] - self.before[channel]["paid"], Decimal(100))
                self.assertEqual(now["refunded"] - self.before[channel]["refunded"], Decimal(100))
                self.assertFalse(order.is_attention)

    def test_no_secret_is_kept(self):
        order = self.pay("wechat")
        code = CODES["wechat"] + "0001"
        self.env.flush_all()
        self.env.cr.execute("SELECT payload::text, request_body FROM hospital_message WHERE res_id = %s", [order.id])
        auditors = self.env["hospital.message"].search([("res_id", "=", order.id), ("res_model", "=", order._name)])
        self.assertTrue(auditors)
        self.env.cr.execute("SELECT row_to_json(o)::text FROM hospital_pay_order o WHERE id = %s", [order.id])
        self.assertNotIn(code, self.env.cr.fetchone()[0])
