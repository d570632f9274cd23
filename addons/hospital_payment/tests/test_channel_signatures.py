import json

from odoo.tests import BaseCase, tagged

from odoo.addons.hospital_exchange.tools.crypto import CryptoError, rsa

from ..models.sandbox_pay import new_private_key
from ..models.sandbox_unionpay import _certificate
from ..tools import alipay_sign, unionpay_sign, units, wechat_sign
from ..tools.numbers import from_unionpay, is_taking_back, paid_under, taken_back_by, to_unionpay

V2 = {
    "appid": "wxd930ea5d5a258f4f", "mch_id": "10000100", "device_info": "1000", "body": "test",
    "nonce_str": "ibuaiVcKdpRxkhJA",
}  # fmt: skip
V2_KEY = "192006250b4c09247ec02edce69f6a2d"
AEAD = "DUcclrHBE5NffFMk6pzEyhUOzVngwM2MHkdZc3AgkamsawMewJp7Sv+hSPf/76tGZZDkREbua8ss5MMQxCS8+Q=="
AEAD_KEY = "0123456789abcdef0123456789abcdef"


@tagged("post_install", "-at_install")
class TestChannelSignatures(BaseCase):
    """What the channels publish, and both directions with keys of our own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.private = new_private_key()
        cls.public = rsa.public_of(cls.private)

    def test_wechat_v2_vector(self):
        self.assertEqual(wechat_sign.sign_v2(V2, V2_KEY), "9A0A8659F005D6984697E2CA0A9CF3B7")
        self.assertEqual(
            wechat_sign.sign_v2({**V2, "sign": "x", "empty": ""}, V2_KEY, "HMAC-SHA256"),
            "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6",
        )

    def test_wechat_v3_resource(self):
        plain = b'{"out_trade_no":"T0001","trade_state":"SUCCESS"}'
        self.assertEqual(wechat_sign.encrypt(AEAD_KEY, plain, "fdasflkja484", "transaction"), AEAD)
        self.assertEqual(wechat_sign.decrypt(AEAD_KEY, AEAD, "fdasflkja484", "transaction"), plain)
        for key, text, nonce, about in (
            (AEAD_KEY, AEAD, "fdasflkja484", "refund"),
            (AEAD_KEY, AEAD, "fdasflkja485", "transaction"),
            (AEAD_KEY[::-1], AEAD, "fdasflkja484", "transaction"),
            (AEAD_KEY, "E" + AEAD[1:], "fdasflkja484", "transaction"),
            (AEAD_KEY, "no base64", "fdasflkja484", "transaction"),
            (AEAD_KEY, "", "fdasflkja484", "transaction"),
            ("short", AEAD, "fdasflkja484", "transaction"),
        ):
            with self.assertRaises(CryptoError):
                wechat_sign.decrypt(key, text, nonce, about)

    def test_wechat_v3_signs_five_lines(self):
        text = wechat_sign.lines("GET", "/v3/bill?x=1", "1554208460", "nonce", b"")
        self.assertEqual(text, b"GET\n/v3/bill?x=1\n1554208460\nnonce\n\n")
        header = wechat_sign.authorization(
            self.private, "190", "5157", "GET", "/v3/bill?x=1", "1554208460", "nonce", b""
        )
        said = wechat_sign.read_authorization(header)
        self.assertEqual((said["mchid"], said["serial_no"], said["timestamp"]), ("190", "5157", "1554208460"))
        self.assertTrue(rsa.verify(self.public, text, wechat_sign.from_base64(said["signature"])))
        self.assertEqual(wechat_sign.read_authorization("Bearer x"), {})

    def test_wechat_v3_answers_are_checked_as_received(self):
        body = '{"a": "汉",\n "b":1}'.encode()
        signature = wechat_sign.sign(self.private, "1", "n", body)
        self.assertTrue(wechat_sign.fits(self.public, "1", "n", body, signature))
        self.assertFalse(wechat_sign.fits(self.public, "1", "n", json.dumps(json.loads(body)).encode(), signature))
        self.assertFalse(wechat_sign.fits(self.public, "2", "n", body, signature))
        self.assertFalse(wechat_sign.fits(self.public, "1", "n", body, "not base64!"))

    def test_alipay_text(self):
        self.assertEqual(
            alipay_sign.text_of({"b": "2 &=汉", "a": "1", "empty": "", "sign": "x", "sign_type": "RSA2"}),
            "a=1&b=2 &=汉&sign_type=RSA2",
        )
        form = {"b": "2", "a": "1", "sign_type": "RSA2"}
        form["sign"] = alipay_sign.sign_text(self.private, "a=1&b=2")
        self.assertTrue(alipay_sign.fits_callback(self.public, form))
        self.assertFalse(alipay_sign.fits_callback(self.public, {**form, "a": "3"}))

    def test_alipay_signed_part(self):
        part = '{"code":"10000", "msg":"}\\"{" ,"list":[{"a":"\\u6c49"}] }'
        text = f'{{"alipay_trade_pay_response":{part} ,"sign":"abc="}}'
        self.assertEqual(alipay_sign.signed_part(text, "alipay_trade_pay_response"), part)
        self.assertEqual(
            alipay_sign.signed_part(
                f'{{"sign":"x","alipay_trade_pay_response" : {part}}}', "alipay_trade_pay_response"
            ),
            part,
        )
        twice = f'{{"alipay_trade_pay_response":{{"code":"1"}},"alipay_trade_pay_response":{part}}}'
        for wrong in (twice, "[]", '{"other":{}}', "", '{"alipay_trade_pay_response":"text"}'):
            with self.assertRaises(ValueError):
                alipay_sign.signed_part(wrong, "alipay_trade_pay_response")

    def test_unionpay_signature_and_answer(self):
        values = unionpay_sign.read("orderId=P1&reserved={a=1&b={c=2&d=3}}&sig=a+b/c==&respCode=00")
        self.assertEqual(values, {"orderId": "P1", "reserved": "{a=1&b={c=2&d=3}}", "sig": "a+b/c==", "respCode": "00"})
        for wrong in ("a=1&a=2", "no pairs"):
            with self.assertRaises(ValueError):
                unionpay_sign.read(wrong)
        signature = unionpay_sign.sign(self.private, values)
        self.assertTrue(unionpay_sign.fits(self.public, {**values, "signature": signature}))
        self.assertFalse(unionpay_sign.fits(self.public, {**values, "respCode": "01", "signature": signature}))
        self.assertFalse(unionpay_sign.fits(self.public, values))

    def test_unionpay_certificate_must_be_theirs(self):
        authority, other = self.private, new_private_key()
        ours = _certificate("CA", authority, "CA", authority)
        owner = f"041@{unionpay_sign.OWNER}@00040000:SIGN"
        good = _certificate(owner, other, "CA", authority)
        self.assertEqual(unionpay_sign.trusted(good, ours), good)
        for wrong in (
            _certificate(owner, other, "CA", other),  # an authority of the same name
            _certificate("somebody else", other, "CA", authority),
            "no certificate",
        ):
            with self.assertRaises(CryptoError):
                unionpay_sign.trusted(wrong, ours)

    def test_units(self):
        self.assertEqual(units.to_fen("0.29"), 29)
        self.assertEqual(units.to_fen("1,234.50"), 123450)
        self.assertEqual(units.to_fen("99999999.99"), 9999999999)
        self.assertEqual(units.to_yuan(7), "0.07")
        for wrong in ("1.005", "", "x", None):
            with self.assertRaises(ValueError):
                units.to_fen(wrong)
        self.assertEqual(units.from_beijing("2026-11-21T00:30:00+08:00"), "2026-11-20 16:30:00")
        self.assertEqual(units.from_beijing("2026-11-21 00:30:00"), "2026-11-20 16:30:00")
        self.assertEqual(units.from_beijing("20261121003000", "%Y%m%d%H%M%S"), "2026-11-20 16:30:00")
        self.assertEqual(f"{units.in_beijing('2026-11-20 16:30:00'):%Y%m%d%H%M}", "202611210030")
        self.assertEqual(f"{units.in_beijing('2026-11-20T16:30:00Z'):%Y%m%d%H%M}", "202611210030")
        self.assertEqual(units.cut("汉字abc", 7), "汉字a")
        self.assertEqual(units.cut("汉字", 4), "汉")

    def test_numbers_for_unionpay(self):
        self.assertEqual(to_unionpay("R20261120000000001-2"), "R20261120000000001Z2")
        self.assertEqual(from_unionpay("R20261120000000001Z2"), "R20261120000000001-2")
        for number in taken_back_by("P20261120000000001"):
            self.assertTrue(is_taking_back(number))
            self.assertEqual(paid_under(number), "P20261120000000001")
        self.assertFalse(is_taking_back("P20261120000000001"))
