import json
import time
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.hospital_base.tests.common import proves

from ..models import sandbox_wechat_v3
from ..tools.units import beijing_now
from .channel_common import CODES

TAKEN = {"wechat": '{"code":"SUCCESS","message":"OK"}', "alipay": "success", "unionpay": "ok"}


@tagged("post_install", "-at_install")
class TestChannelCallbacks(HttpCase):
    """What a channel tells us: believed when it is signed and fresh, carried out once, answered in its own words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US", "tracking_disable": True})
        cls.campus = cls.env["hospital.campus"].create({"name": "Callback Campus", "code": "CALLBACK"})
        cls.env.user.hospital_campus_ids |= cls.campus
        cls.platforms = {}
        for code in CODES:
            platform = cls.platforms[code] = cls.env.ref(f"hospital_payment.platform_{code}")
            platform.mode = "sandbox"
            cls.env["hospital.sandbox"]._make_keys(platform)
            cls.env["hospital.pay.merchant"].create(
                {
                    "name": f"Merchant {code}",
                    "channel_id": cls.env.ref(f"hospital_payment.channel_{code}").id,
                    "campus_id": cls.campus.id,
                    "platform_id": platform.id,
                }
            )

    def far(self, channel):
        return self.env["hospital.sandbox"]._far_side(self.platforms[channel])

    def paid_there(self, channel, amount=1234, **values):
        """(order here, row of the far side) of a QR code that was paid and of which we do not know yet."""
        order = self.env["hospital.pay.order"]._open(
            None,
            "other",
            self.env.ref(f"hospital_payment.channel_{channel}"),
            12.34,
            "qr",
            campus_id=self.campus.id,
            place="app",
        )
        now = fields.Datetime.now()
        order._step("paying", sent_at=now, expires_at=now + timedelta(minutes=5), next_check_at=now)
        data = {
            "amount": amount, "state": "NEW", "way": "qr", "refunded": 0, "refunds": 0, "made_at": "", "paid_at": "",
            "asked": 0, "play": "", "time": f"{beijing_now():%Y%m%d%H%M%S}", **values,
        }  # fmt: skip
        platform = self.platforms[channel]
        record, _is_new = self.far(channel)._made(platform, "order", order.number, data)
        self.far(channel)._pay_qr(platform, order.number)
        return order, record

    def tell(self, channel, headers, body):
        self.env.flush_all()
        answer = self.url_open(f"/exchange/{channel}/notify", data=body, headers=headers)
        self.env.invalidate_all()
        return answer

    @proves("S2-6.2")
    def test_paid(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                order, record = self.paid_there(channel)
                callback = self.far(channel)._callback(self.platforms[channel], record)
                for _again in range(3):
                    answer = self.tell(channel, *callback)
                    self.assertEqual((answer.status_code, answer.text), (200, TAKEN[channel]))
                    self.assertEqual((order.state, order.channel_number), ("paid", record.ref))
                kept = self.env["hospital.message"].search(
                    [("platform_id", "=", self.platforms[channel].id), ("direction", "=", "in")]
                )
                self.assertEqual((len(kept), kept.state, kept.res_id), (1, "done", order.id))

    def test_another_amount_is_not_taken(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                order, record = self.paid_there(channel, amount=1)
                self.tell(channel, *self.far(channel)._callback(self.platforms[channel], record))
                self.assertEqual((order.state, order.is_attention), ("paying", True))

    def test_forged(self):
        for channel in CODES:
            with self.subTest(channel=channel):
                order, record = self.paid_there(channel)
                headers, body = self.far(channel)._callback(self.platforms[channel], record)
                if channel == "wechat":
                    envelope = json.loads(body)
                    envelope["id"] = "another"
                    changed = json.dumps(envelope).encode()
                else:
                    changed = urlencode({**dict(parse_qsl(body.decode())), "x": "1"}).encode()
                for bad in (changed, b"", b"\xff\x00", body[:-20]):
                    answer = self.tell(channel, headers, bad)
                    self.assertNotEqual(answer.text, TAKEN[channel])
                    self.assertEqual(order.state, "paying")
                unsigned = {name: value for name, value in headers.items() if not name.startswith("Wechatpay")}
                if channel == "wechat":
                    self.assertEqual(self.tell(channel, unsigned, body).status_code, 400)

    def test_kept_back(self):
        order, record = self.paid_there("wechat")
        for seconds in (-330, 330):
            clock = SimpleNamespace(time=lambda seconds=seconds: time.time() + seconds)
            with patch.object(sandbox_wechat_v3, "time", clock):
                callback = self.far("wechat")._callback(self.platforms["wechat"], record)
            answer = self.tell("wechat", *callback)
            self.assertEqual((answer.status_code, order.state), (400, "paying"))

    def test_for_another_merchant(self):
        for channel, name in (("wechat", "mchid"), ("alipay", "app_id"), ("unionpay", "mer_id")):
            with self.subTest(channel=channel):
                order, record = self.paid_there(channel)
                callback = self.far(channel)._callback(self.platforms[channel], record)
                parameter = self.platforms[channel].parameter_ids.filtered(lambda one, name=name: one.name == name)
                parameter.value = "999999999999999"
                self.assertNotEqual(self.tell(channel, *callback).text, TAKEN[channel])
                self.assertEqual(order.state, "paying")

    def test_page_of_the_payer(self):
        """Whoever opens the QR code of the sandbox may play the payer."""
        order, record = self.paid_there("wechat")
        data = {**record.data, "state": "NEW", "paid_at": "", "token": f"{order.number}-abc"}
        record.data = data
        self.env.flush_all()
        path = f"/sandbox/wechat/cashier/{order.number}-abc"
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("12.34", page.text)
        self.assertIn("<button", page.text)
        self.assertEqual(self.url_open(f"{path}x").status_code, 404)
        page = self.url_open(path, data={"pay": "1"})
        self.assertNotIn("<button", page.text)
        self.env.invalidate_all()
        self.assertEqual(record.data["state"], "PAID")

    def test_page_of_a_slip(self):
        """Where the QR code of a printed slip leads in the sandbox."""
        self.env.ref("hospital_payment.platform_pay_page").mode = "sandbox"
        self.env.flush_all()
        page = self.url_open("/sandbox/pay_page/pay?no=M001&amount=<b>1.00")
        self.assertEqual(page.status_code, 200)
        self.assertIn("M001", page.text)
        self.assertNotIn("<b>1.00", page.text)
