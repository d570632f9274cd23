import hashlib
import json
import time

from odoo.tests import tagged

from odoo.addons.hospital_exchange.tools.call import Answer, Call
from odoo.addons.hospital_exchange.tools.crypto import rsa
from odoo.addons.hospital_exchange.tools.perform import Outcome
from odoo.addons.hospital_exchange.tools.redact import redact

from ..models.sandbox_pay import new_private_key
from ..tools import alipay_sign, unionpay_sign, wechat_sign
from ..tools.units import beijing_now
from .channel_common import CODES, ChannelCase

ORDER = "P20261120000000009"
REFUND = "R20261120000000009-1"


@tagged("post_install", "-at_install")
class TestChannelAnswers(ChannelCase):
    """Every answer a channel may give, and what it is taken for. Nothing is failed on a guess."""

    def setUp(self):
        super().setUp()
        self.keys = {code: platform._secret("sandbox_key") for code, platform in self.platforms.items()}
        self.payload = {
            "order_no": ORDER, "refund_no": REFUND, "amount": "12.34", "total": "12.34", "subject": "x",
            "channel_no": "42001", "day": "2026-11-20",
        }  # fmt: skip

    # === MAKING ANSWERS ===

    def wechat(self, code, status, body, signed=True, **changed):
        text = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        timestamp = str(int(time.time()) - changed.pop("age", 0))
        headers = {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": "nonce",
            "Wechatpay-Serial": self.platforms["wechat"]._parameter("peer_serial"),
            "Wechatpay-Signature": wechat_sign.sign(self.keys["wechat"], timestamp, "nonce", text),
            **changed,
        }
        with self.answering(lambda _answer: Answer(status, headers if signed else {}, text)):
            return self.said("wechat", code)

    def alipay(self, code, said, signed=True, name=None):
        part = json.dumps(said, ensure_ascii=False)
        name = name or {
            "pay_code": "alipay_trade_pay", "query": "alipay_trade_query", "close": "alipay_trade_close",
            "reverse": "alipay_trade_cancel", "refund": "alipay_trade_refund",
            "refund_query": "alipay_trade_fastpay_refund_query",
            "bill": "alipay_data_dataservice_bill_downloadurl_query",
        }[code] + "_response"  # fmt: skip
        sign = f',"sign":"{alipay_sign.sign_text(self.keys["alipay"], part)}"' if signed else ""
        with self.in_place(200, f'{{"{name}":{part}{sign}}}'.encode()):
            return self.said("alipay", code)

    def unionpay(self, code, signed=True, **said):
        certificate = self.platforms["unionpay"]._secret("sandbox_certificate")
        said = {"orderId": ORDER, "merId": self.platforms["unionpay"]._parameter("mer_id"), **said}
        said["signPubKeyCert"] = certificate
        if signed:
            said["signature"] = unionpay_sign.sign(self.keys["unionpay"], said)
        body = "&".join(f"{name}={value}" for name, value in said.items()).encode()
        with self.in_place(200, body):
            return self.said("unionpay", code)

    def said(self, channel, code):
        """("kind of error", code) or the reply."""
        payload = {**self.payload, "auth_code": CODES[channel] + "0001"}
        interface = self.interface(channel, code)
        call = Call(interface.platform_id, interface, payload, number="1", timeout=(5, 10))
        try:
            return interface.platform_id._protocol()._call(call).reply
        except Exception as error:  # noqa: BLE001 every typed error has a kind
            return error.kind, error.code

    # === WECHAT ===

    def test_wechat_charge(self):
        us = {"out_trade_no": ORDER, "mchid": "1900000001", "amount": {"total": 1234}}
        paid = {**us, "trade_state": "SUCCESS", "transaction_id": "42", "success_time": "2026-11-20T10:00:00+08:00"}
        reply = self.wechat("pay_code", 200, paid)
        self.assertEqual(
            (reply["state"], reply["channel_no"], reply["paid_at"], reply["amount"]),
            ("paid", "42", "2026-11-20 02:00:00", "12.34"),
        )
        for status, code, wanted in (
            (400, "USERPAYING", {"state": "paying"}),
            (202, "USERPAYING", {"state": "paying"}),
            (403, "OUT_TRADE_NO_USED", {"state": "paying"}),
            (500, "SYSTEM_ERROR", ("unknown", "SYSTEM_ERROR")),
            (200, "SYSTEM_ERROR", ("unknown", "")),
            (400, "BANK_ERROR", ("unknown", "BANK_ERROR")),
            (502, "BAD", ("unknown", "BAD")),
            (403, "NOT_ENOUGH", ("business", "NOT_ENOUGH")),
            (400, "AUTH_CODE_EXPIRED", ("business", "AUTH_CODE_EXPIRED")),
            (401, "SIGN_ERROR", ("config", "SIGN_ERROR")),
            (403, "NO_AUTH", ("config", "NO_AUTH")),
            (429, "FREQUENCY_LIMITED", ("network", "FREQUENCY_LIMITED")),
        ):
            with self.subTest(code=code, status=status):
                self.assertEqual(self.wechat("pay_code", status, {"code": code, "message": "w"}), wanted)
        for state, wanted in (("USERPAYING", "paying"), ("ACCEPT", "paying"), ("PAYERROR", "failed")):
            self.assertEqual(self.wechat("pay_code", 200, {**us, "trade_state": state})["state"], wanted)

    def test_wechat_believes_only_what_is_signed(self):
        paid = {"out_trade_no": ORDER, "mchid": "1900000001", "trade_state": "SUCCESS"}
        for changed in (
            {"signed": False},
            {"age": 330},
            {"age": -330},
            {"Wechatpay-Signature": "AAAA"},
            {"Wechatpay-Nonce": "other"},
            {"Wechatpay-Serial": "somebody else"},
            {"Wechatpay-Timestamp": ""},
        ):
            with self.subTest(changed=changed):
                self.assertEqual(self.wechat("query", 200, paid, **changed), ("unknown", ""))
        no = {"code": "NOT_ENOUGH", "message": "x"}
        self.assertEqual(self.wechat("pay_code", 403, no, signed=False), ("unknown", ""))
        self.assertEqual(self.wechat("pay_code", 500, {}, signed=False), ("unknown", ""))
        self.assertEqual(self.wechat("pay_code", 401, {"code": "SIGN_ERROR"}, signed=False), ("config", "SIGN_ERROR"))
        self.assertEqual(self.wechat("pay_code", 429, {}, signed=False), ("network", ""))

    def test_wechat_changes_its_key(self):
        new = new_private_key()
        self.env["hospital.secret"].create(
            {"platform_id": self.platforms["wechat"].id, "name": "peer_key:NEW", "value": rsa.public_of(new)}
        )
        paid = {"out_trade_no": ORDER, "mchid": "1900000001", "trade_state": "NOTPAY"}
        self.assertEqual(self.wechat("query", 200, paid)["state"], "paying")
        self.keys["wechat"] = new
        changed = {"Wechatpay-Serial": "NEW"}
        self.assertEqual(self.wechat("query", 200, paid, **changed)["state"], "paying")

    def test_wechat_order(self):
        us = {"out_trade_no": ORDER, "mchid": "1900000001", "amount": {"total": 1234}}
        for state, wanted in (
            ("SUCCESS", "paid"), ("REFUND", "refunded"), ("NOTPAY", "paying"), ("USERPAYING", "paying"),
            ("CLOSED", "closed"), ("REVOKED", "closed"), ("PAYERROR", "failed"),
        ):  # fmt: skip
            self.assertEqual(self.wechat("query", 200, {**us, "trade_state": state})["state"], wanted)
        self.assertEqual(self.wechat("query", 200, {**us, "trade_state": "NEW_STATE"}), ("unknown", ""))
        self.assertEqual(
            self.wechat("query", 200, {**us, "out_trade_no": "P1", "trade_state": "SUCCESS"})[0], "unknown"
        )
        self.assertEqual(self.wechat("query", 200, {**us, "mchid": "19", "trade_state": "SUCCESS"})[0], "unknown")
        self.assertEqual(self.wechat("query", 404, {"code": "ORDER_NOT_EXIST"}), {"state": "absent"})
        self.assertEqual(self.wechat("close", 204, None), {})
        self.assertEqual(self.wechat("close", 400, {"code": "ORDER_CLOSED"}), {})
        self.assertEqual(self.wechat("close", 400, {"code": "ORDERPAID"}), ("business", "ORDERPAID"))

    def test_wechat_refund(self):
        said = {"out_refund_no": REFUND, "refund_id": "50", "amount": {"refund": 1234}}
        for status, wanted in (
            ("SUCCESS", "done"), ("PROCESSING", "processing"), ("CLOSED", "failed"), ("ABNORMAL", "failed"),
        ):  # fmt: skip
            for code in ("refund", "refund_query"):
                reply = self.wechat(code, 200, {**said, "status": status})
                self.assertEqual((reply["state"], reply["channel_no"], reply["amount"]), (wanted, "50", "12.34"))
        self.assertEqual(self.wechat("refund", 200, {**said, "out_refund_no": "R2", "status": "SUCCESS"})[0], "unknown")
        self.assertEqual(self.wechat("refund", 403, {"code": "NOT_ENOUGH"}), ("business", "NOT_ENOUGH"))
        self.assertEqual(self.wechat("refund", 500, {"code": "SYSTEM_ERROR"}), ("unknown", "SYSTEM_ERROR"))
        self.assertEqual(self.wechat("refund", 429, {"code": "FREQUENCY_LIMITED"})[0], "network")
        self.assertEqual(self.wechat("refund_query", 404, {"code": "RESOURCE_NOT_EXISTS"}), {"state": "absent"})

    def test_wechat_bill_has_the_digest_it_was_announced_with(self):
        carry, seen = self.carry, []

        def tampered(change):
            def answer(call, session, method, url, *rest, **options):
                said = carry(call, session, method, url, *rest, **options)
                seen.append(url)
                return change(said) if "billdownload" in url else said

            return answer

        self.paid("wechat")
        self.payload["day"] = str(beijing_now().date())
        self.assertFalse(self.said("wechat", "bill")["empty"])
        for change in (
            lambda said: Answer(200, {}, said.body[:-9]),
            lambda said: Answer(200, {}, b"\xef\xbb\xbfother"),
            lambda said: Answer(403, {}, said.body),
        ):
            carry_now, self.carry = self.carry, tampered(change)
            with self.answering(lambda answer: answer):
                self.assertEqual(self.said("wechat", "bill"), ("unknown", ""))
            self.carry = carry_now
        self.assertTrue(any("billdownload" in url for url in seen))
        elsewhere = {"hash_type": "SHA1", "hash_value": hashlib.sha1(b"").hexdigest(), "download_url": "https://evil/x"}  # noqa: S324
        self.assertEqual(self.wechat("bill", 200, elsewhere), ("unknown", ""))
        self.assertTrue(self.wechat("bill", 400, {"code": "NO_STATEMENT_EXIST"})["empty"])

    # === ALIPAY ===

    def test_alipay_charge(self):
        paid = {
            "code": "10000", "out_trade_no": ORDER, "trade_no": "22", "total_amount": "12.34",
            "gmt_payment": "2026-11-20 10:00:00", "buyer_logon_id": "158****1562",
        }  # fmt: skip
        reply = self.alipay("pay_code", paid)
        self.assertEqual(
            (reply["state"], reply["channel_no"], reply["paid_at"], reply["amount"], reply["payer"]),
            ("paid", "22", "2026-11-20 02:00:00", "12.34", "158****1562"),
        )
        for said, wanted in (
            ({"code": "10003"}, "paying"),
            ({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}, "paying"),
            ({"code": "20000", "sub_code": "isp.unknow-error"}, "unknown"),
            ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, "unknown"),
            ({}, "unknown"),
            ({**paid, "out_trade_no": "P1"}, "unknown"),
            ({**paid, "total_amount": "1.234"}, "unknown"),
            ({"code": "40004", "sub_code": "ACQ.BUYER_BALANCE_NOT_ENOUGH"}, "business"),
            ({"code": "40002", "sub_code": "isv.invalid-signature"}, "config"),
            ({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"}, "config"),
        ):
            with self.subTest(said=said):
                reply = self.alipay("pay_code", said)
                self.assertEqual(reply["state"] if isinstance(reply, dict) else reply[0], wanted)

    def test_alipay_believes_only_what_is_signed(self):
        paid = {"code": "10000", "out_trade_no": ORDER, "trade_status": "TRADE_SUCCESS"}
        self.assertEqual(self.alipay("query", paid, signed=False)[0], "unknown")
        self.assertEqual(self.alipay("query", paid, name="alipay_trade_pay_response")[0], "unknown")
        no = {"code": "40004", "sub_code": "ACQ.BUYER_BALANCE_NOT_ENOUGH"}
        self.assertEqual(self.alipay("pay_code", no, signed=False)[0], "unknown")
        gate = {"code": "40002", "sub_code": "isv.invalid-signature"}
        self.assertEqual(self.alipay("pay_code", gate, signed=False)[0], "config")
        self.assertEqual(self.alipay("pay_code", gate, signed=False, name="error_response")[0], "config")
        self.keys["alipay"] = new_private_key()
        self.assertEqual(self.alipay("query", paid)[0], "unknown")
        for status, body in ((502, b""), (200, b"<html>"), (200, b"\xff"), (200, b"[]"), (200, b"{}")):
            with self.in_place(status, body):
                self.assertEqual(self.said("alipay", "query")[0], "unknown")

    def test_alipay_order(self):
        us = {"code": "10000", "out_trade_no": ORDER, "total_amount": "12.34"}
        for said, wanted in (
            ({"trade_status": "WAIT_BUYER_PAY"}, "paying"),
            ({"trade_status": "TRADE_SUCCESS", "send_pay_date": "2026-11-20 10:00:00"}, "paid"),
            ({"trade_status": "TRADE_FINISHED"}, "paid"),
            ({"trade_status": "TRADE_CLOSED"}, "closed"),
            ({"trade_status": "TRADE_CLOSED", "send_pay_date": "2026-11-20 10:00:00"}, "refunded"),
        ):
            self.assertEqual(self.alipay("query", {**us, **said})["state"], wanted)
        self.assertEqual(self.alipay("query", {**us, "trade_status": "OTHER"})[0], "unknown")
        gone = {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        self.assertEqual(self.alipay("query", gone), {"state": "absent"})
        self.assertEqual(self.alipay("close", gone), {})
        self.assertEqual(self.alipay("reverse", gone), {"action": "absent"})

    def test_alipay_cancel(self):
        us = {"code": "10000", "trade_no": "22", "retry_flag": "N"}
        for action, wanted in (("close", "closed"), ("refund", "refunded"), (None, "absent")):
            self.assertEqual(self.alipay("reverse", {**us, "action": action})["action"], wanted)
        self.assertEqual(self.alipay("reverse", {**us, "retry_flag": "Y", "action": "close"})[0], "unknown")
        late = {"code": "40004", "sub_code": "ACQ.TRADE_CANCEL_TIME_OUT"}
        self.assertEqual(self.alipay("reverse", late), ("business", "ACQ.TRADE_CANCEL_TIME_OUT"))

    def test_alipay_refund(self):
        us = {"code": "10000", "trade_no": "22", "refund_fee": "99.00"}
        self.assertEqual(self.alipay("refund", {**us, "fund_change": "Y"})["state"], "done")
        self.assertEqual(self.alipay("refund", {**us, "fund_change": "N"})["state"], "processing")
        self.assertEqual(self.alipay("refund", us)["state"], "processing")
        no = {"code": "40004", "sub_code": "ACQ.REASON_TRADE_REFUND_FEE_ERR"}
        self.assertEqual(self.alipay("refund", no), ("business", "ACQ.REASON_TRADE_REFUND_FEE_ERR"))
        asked = {"code": "10000", "out_request_no": REFUND, "refund_amount": "1.00"}
        self.assertEqual(self.alipay("refund_query", {**asked, "refund_status": "REFUND_SUCCESS"})["state"], "done")
        self.assertEqual(
            self.alipay("refund_query", {**asked, "refund_status": "REFUND_PROCESSING"})["state"], "processing"
        )
        self.assertEqual(self.alipay("refund_query", {"code": "10000"})["state"], "absent")
        self.assertEqual(self.alipay("refund_query", {**asked, "out_request_no": "R2"})[0], "unknown")

    def test_alipay_day_without_a_bill(self):
        for sub in ("isp.bill_not_exist", "BILL_NOT_EXIST", "isv.NO_BILL_DATA"):
            self.assertTrue(self.alipay("bill", {"code": "40004", "sub_code": sub})["empty"])
        self.assertEqual(self.alipay("bill", {"code": "10000", "bill_download_url": "http://evil/x"})[0], "unknown")

    # === UNIONPAY ===

    def test_unionpay_charge(self):
        self.assertEqual(self.unionpay("pay_code", respCode="00", queryId="7")["state"], "paying", "accepted, not paid")
        self.assertEqual(self.unionpay("pay_code", respCode="12")["state"], "paying")
        for code in ("01", "03", "04", "05", ""):
            self.assertEqual(self.unionpay("pay_code", respCode=code), ("unknown", code))
        self.assertEqual(self.unionpay("pay_code", respCode="51", respMsg="余额不足"), ("business", "51"))
        self.assertEqual(self.unionpay("pay_code", respCode="11", signed=False), ("config", "11"))

    def test_unionpay_order(self):
        for original, wanted in (("00", "paid"), ("03", "paying"), ("05", "paying"), ("", "paying"), ("51", "failed")):
            said = {"respCode": "00", "origRespCode": original, "txnAmt": "1234", "queryId": "7"}
            reply = self.unionpay("query", **said)
            self.assertEqual((reply["state"], reply["amount"]), (wanted, "12.34"))
        self.assertEqual(self.unionpay("query", respCode="34"), {"state": "absent"})
        self.assertEqual(self.unionpay("query", respCode="05"), ("unknown", "05"))
        self.assertEqual(self.unionpay("query", respCode="00", origRespCode="00", orderId="P1")[0], "unknown")
        self.assertEqual(self.unionpay("query", respCode="00", origRespCode="00", merId="1")[0], "unknown")

    def test_unionpay_believes_only_what_is_signed(self):
        self.assertEqual(self.unionpay("query", respCode="00", origRespCode="00", signed=False)[0], "unknown")
        self.assertEqual(self.unionpay("query", respCode="34", signed=False)[0], "unknown")
        self.keys["unionpay"] = new_private_key()
        self.assertEqual(self.unionpay("query", respCode="00", origRespCode="00")[0], "unknown")

    def test_unionpay_knows_a_payment_by_number_and_time(self):
        interface = self.interface("unionpay", "query")
        protocol = interface.platform_id._protocol()

        def asked(**more):
            call = Call(interface.platform_id, interface, {"order_no": ORDER, **more})
            return protocol._ask_query(call)["txnTime"]

        self.assertEqual(asked(at="2026-11-20 18:00:05"), "20261121020005")
        self.assertEqual(asked(), "20261120000009", "without a time it follows from the number, always the same")

    # === ALL OF THEM ===

    def test_the_engine_asks_about_a_lost_charge(self):
        for channel in CODES:
            question = self.interface(channel, "query")
            for state, wanted in (
                ("paid", True), ("closed", False), ("absent", False), ("failed", False), ("paying", None),
            ):  # fmt: skip
                found = question._found(Outcome(result=type("R", (), {"reply": {"state": state}})()))
                self.assertIs(found, wanted, state)

    def test_no_line_is_no_answer(self):
        for channel in CODES:
            for kind, wanted in (("lose_after", "paid"), ("garbage", None), ("error", None), ("cut_off", None)):
                with self.subTest(channel=channel, kind=kind):
                    fault = self.play(self.interface(channel, "pay_code"), kind, times=1)
                    number = self.number()
                    error = self.error(lambda n=number, c=channel: self.charge(c, number=n))
                    self.assertEqual(error.kind, "unknown")
                    fault.unlink()
                    state = self.ask(channel, "query", order_no=number)["state"]
                    self.assertEqual(state, wanted or "absent")

    def test_what_is_not_set_up_is_said_before_anything_is_sent(self):
        for channel, name in (("wechat", "mchid"), ("alipay", "app_id"), ("unionpay", "cert_id")):
            platform = self.platforms[channel]
            platform.parameter_ids.filtered(lambda one, name=name: one.name == name).unlink()
            self.assertEqual(self.said(channel, "query")[0], "config")
            self.assertEqual(self.said(channel, "pay_code")[0], "config")

    def test_evidence_can_be_read_without_the_payment_code(self):
        for channel in CODES:
            platform = self.platforms[channel]
            interface = self.interface(channel, "pay_code")
            code = CODES[channel] + "0001"
            call = Call(
                platform, interface, {**self.payload, "order_no": self.number(), "auth_code": code}, timeout=(5, 9)
            )
            platform._protocol()._call(call)
            text = call.evidence.request_body.decode()
            self.assertIn(code, text)
            self.assertNotIn(code, redact(text, platform.redact_keys.split()))
