import gzip
import hashlib
import json
import re
import secrets
import time

from odoo import api, models

from odoo.addons.hospital_exchange.tools.crypto import CryptoError, rsa
from odoo.addons.hospital_exchange.tools.crypto.text import from_base64
from odoo.addons.hospital_exchange.tools.values import read_json

from ..tools import wechat_sign
from ..tools.bills import writing
from .sandbox_pay import ORDER, REFUND

FILE = "v3/billdownload/file"
JSON = "application/json; charset=utf-8"
ORDER_WORDS = {"NEW": "NOTPAY", "PAYING": "USERPAYING", "PAID": "SUCCESS"}
REFUND_WORDS = {"DONE": "SUCCESS", "PROCESSING": "PROCESSING", "FAILED": "ABNORMAL"}
STATUS = {"signature": 401, "schema": 400, "operation": 404, "duplicate": 403}
NOT_FOUND = {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}
NUMBER = r"[0-9A-Za-z_\-*]{6,32}"
WANTED = {
    "pay_code": {
        "appid": r".+", "mchid": r"\d+", "description": r".{1,127}", "out_trade_no": NUMBER, "amount.total": r"[1-9]\d*",
        "amount.currency": "CNY", "payer.auth_code": r"1[0-5]\d{16}", "scene_info": r".*",
    },
    "pay_qr": {
        "appid": r".+", "mchid": r"\d+", "description": r".{1,127}", "out_trade_no": NUMBER, "amount.total": r"[1-9]\d*",
        "notify_url": r"https?://\S{1,247}",
    },
    "close": {"mchid": r"\d+"},
    "reverse": {"appid": r".+", "mchid": r"\d+"},
    "refund": {
        "out_refund_no": r"[0-9A-Za-z_\-|*@]{1,64}", "amount.refund": r"[1-9]\d*", "amount.total": r"[1-9]\d*",
        "amount.currency": "CNY",
    },
}  # fmt: skip


class HospitalSandboxWechatV3(models.AbstractModel):
    _name = "hospital.sandbox.wechat_v3"
    _inherit = "hospital.sandbox.pay"
    _description = "Far side of WeChat Pay"

    # === WHO ASKS, AND WHAT ===

    @api.model
    def _interface(self, visit):
        if visit.asked.path == FILE:
            return self._outgoing_of(visit, "bill")
        return super()._interface(visit)

    @api.model
    def _verify(self, visit):
        asked, platform = visit.asked, visit.platform
        headers = {name.lower(): value for name, value in asked.headers.items()}
        said = wechat_sign.read_authorization(headers.get("authorization"))
        known = {"mchid": platform._parameter("mchid"), "serial_no": platform._parameter("serial_no")}
        if any(said.get(name) != value for name, value in known.items()):
            raise self._turned_away("signature", "SIGN_ERROR", "merchant or serial number unknown")
        if abs(time.time() - int(said.get("timestamp") or 0)) > wechat_sign.CLOCK:
            raise self._turned_away("signature", "SIGN_ERROR", "the timestamp is too old")
        text = wechat_sign.lines(
            asked.method, asked.target, said.get("timestamp"), said.get("nonce_str"), asked.body or b""
        )
        try:
            fits = rsa.verify(self._our_public_key(platform), text, from_base64(said.get("signature") or ""))
        except CryptoError:
            fits = False
        if not fits:
            raise self._turned_away("signature", "SIGN_ERROR", "the signature does not fit")

    @api.model
    def _unpack(self, visit):
        asked = visit.asked
        try:
            payload = read_json(asked.body.decode()) if asked.body else {}
        except ValueError:
            raise self._turned_away("schema", "PARAM_ERROR", "the body is no JSON") from None
        payload.update(asked.query)
        found = re.search(r"(?:out-trade-no|domestic/refunds)/([^/?]+)", asked.path)
        if found:
            payload["number"] = found[1]
        return payload

    @api.model
    def _check(self, visit):
        payload = visit.payload
        for name, pattern in WANTED.get(visit.interface.code, {}).items():
            value = payload
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if value is None or not re.fullmatch(pattern, str(value), re.DOTALL):
                raise self._turned_away("schema", "PARAM_ERROR", f"{name} is missing or wrong")
        visit.number = payload.get("out_refund_no") or payload.get("out_trade_no") or payload.get("number") or ""

    # === WHAT IT DOES ===

    @api.model
    def _answer_pay_code(self, payload, visit):
        order, came = self._charge(
            visit,
            payload["out_trade_no"],
            payload["amount"]["total"],
            payload["payer"]["auth_code"],
            subject=payload["description"],
        )
        if came == "paid":
            return self._told_order(visit.platform, order)
        words = {
            "paying": (400, "USERPAYING", "需要用户输入支付密码"),
            "used": (403, "OUT_TRADE_NO_USED", "商户订单号重复"),
            "lost": (500, "SYSTEM_ERROR", "系统错误"),
            "no_money": (403, "NOT_ENOUGH", "用户帐号余额不足"),
            "expired": (400, "AUTH_CODE_EXPIRED", "付款码已过期，请用户刷新后再试"),
        }
        status, code, message = words[came]
        return {"_status": status, "code": code, "message": message}

    @api.model
    def _told_order(self, platform, order):
        data = order.data
        state = ORDER_WORDS.get(data["state"], data["state"])
        told = {
            "appid": platform._parameter("appid"),
            "mchid": platform._parameter("mchid"),
            "out_trade_no": order.key,
            "trade_state": "REFUND" if state == "SUCCESS" and data["refunded"] else state,
            "trade_state_desc": state,
            "trade_type": "NATIVE" if data["way"] == "qr" else "MICROPAY",
            "amount": {"total": data["amount"], "currency": "CNY"},
        }
        if data["paid_at"]:
            told.update(
                transaction_id=order.ref,
                success_time=data["paid_at"].replace(" ", "T") + "+08:00",
                payer={"openid": data["payer"]},
            )
        return told

    @api.model
    def _find_order(self, visit, number):
        order = self._held(visit.platform, ORDER, number)
        if not order:
            raise self._no("ORDER_NOT_EXIST", "订单不存在")
        return order

    @api.model
    def _answer_pay_qr(self, payload, visit):
        order, is_new = self._open_order(
            visit,
            payload["out_trade_no"],
            payload["amount"]["total"],
            "qr",
            subject=payload["description"],
            notify_url=payload["notify_url"],
        )
        if not is_new and (order.data["amount"] != payload["amount"]["total"] or order.data["state"] != "NEW"):
            raise self._no("OUT_TRADE_NO_USED", "商户订单号重复")
        return {"code_url": self._qr(visit, order)}

    @api.model
    def _answer_query(self, payload, visit):
        return self._told_order(visit.platform, self._look(self._find_order(visit, payload["number"])))

    @api.model
    def _answer_close(self, payload, visit):
        if not self._shut(self._find_order(visit, payload["number"])):
            raise self._no("ORDERPAID", "该订单已支付")
        return {"_status": 204}

    @api.model
    def _answer_reverse(self, payload, visit):
        order = self._find_order(visit, payload["number"])
        if order.data["way"] != "code":
            raise self._no("INVALID_REQUEST", "仅付款码支付的订单可撤销")
        if self._take_back(visit.platform, order) == "late":
            raise self._no("REVERSE_EXPIRE", "订单已退款，不能撤销")
        return {"appid": payload["appid"], "mchid": payload["mchid"], "out_trade_no": order.key}

    @api.model
    def _answer_refund(self, payload, visit):
        records = self.env["hospital.sandbox.record"]
        number = (
            payload.get("out_trade_no")
            or records.search(
                [
                    ("platform_id", "=", visit.platform.id),
                    ("kind", "=", ORDER),
                    ("ref", "=", payload.get("transaction_id")),
                ]
            ).key
        )
        order = self._held(visit.platform, ORDER, number or "")
        if not order:
            raise self._no("RESOURCE_NOT_EXISTS", "订单不存在")
        if payload["amount"]["total"] != order.data["amount"]:
            raise self._no("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        refund, no = self._refund(
            visit, order, payload["out_refund_no"], payload["out_refund_no"], payload["amount"]["refund"]
        )
        words = {
            "discordant": ("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试"),
            "not_paid": ("INVALID_REQUEST", "订单未支付"),
            "too_much": ("INVALID_REQUEST", "申请退款金额超过订单可退金额"),
            "too_many": ("INVALID_REQUEST", "部分退款次数超过50次"),
        }
        if no:
            raise self._no(*words[no])
        if payload.get("notify_url") and refund.data["state"] == "PROCESSING":
            self._change(refund, notify_url=payload["notify_url"])
            self._tell(visit.platform, refund)
        return self._told_refund(refund)

    @api.model
    def _told_refund(self, refund):
        data = refund.data
        told = {
            "refund_id": refund.ref,
            "out_refund_no": data["number"],
            "out_trade_no": data["order"],
            "status": REFUND_WORDS[data["state"]],
            "amount": {"refund": data["amount"], "currency": "CNY"},
        }
        return {**told, "success_time": data["done_at"].replace(" ", "T") + "+08:00"} if data["done_at"] else told

    @api.model
    def _answer_refund_query(self, payload, visit):
        refund = self._look_at_refund(self._held(visit.platform, REFUND, payload["number"]))
        if not refund:
            raise self._no("RESOURCE_NOT_EXISTS", "退款单不存在")
        return self._told_refund(refund)

    @api.model
    def _answer_bill(self, payload, visit):
        if visit.asked.path == FILE:
            return {"_file": gzip.compress(self._bill_file(visit, payload.get("token", "")), mtime=0)}
        day = self._day(payload.get("bill_date") or "")
        if not day:
            raise self._no("PARAM_ERROR", "bill_date")
        if not self._bill_lines(visit.platform, day):
            raise self._no("NO_STATEMENT_EXIST", "账单文件不存在")
        return {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(self._bill_file(visit, str(day))).hexdigest(),  # noqa: S324 as WeChat Pay does
            "download_url": f"{visit.platform.url}/{FILE}?token={day}",
        }

    @api.model
    def _bill_file(self, visit, day):
        platform = visit.platform
        lines = self._bill_lines(platform, self._day(day))
        return writing.wechat(lines, platform._parameter("appid"), platform._parameter("mchid"))

    # === HOW IT SAYS IT ===

    @api.model
    def _pack(self, visit, reply, refusal):
        if "_file" in reply:
            return self._told_as(visit, reply["_file"], "application/octet-stream")
        reply = dict(reply)
        status = reply.pop("_status", 200)
        if refusal is not None:
            status = STATUS.get(refusal.verdict, 404 if refusal.code in NOT_FOUND else 400)
            reply = {"code": refusal.code or "OUT_TRADE_NO_USED", "message": refusal.words}
        body = b"" if status == 204 else json.dumps(reply, ensure_ascii=False).encode()
        return self._told_as(visit, body, JSON, status, self._signed(visit.platform, body))

    @api.model
    def _signed(self, platform, body):
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": platform._parameter("peer_serial") or "SANDBOX",
            "Wechatpay-Signature": wechat_sign.sign(self._their_key(platform), timestamp, nonce, body),
        }

    @api.model
    def _callback(self, platform, record):
        if record.kind == REFUND:
            told = self._told_refund(self._look_at_refund(record))
            what = {**told, "mchid": platform._parameter("mchid"), "refund_status": told.pop("status")}
            event, original = "REFUND.SUCCESS", "refund"
        else:
            what = self._told_order(platform, record)
            event, original = "TRANSACTION.SUCCESS", "transaction"
        nonce = secrets.token_hex(6)
        body = {
            "id": f"sandbox-{record.id}-{record.data['state']}",
            "create_time": f"{self._clock().replace(' ', 'T')}+08:00",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": original,
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "original_type": original,
                "associated_data": original,
                "nonce": nonce,
                "ciphertext": wechat_sign.encrypt(
                    platform._secret("apiv3_key"), json.dumps(what, ensure_ascii=False).encode(), nonce, original
                ),
            },
        }
        text = json.dumps(body).encode()
        return {"Content-Type": "application/json", **self._signed(platform, text)}, text

    @api.model
    def _new_keys(self, platform, known):
        made = super()._new_keys(platform, known)
        return made if "apiv3_key" in known else {**made, "apiv3_key": secrets.token_hex(16)}
