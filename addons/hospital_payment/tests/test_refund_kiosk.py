from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .refund_common import RefundCase


@tagged("post_install", "-at_install")
class TestRefundKiosk(RefundCase, HttpCase):
    """The screen of the self-service machine: what it shows, what it does, and what it refuses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "hospital_payment.group_refund_kiosk"
        cls.machine = new_test_user(cls.env, "refund_machine", groups=groups, lang="en_US")
        cls.other_machine = new_test_user(cls.env, "refund_machine2", groups=groups)

    @property
    def kiosk(self):
        return self.env["hospital.refund.kiosk"].with_user(self.machine).with_context(lang="en_US")

    @property
    def number(self):
        return self.account.card_id.number

    def refunds(self):
        return self.env["hospital.refund"].search([("account_id", "=", self.account.id)])

    @proves("S3-12.3")
    def test_less_than_the_last_topup_goes_back_by_its_road(self):
        self.topup(60, "alipay", days_ago=9)
        self.spend(60, days_ago=8)
        self.topup(100, "wechat", days_ago=2)
        self.spend(30)
        offer = self.kiosk.offer(f" {self.number}\n")
        self.assertEqual((offer["state"], offer["amount"], offer["name"]), ("offer", 70, "张*丰"))
        self.assertNotIn(self.patient.name, str(offer))
        self.assertIn("100", offer["last"]["amount_text"])
        [road] = offer["roads"]
        self.assertEqual(road["channel"], self.channels["wechat"].name)
        sent = self.kiosk.refund(self.number, 70.0)
        self.assertEqual((sent["state"], self.account.balance), ("sent", 0))
        refund = self.refunds()
        self.assertEqual((refund.source, refund.place, refund.requested_by_id), ("self", "kiosk", self.machine))
        self.assertEqual(self.kiosk.offer(self.number)["number"], refund.number, "the card once more sees it")
        self.settle_refunds()
        self.assertEqual(self.kiosk.look(refund.number)["state"], "done")
        self.assertEqual(sum(self.far_refunds().values()), 1)
        self.assertEqual(self.kiosk.offer(self.number)["state"], "no")
        self.assert_books()

    @proves("S3-12.3")
    def test_why_nothing_goes_back(self):
        def why():
            answer = self.kiosk.offer(self.number)
            self.assertEqual((answer["state"], answer["amount"], answer["roads"]), ("no", 0, []))
            refused = self.kiosk.refund(self.number, 10)
            self.assertEqual(refused["state"], "error")
            return answer["why_not"]

        self.assertIn("no money", why())
        self.topup(100, "wechat")
        self.assertIn("less than the last top-up", why())
        self.topup(200, "cash")
        self.spend(150)
        self.assertIn("by the road it came", why())
        self.env.company.hospital_self_refund = False
        self.assertIn("switched off", why())
        self.assertFalse(self.refunds())
        self.assertEqual(self.account.balance, 150)

    def test_the_amount_has_changed_meanwhile(self):
        self.topup(100, "wechat")
        self.spend(30)
        for seen in (30.0, 0, -70, float("nan"), 1e300, "70", None):
            answer = self.kiosk.refund(self.number, seen)
            self.assertEqual((answer["state"], answer["amount"]), ("offer", 70), seen)
        self.assertFalse(self.refunds())

    def test_pressed_twice(self):
        self.topup(100, "wechat")
        self.spend(30)
        self.kiosk.refund(self.number, 70.0)
        self.assertEqual(self.kiosk.refund(self.number, 70.0)["state"], "error")
        self.assertEqual(len(self.refunds()), 1)

    def test_what_is_no_card(self):
        for text in ("", "   ", "x", "33%", "3300000009", "1" * 300, None, 5, [1], "'; DROP TABLE x"):
            answer = self.kiosk.offer(text)
            self.assertEqual((answer["state"], bool(answer["message"])), ("error", True), text)
            self.assertEqual(self.kiosk.refund(text, 1)["state"], "error")
        self.account.card_id.state = "lost"
        self.assertEqual(self.kiosk.offer(self.number)["state"], "error")

    def test_full_width_digits_are_the_same_card(self):
        self.topup(100, "wechat")
        self.spend(30)
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in self.number)
        self.assertEqual(self.kiosk.offer(wide)["amount"], 70)

    def test_an_identity_card_finds_the_only_card_with_money(self):
        number = "119999198002030018"
        digits = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        number = number[:17] + "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], digits, strict=True)) % 11]
        document_type = self.env.ref("hospital_base.identifier_type_resident_id", raise_if_not_found=False)
        document_type = document_type or self.env["hospital.identifier.type"].search([("code", "=", "resident_id")])
        self.env["hospital.identifier"].create(
            {"patient_id": self.patient.id, "type_id": document_type.id, "number": number}
        )
        self.topup(100, "wechat")
        self.spend(30)
        self.assertEqual(self.kiosk.offer(number)["amount"], 70)
        second = self.new_account()
        self.topup(50, "wechat", account=second)
        self.assertIn("several cards", self.kiosk.offer(number)["message"])

    def test_the_channel_fails(self):
        self.topup(100, "wechat")
        self.spend(30)
        number = self.kiosk.refund(self.number, 70.0)["number"]
        self.refunds().line_ids._channel_says({"state": "failed", "error": "用户账户注销"})
        self.assertEqual(self.kiosk.look(number)["state"], "desk")
        self.assertEqual(len(self.refunds().activity_ids), 1, "one task for one person")

    def test_our_side_breaks_off(self):
        self.topup(100, "wechat")
        self.spend(30)
        broken = patch.object(self.registry["hospital.refund"], "_make_executable", side_effect=UserError("no"))
        with broken:
            self.assertEqual(self.kiosk.refund(self.number, 70.0), {"state": "error", "message": "no"})
        self.assertFalse(self.refunds())
        self.assertEqual(self.kiosk.offer(self.number)["amount"], 70)

    # === THE SLIP ===

    @proves("S3-12.3")
    def test_slip(self):
        self.topup(100, "wechat")
        self.spend(30)
        number = self.kiosk.refund(self.number, 70.0)["number"]
        self.env.flush_all()
        self.authenticate("refund_machine", "refund_machine")
        paper = self.url_open(f"/hospital/refund-slip/{number}")
        self.assertEqual(paper.headers["Content-Type"], "application/pdf")
        text = "".join(Printed(paper.content).texts)
        for wanted in (number, self.number, "70.00", "人民币柒拾元整"):
            self.assertIn(wanted, text)
        self.env.invalidate_all()
        self.assertEqual(self.refunds().print_count, 1)
        self.authenticate("refund_machine2", "refund_machine2")
        refused = self.url_open(f"/hospital/refund-slip/{number}")
        self.assertEqual(refused.status_code, 403)
        self.assertNotIn(self.patient.name, refused.text)

    # === WHO MAY ===

    def test_only_the_account_of_a_machine(self):
        self.topup(100, "wechat")
        self.spend(30)
        number = self.kiosk.refund(self.number, 70.0)["number"]
        for role in ("cashier", "registrar", "clerk"):
            kiosk = self.env["hospital.refund.kiosk"].with_user(self.users[role])
            for call in (
                lambda kiosk=kiosk: kiosk.offer(self.number),
                lambda kiosk=kiosk: kiosk.refund(self.number, 70.0),
                lambda kiosk=kiosk: kiosk.look(number),
                lambda kiosk=kiosk: kiosk._slip(number),
            ):
                with self.assertRaises(AccessError):
                    call()
        other = self.env["hospital.refund.kiosk"].with_user(self.other_machine)
        with self.assertRaises(UserError):
            other.look(number)

    def test_the_account_of_a_machine_may_nothing_else(self):
        for model in ("hospital.refund", "hospital.account", "hospital.pay.order", "hospital.settlement"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.machine).search([], limit=1).read(["number"])
        with suppress(AccessError):
            cards = self.env["hospital.card"].with_user(self.machine).search([], limit=1)
            self.assertFalse(cards, "the machine reads no cards")
