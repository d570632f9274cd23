import json
import re
from urllib.parse import parse_qsl, urlencode

from odoo import api, models

from odoo.addons.hospital_exchange.tools.crypto import CryptoError

from ..tools import alipay_sign, units
from ..tools.bills import writing
from .protocol_alipay import METHODS
from .sandbox_pay import ORDER, REFUND

CODES = {method: code for code, method in METHODS.items()}
FILE = "bill"
WANTED = {
    "pay_code": {
        "out_trade_no": r"\w{1,64}", "total_amount": r"\d{1,9}\.\d\d", "subject": r".{1,256}", "scene": "bar_code",
        "auth_code": r"(2[5-9]|30)\d{14,22}",
    },
    "pay_qr": {"out_trade_no": r"\w{1,64}", "total_amount": r"\d{1,9}\.\d\d", "subject": r".{1,256}"},
    "refund": {"refund_amount": r"\d{1,9}\.\d\d", "out_request_no": r"[\w-]{1,64}"},
    "refund_query": {"out_trade_no": r"\w{1,64}", "out_request_no": r"[\w-]{1,64}"},
    "bill": {"bill_type": "trade", "bill_date": r"\d{4}-\d\d-\d\d"},
}  # fmt: skip
ORDER_WORDS = {"PAYING": "WAIT_BUYER_PAY", "PAID": "TRADE_SUCCESS"}
GATE = {"signature": "40002", "schema": "40002", "operation": "40002"}


class HospitalSandboxAlipay(models.AbstractModel):
    _name = "hospital.sandbox.alipay"
    _inherit = "hospital.sandbox.pay"
    _description = "Far side of Alipay"

    # === WHO ASKS, AND WHAT ===

    @api.model
    def _recognise(self, visit):
        if visit.asked.path == FILE and visit.asked.method == "GET":
            visit.interface = self._outgoing_of(visit, "bill")
            return
        form = dict(parse_qsl(visit.asked.body.decode(errors="replace"), keep_blank_values=True))
        visit.envelope = form
        visit.interface = self._outgoing_of(visit, CODES.get(form.get("method"), ""))
        if not visit.interface:
            raise self._turned_away("operation", "isv.invalid-method", f"no method {form.get('method')!r}")

    @api.model
    def _verify(self, visit):
        form = visit.envelope
        if form is None:
            return  # the address of a bill is enough
        if form.get("app_id") != visit.platform._parameter("app_id") or form.get("sign_type") != "RSA2":
            raise self._turned_away("signature", "isv.invalid-app-id", "无效的AppID参数")
        try:
            fits = alipay_sign.fits(
                self._our_public_key(visit.platform), alipay_sign.text_of(form), form.get("sign") or ""
            )
        except CryptoError:
            fits = False
        if not fits:
            raise self._turned_away("signature", "isv.invalid-signature", "无效签名")

    @api.model
    def _unpack(self, visit):
        if visit.envelope is None:
            return dict(visit.asked.query)
        try:
            return json.loads(visit.envelope.get("biz_content") or "{}")
        except ValueError:
            raise self._turned_away("schema", "isv.invalid-parameter", "biz_content") from None

    @api.model
    def _check(self, visit):
        if visit.envelope is None:
            return
        if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", visit.envelope.get("timestamp") or ""):
            raise self._turned_away("schema", "isv.invalid-timestamp", "timestamp")
        for name, pattern in WANTED.get(visit.interface.code, {}).items():
            if not re.fullmatch(pattern, str(visit.payload.get(name) or ""), re.DOTALL):
                raise self._turned_away("schema", "isv.invalid-parameter", f"{name} is missing or wrong")
        visit.number = visit.payload.get("out_request_no") or visit.payload.get("out_trade_no") or ""

    # === WHAT IT DOES ===

    @api.model
    def _answer_pay_code(self, payload, visit):
        order, came = self._charge(
            visit,
            payload["out_trade_no"],
            units.to_fen(payload["total_amount"]),
            payload["auth_code"],
            subject=payload["subject"],
        )
        if came == "paid":
            return {**self._about(order), "gmt_payment": order.data["paid_at"]}
        if came == "paying":
            return {"code": "10003", "msg": "order success pay inprocess", **self._about(order)}
        if came == "lost":
            return {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "aop.ACQ.SYSTEM_ERROR"}
        words = {
            "used": ("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
            "no_money": ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
            "expired": ("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款"),
        }
        raise self._no(*words[came])

    @api.model
    def _about(self, order):
        about = {
            "trade_no": order.ref,
            "out_trade_no": order.key,
            "total_amount": units.to_yuan(order.data["amount"]),
            "buyer_logon_id": "138****0000",
        }
        return {**about, "buyer_user_id": order.data["payer"]} if order.data.get("payer") else about

    @api.model
    def _find_order(self, visit, payload):
        number = payload.get("out_trade_no")
        if trade := payload.get("trade_no"):
            known = [("platform_id", "=", visit.platform.id), ("kind", "=", ORDER), ("ref", "=", trade)]
            number = self.env["hospital.sandbox.record"].search(known).key
        order = self._held(visit.platform, ORDER, number or "")
        if not order or order.data["state"] == "NEW":  # there is no trade before the payer scans
            raise self._no("ACQ.TRADE_NOT_EXIST", "交易不存在")
        return order

    @api.model
    def _answer_pay_qr(self, payload, visit):
        fen = units.to_fen(payload["total_amount"])
        order, is_new = self._open_order(
            visit,
            payload["out_trade_no"],
            fen,
            "qr",
            subject=payload["subject"],
            notify_url=visit.envelope.get("notify_url") or "",
        )
        if not is_new and (order.data["amount"] != fen or order.data["state"] != "NEW"):
            raise self._no("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        return {"out_trade_no": order.key, "qr_code": self._qr(visit, order)}

    @api.model
    def _answer_query(self, payload, visit):
        order = self._look(self._find_order(visit, payload))
        data = order.data
        status = ORDER_WORDS.get(data["state"], "TRADE_CLOSED")
        if status == "TRADE_SUCCESS" and data["refunded"] == data["amount"]:
            status = "TRADE_CLOSED"
        told = {**self._about(order), "trade_status": status}
        return {**told, "send_pay_date": data["paid_at"]} if data["paid_at"] else told

    @api.model
    def _answer_close(self, payload, visit):
        order = self._find_order(visit, payload)
        if not self._shut(order):
            raise self._no("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态不合法")
        return {"trade_no": order.ref, "out_trade_no": order.key}

    @api.model
    def _answer_reverse(self, payload, visit):
        order = self._held(visit.platform, ORDER, payload.get("out_trade_no") or "")
        if not order:
            return {"out_trade_no": payload.get("out_trade_no"), "retry_flag": "N"}
        action = self._take_back(visit.platform, order)
        if action == "late":
            raise self._no("ACQ.REASON_TRADE_REFUND_FEE_ERR", "交易已退款，不能撤销")
        return {"trade_no": order.ref, "out_trade_no": order.key, "retry_flag": "N", "action": action}

    @api.model
    def _answer_refund(self, payload, visit):
        order = self._find_order(visit, payload)
        number = payload["out_request_no"]
        fen = units.to_fen(payload["refund_amount"])
        known = self._held(visit.platform, REFUND, f"{order.key}/{number}")
        refund, no = self._refund(visit, order, f"{order.key}/{number}", number, fen, state="DONE")
        words = {
            "discordant": ("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"),
            "not_paid": ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
            "too_much": ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
            "too_many": ("ACQ.REFUND_TIMES_EXCEED", "退款次数超限"),
        }
        if no:
            raise self._no(*words[no])
        if refund.data["state"] == "FAILED":
            raise self._no("ACQ.BUYER_ERROR", "买家状态异常，无法退款")
        return {
            **self._about(order),
            "fund_change": "N" if known else "Y",  # said again it moves nothing
            "refund_fee": units.to_yuan(order.data["refunded"]),
        }

    @api.model
    def _answer_refund_query(self, payload, visit):
        order = self._find_order(visit, payload)
        refund = self._held(visit.platform, REFUND, f"{order.key}/{payload['out_request_no']}")
        if not refund or refund.data["state"] == "FAILED":
            return {}
        return {
            "trade_no": order.ref,
            "out_trade_no": order.key,
            "out_request_no": payload["out_request_no"],
            "refund_amount": units.to_yuan(refund.data["amount"]),
            "refund_status": "REFUND_SUCCESS",
            "gmt_refund_pay": refund.data["done_at"],
        }

    @api.model
    def _answer_bill(self, payload, visit):
        platform = visit.platform
        day = self._day(payload.get("bill_date") or "")
        lines = self._bill_lines(platform, day) if day else []
        if visit.envelope is None:
            return {"_file": writing.alipay(lines, platform._parameter("seller_id") or "", day)}
        if not lines:
            raise self._no("isp.bill_not_exist", "账单不存在")
        return {"bill_download_url": f"{platform.url}/{FILE}?bill_date={day}"}

    # === HOW IT SAYS IT ===

    @api.model
    def _pack(self, visit, reply, refusal):
        if "_file" in reply:
            return self._told_as(visit, reply["_file"], "application/zip")
        method = METHODS.get(visit.interface.code) if visit.interface else None
        name = method.replace(".", "_") + "_response" if method else "error_response"
        if refusal is not None:
            code = GATE.get(refusal.verdict, "40004")
            said = {"code": code, "msg": "Business Failed", "sub_code": refusal.code, "sub_msg": refusal.words}
            if refusal.verdict == "duplicate":
                said["sub_code"] = refusal.code or "ACQ.TRADE_HAS_SUCCESS"
        else:
            said = {"code": "10000", "msg": "Success", **reply}
        part = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        sign = alipay_sign.sign_text(self._their_key(visit.platform), part)
        return self._told_as(visit, f'{{"{name}":{part},"sign":"{sign}"}}'.encode(), "text/html;charset=utf-8")

    @api.model
    def _callback(self, platform, record):
        form = {
            "app_id": platform._parameter("app_id"),
            "seller_id": platform._parameter("seller_id") or "",
            "notify_type": "trade_status_sync",
            "notify_id": f"sandbox{record.id}",
            "notify_time": self._clock(),
            "charset": "utf-8",
            "sign_type": "RSA2",
            **self._about(record),
            "trade_status": ORDER_WORDS.get(record.data["state"], "TRADE_CLOSED"),
            "gmt_payment": record.data["paid_at"],
        }
        text = alipay_sign.text_of(form, without=("sign", "sign_type"))
        form["sign"] = alipay_sign.sign_text(self._their_key(platform), text)
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
