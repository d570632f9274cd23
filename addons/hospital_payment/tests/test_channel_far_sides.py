from base64 import b64decode
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.bills import parse
from ..tools.units import beijing_now
from .channel_common import CODES, ChannelCase


@tagged("post_install", "-at_install")
class TestChannels(ChannelCase):
    """What a hospital does with a channel, with each of them: signed, sent, checked, answered, believed."""

    @proves("S2-6.1", "S2-6.2", "S0-8.2")
    def test_payment_code(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number, _channel_no = self.paid(channel)
                record = self.record(channel, number)
                self.assertEqual((record.data["amount"], record.data["state"], record.count), (1234, "PAID", 1))
                again = self.ask(channel, "query", order_no=number)
                self.assertEqual((again["state"], again["channel_no"]), ("paid", record.ref))
                self.assertRegex(again["paid_at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
                self.assertIn("*", again["payer"])

    def test_the_same_number_is_charged_once(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number, _channel_no = self.paid(channel)
                _number, reply = self.charge(channel, number=number)
                self.assertEqual(reply["state"], "paying", "only the question tells")
                self.assertEqual(self.record(channel, number).count, 1)

    def test_payer_enters_a_password(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number, reply = self.charge(channel, "9001")
                self.assertEqual(reply["state"], "paying")
                states = [self.ask(channel, "query", order_no=number)["state"] for _time in range(3)]
                self.assertEqual(states, ["paying", "paid", "paid"])

    def test_payer_never_pays(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number, _reply = self.charge(channel, "9002")
                self.assertEqual(self.ask(channel, "query", order_no=number)["state"], "paying")
                self.assertEqual(self.ask(channel, "reverse", order_no=number)["action"], "closed")
                state = self.ask(channel, "query", order_no=number)["state"]
                self.assertEqual(state, "failed" if channel == "unionpay" else "closed")

    def test_payer_gives_up(self):
        number, _reply = self.charge("wechat", "9007")
        self.assertEqual(self.ask("wechat", "query", order_no=number)["state"], "failed")
        number, _reply = self.charge("unionpay", "9007")
        self.assertEqual(self.ask("unionpay", "query", order_no=number)["state"], "failed")

    def test_plain_no_in_the_words_of_the_channel(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                for play, words in (("9003", "余额不足"), ("9004", None)):
                    number = self.number()
                    error = self.error(lambda: self.charge(channel, play, number=number))
                    self.assertEqual(error.kind, "business")
                    self.assertTrue(error.code)
                    if words:
                        self.assertIn(words, error.sentence)
                    self.assertFalse(self.record(channel, number))

    def test_system_error_is_never_failed(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                for play, state in (("9005", "paid"), ("9006", "absent")):
                    number = self.number()
                    error = self.error(lambda: self.charge(channel, play, number=number))
                    self.assertEqual(error.kind, "unknown")
                    self.assertEqual(self.ask(channel, "query", order_no=number)["state"], state)

    @proves("S2-6.3")
    def test_reversal_gives_the_money_back(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number, _channel_no = self.paid(channel)
                before = self.far(channel)._books(self.platforms[channel])
                self.assertEqual(self.ask(channel, "reverse", order_no=number)["action"], "refunded")
                after = self.far(channel)._books(self.platforms[channel])
                self.assertEqual(after["refunded"] - before["refunded"], Decimal("12.34"))
                # taken back once more nothing moves
                self.assertEqual(self.ask(channel, "reverse", order_no=number)["action"], "refunded")
                self.assertEqual(self.far(channel)._books(self.platforms[channel]), after)
                self.assertEqual(self.ask(channel, "reverse", order_no=self.number())["action"], "absent")

    @proves("S2-6.4")
    def test_partial_refunds(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                order = self.paid(channel)
                first, reply = self.refund(channel, order, "2.34")
                self.assertIn(reply["state"], ("done", "processing"))
                again = self.refund(channel, order, "2.34", number=first)[1]
                self.assertIn(again["state"], ("done", "processing"))
                known = self.ask(channel, "refund_query", order_no=order[0], refund_no=first)
                self.assertEqual(known["state"], "done")
                self.assertTrue(known["done_at"])
                second, _reply = self.refund(channel, order, "10.00")
                self.assertNotEqual(first, second)
                self.assertEqual(self.record(channel, order[0]).data["refunded"], 1234)
                error = self.error(lambda: self.refund(channel, order, "0.01"))
                self.assertEqual(error.kind, "business")
                absent = self.ask(channel, "refund_query", order_no=order[0], refund_no=self.number("R") + "-1")
                self.assertEqual(absent["state"], "absent")

    def test_another_amount_under_the_same_number(self):
        for channel in ("wechat", "alipay"):
            order = self.paid(channel)
            number, _reply = self.refund(channel, order, "1.00")
            error = self.error(lambda: self.refund(channel, order, "2.00", number=number))
            self.assertEqual(error.kind, "business")
        self.assertEqual(error.code, "ACQ.DISCORDANT_REPEAT_REQUEST")

    def test_fifty_partial_refunds_and_no_more(self):
        order = self.paid("wechat", "99.00")
        for _number in range(50):
            self.refund("wechat", order, "1.00", total="99.00")
        error = self.error(lambda: self.refund("wechat", order, "1.00", total="99.00"))
        self.assertEqual(error.kind, "business")

    def test_refund_that_fails(self):
        order = self.charge("wechat", "9008")[0], ""
        self.assertEqual(self.refund("wechat", order, "1.00")[1]["state"], "failed")
        number, _reply = self.charge("unionpay", "9008")
        order = number, self.ask("unionpay", "query", order_no=number)["channel_no"]
        refund, _reply = self.refund("unionpay", order, "1.00")
        self.assertEqual(self.ask("unionpay", "refund_query", order_no=number, refund_no=refund)["state"], "failed")

    def test_qr_code_shown(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number = self.number()
                about = {
                    "order_no": number,
                    "amount": "8.80",
                    "subject": "门诊缴费",
                    "expires_at": "2099-01-01 00:00:00",
                }
                link = self.ask(channel, "pay_qr", **about)["qr_code"]
                self.assertIn("/cashier/", link)
                self.assertEqual(
                    self.ask(channel, "pay_qr", **about)["qr_code"], link, "asked again it is the same code"
                )
                state = self.ask(channel, "query", order_no=number)["state"]
                self.assertEqual(state, "absent" if channel == "alipay" else "paying")
                self.far(channel)._pay_qr(self.platforms[channel], number)
                reply = self.ask(channel, "query", order_no=number)
                self.assertEqual((reply["state"], reply["amount"]), ("paid", "8.80"))
                self.assertEqual(self.refusal(channel, "close", order_no=number).kind, "business")

    def test_qr_code_closed(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                number = self.number()
                self.ask(channel, "pay_qr", order_no=number, amount="8.80", subject="x")
                self.assertEqual(self.ask(channel, "close", order_no=number), {})

    @proves("S0-8.3")
    def test_bill_is_what_was_done(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                day = beijing_now().date()
                before = self.ask(channel, "bill", day="2020-01-01")
                self.assertEqual((before["empty"], before["content"]), (True, ""))
                order = self.paid(channel)
                refund, _reply = self.refund(channel, order, "2.34")
                self.ask(channel, "refund_query", order_no=order[0], refund_no=refund)
                gone, _channel_no = self.paid(channel, "5.00")
                self.ask(channel, "reverse", order_no=gone)
                reply = self.ask(channel, "bill", day=str(day))
                self.assertFalse(reply["empty"])
                lines = {
                    (line.kind, line.our_number, line.our_refund_number): line.amount
                    for line in parse(channel, b64decode(reply["content"]), day)
                }
                self.assertEqual(lines["pay", order[0], ""], Decimal("12.34"))
                self.assertEqual(lines["refund", order[0], refund], Decimal("2.34"))
                self.assertEqual(lines["pay", gone, ""], Decimal("5.00"))
                back = [amount for (kind, number, _no), amount in lines.items() if (kind, number) == ("refund", gone)]
                self.assertEqual(back, [Decimal("5.00")])

    def test_another_campus_has_a_platform_of_its_own(self):
        """A copy with another merchant number: same protocol, same far side, other books."""
        own = self.platforms["wechat"].copy({"code": "wechat_east", "mode": "sandbox"})
        self.env["hospital.sandbox"]._make_keys(own)
        charge = own.interface_ids.filtered(lambda one: one.code == "pay_code")
        self.assertEqual(charge.query_interface_id.platform_id, own)
        own.parameter_ids.filtered(lambda one: one.name == "mchid").value = "1900000002"
        known, self.platforms["wechat"] = self.platforms["wechat"], own
        number, _channel_no = self.paid("wechat")
        self.assertTrue(self.record("wechat", number))
        self.platforms["wechat"] = known
        self.assertFalse(self.record("wechat", number))
