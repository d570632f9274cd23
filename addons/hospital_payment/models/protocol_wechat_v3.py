import gzip
import hashlib
import json
import secrets
import time
from urllib.parse import urlsplit

from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.hospital_exchange.tools.call import Incoming
from odoo.addons.hospital_exchange.tools.crypto import CryptoError
from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_exchange.tools.inbound import bodies
from odoo.addons.hospital_exchange.tools.inbound.refusal import RefusalError
from odoo.addons.hospital_exchange.tools.values import read_json

from ..tools import units, wechat_sign

_lt = LazyTranslate(__name__)

PUBLIC_KEY = "PUB_KEY_ID_"
"""Begins the number of the public key by which newer merchants check answers, in place of a certificate."""
ORDER_STATES = {
    "SUCCESS": "paid",
    "REFUND": "refunded",
    "NOTPAY": "paying",
    "USERPAYING": "paying",
    "ACCEPT": "paying",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "PAYERROR": "failed",
}
REFUND_STATES = {"SUCCESS": "done", "PROCESSING": "processing", "CLOSED": "failed", "ABNORMAL": "failed"}
PAYING = {"USERPAYING", "USER_PAYING", "OUT_TRADE_NO_USED", "ORDERPAID", "ORDER_PAID"}
"""Codes of a charge after which only a question tells: the payer is at it, or the number has been used."""
NOBODY_KNOWS = {"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "BANK_ERR"}
ABSENT = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"}
CLOSED = {"ORDER_CLOSED", "ORDERCLOSED", "TRADE_CLOSED"}
NO_BILL = {"NO_STATEMENT_EXIST", "STATEMENT_NOT_EXIST", "NO_BILL_EXIST"}
NOT_SET_UP = {"SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "SIGNERROR"}
TOO_MANY = {"FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "RATELIMIT_EXCEEDED"}
BILL_KINDS = "ALL"


class HospitalProtocolWechatV3(models.AbstractModel):
    """WeChat Pay, API v3: JSON, signed in a header; answers are believed when their signature fits."""

    _name = "hospital.protocol.wechat_v3"
    _inherit = ["hospital.protocol.pay", "hospital.protocol.http_json"]
    _description = "Protocol: WeChat Pay v3"
    _protocol_label = _lt("WeChat Pay v3")
    _pay_channel = "wechat"

    # === WHAT IS SENT ===

    @api.model
    def _us(self, call):
        return {"appid": self._needed(call, "appid"), "mchid": self._needed(call, "mchid")}

    @api.model
    def _trade(self, call):
        return {
            **self._us(call),
            "description": units.cut(self._given(call, "subject"), 127),
            "out_trade_no": self._given(call, "order_no"),
            "amount": {"total": self._fen(call), "currency": "CNY"},
        }

    @api.model
    def _ask_pay_code(self, call):
        place = self._given(call, "place", required=False) or "window"
        return {
            **self._trade(call),
            "payer": {"auth_code": self._given(call, "auth_code")},
            "scene_info": {"device_id": place, "store_info": {"out_id": self._parameter(call, "store", "0")}},
        }

    @api.model
    def _ask_pay_qr(self, call):
        content = {**self._trade(call), "notify_url": self._notify_url(call)}
        if expires := self._expires(call):
            content["time_expire"] = expires.isoformat(timespec="seconds")
        return content

    @api.model
    def _ask_query(self, call):
        return {"mchid": self._needed(call, "mchid")}

    @api.model
    def _ask_close(self, call):
        return {"mchid": self._needed(call, "mchid")}

    @api.model
    def _ask_reverse(self, call):
        return self._us(call)

    @api.model
    def _ask_refund(self, call):
        content = {
            "out_refund_no": self._given(call, "refund_no"),
            "notify_url": self._notify_url(call),
            "amount": {"refund": self._fen(call), "total": self._fen(call, "total"), "currency": "CNY"},
        }
        if reason := self._given(call, "reason", required=False):
            content["reason"] = units.cut(reason, 80)
        return {**content, **self._which_order(call)}

    @api.model
    def _which_order(self, call):
        if channel_no := self._given(call, "channel_no", required=False):
            return {"transaction_id": channel_no}
        return {"out_trade_no": self._given(call, "order_no")}

    @api.model
    def _ask_refund_query(self, call):
        return {}

    @api.model
    def _ask_bill(self, call):
        return {"bill_date": self._given(call, "day"), "bill_type": BILL_KINDS, "tar_type": "GZIP"}

    @api.model
    def _headers(self, call, body):
        headers = {**super()._headers(call, body), "Accept": "application/json", "User-Agent": "hospital"}
        peer = self._parameter(call, "peer_serial")
        return {**headers, "Wechatpay-Serial": peer} if peer.startswith(PUBLIC_KEY) else headers

    @api.model
    def _sign(self, call, method, path, body):
        value = self._signing(
            call,
            wechat_sign.authorization,
            self._our_key(call),
            self._needed(call, "mchid"),
            self._needed(call, "serial_no"),
            method,
            path,
            str(int(time.time())),
            secrets.token_hex(16),
            body,
        )
        return {"Authorization": value}

    # === IS IT THEIRS ===

    @api.model
    def _unpack(self, call, answer):
        self._believe(call, answer)
        if not answer.body.strip():
            return {}
        try:
            return read_json(answer.body.decode())
        except ValueError:
            raise ExchangeError("unknown", detail="the answer cannot be read") from None

    @api.model
    def _believe(self, call, answer):
        """An answer without a signature that fits is no answer of WeChat Pay; only its gate turns away unsigned."""
        headers = {name.lower(): value for name, value in answer.headers.items()}
        signature = headers.get("wechatpay-signature")
        if not signature:
            if answer.status in (401, 429):
                return
            raise ExchangeError("unknown", detail=f"HTTP {answer.status}: the answer is not signed")
        timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        if not _is_fresh(timestamp):
            raise ExchangeError("unknown", detail="the answer is older than five minutes, or our clock is wrong")
        key = self._peer_key(call, headers.get("wechatpay-serial", ""))
        try:
            fits = wechat_sign.fits(key, timestamp, nonce, answer.body, signature)
        except CryptoError as error:
            raise ExchangeError("unknown", detail=f"secret peer_key: {error.detail}") from None
        if not fits:
            raise ExchangeError("unknown", detail="the signature of the answer does not fit")

    @api.model
    def _peer_key(self, call, serial):
        """The key with this number: while WeChat Pay changes keys there are two."""
        known = self._parameter(call, "peer_serial")
        key = call.platform._secret(f"peer_key:{serial}", required=False)
        if not key and (not known or known == serial):
            key = call.platform._secret("peer_key", required=False)
        if not key:
            raise ExchangeError("unknown", detail=f"the answer is signed with the key {serial!r}, which we do not have")
        return key

    # === WHAT AN ANSWER MEANS ===

    @api.model
    def _sort(self, call, answer, reply):
        code = str(reply.get("code") or "")
        if answer.status < 300:
            return
        words = str(reply.get("message") or "")
        what = call.interface.code
        if code in TOO_MANY or (answer.status == 429 and not code):
            raise ExchangeError("network", detail=f"{code or 429}: too many calls", code=code)
        if code in NOT_SET_UP or (answer.status == 401 and not code):
            self._refused(call, code or "401", words, "config")
        if code in NOBODY_KNOWS or answer.status >= 500:
            raise ExchangeError("unknown", detail=f"HTTP {answer.status} {code}: {words}", code=code)
        if self._is_good(what, code):
            return
        self._refused(call, code or str(answer.status), words, reply=reply)

    @api.model
    def _is_good(self, what, code):
        """An error of HTTP that is a plain answer to this question."""
        good = {
            "pay_code": PAYING,
            "query": ABSENT,
            "reverse": ABSENT,
            "close": CLOSED | ABSENT,
            "refund_query": ABSENT,
            "bill": NO_BILL,
        }
        return code in good.get(what, ())

    @api.model
    def _state(self, call, reply):
        number = self._given(call, "order_no")
        self._must_be("order", reply.get("out_trade_no"), number)
        if reply.get("mchid"):
            self._must_be("merchant", reply["mchid"], self._needed(call, "mchid"))
        state = ORDER_STATES.get(reply.get("trade_state"))
        if state is None:
            raise ExchangeError("unknown", detail=f"trade_state is {reply.get('trade_state')!r}", reply=reply)
        amount = reply.get("amount") or {}
        return {
            "state": state,
            "channel_no": reply.get("transaction_id") or "",
            "paid_at": self._when(reply.get("success_time")),
            "payer": units.masked((reply.get("payer") or {}).get("openid")),
            "amount": self._money(amount["total"]) if "total" in amount else "",
        }

    @api.model
    def _said_pay_code(self, call, reply):
        if reply.get("code") in PAYING:
            return {"state": "paying"}
        if "trade_state" not in reply and reply.get("transaction_id") and reply.get("success_time"):
            reply = {**reply, "trade_state": "SUCCESS"}
        return self._state(call, reply)

    @api.model
    def _said_pay_qr(self, call, reply):
        if not reply.get("code_url"):
            raise ExchangeError("unknown", detail="the answer has no code_url")
        return {"qr_code": reply["code_url"]}

    @api.model
    def _said_query(self, call, reply):
        return {"state": "absent"} if reply.get("code") in ABSENT else self._state(call, reply)

    @api.model
    def _said_close(self, _call, _reply):
        return {}

    @api.model
    def _said_reverse(self, call, reply):
        """The answer does not tell whether money went back: the order does."""
        if reply.get("code") in ABSENT:
            return {"action": "absent"}
        number = self._given(call, "order_no")
        path = f"v3/pay/transactions/out-trade-no/{number}?mchid={self._needed(call, 'mchid')}"
        answer = self._ask_also(call, "GET", self._at(call, path), headers=self._headers(call, b""))
        order = self._unpack(call, answer)
        if answer.status >= 300:
            raise ExchangeError("unknown", detail=f"what became of the order is not told: {order.get('code')}")
        state = self._state(call, order)
        if state["state"] in ("paid", "paying"):
            raise ExchangeError("unknown", detail=f"the order is still {order.get('trade_state')}")
        return {"action": "refunded" if order.get("transaction_id") else "closed", "channel_no": state["channel_no"]}

    @api.model
    def _said_refund(self, call, reply):
        self._must_be("refund", reply.get("out_refund_no"), self._given(call, "refund_no"))
        state = REFUND_STATES.get(reply.get("status"))
        if state is None:
            raise ExchangeError("unknown", detail=f"status is {reply.get('status')!r}")
        amount = reply.get("amount") or {}
        return {
            "state": state,
            "channel_no": reply.get("refund_id") or "",
            "done_at": self._when(reply.get("success_time")),
            "amount": self._money(amount["refund"]) if "refund" in amount else "",
            "error": "" if state != "failed" else str(reply.get("status")),
        }

    @api.model
    def _said_refund_query(self, call, reply):
        return {"state": "absent"} if reply.get("code") in ABSENT else self._said_refund(call, reply)

    # === BILL: an address, then the file, which is not signed but has a digest that is ===

    @api.model
    def _said_bill(self, call, reply):
        day = self._given(call, "day")
        name = f"wechat_{day}.csv.gz"
        if reply.get("code") in NO_BILL:
            return self._bill(b"", name)
        url = str(reply.get("download_url") or "")
        self._check_place(call, url)
        answer = self._ask_also(call, "GET", url, headers={"Accept": "*/*"})
        if answer.status != 200:
            raise ExchangeError("unknown", detail=f"the file of the bill is answered with HTTP {answer.status}")
        plain = _unpacked(answer.body)
        if str(reply.get("hash_type") or "SHA1") != "SHA1" or hashlib.sha1(plain).hexdigest() != str(  # noqa: S324 theirs
            reply.get("hash_value") or ""
        ):
            raise ExchangeError("unknown", detail="the file of the bill does not have the digest it was announced with")
        return self._bill(answer.body, name)

    @api.model
    def _check_place(self, call, url):
        """Our signature goes nowhere else than where we call anyhow."""
        theirs, ours = urlsplit(url), urlsplit(call.platform.url or "")
        hosts = {ours.netloc, *self._parameter(call, "bill_hosts").split(",")}
        if theirs.scheme not in (ours.scheme, "https") or theirs.netloc not in hosts:
            raise ExchangeError("unknown", detail=f"the file of the bill lies on another host: {theirs.netloc!r}")

    @api.model
    def _at(self, call, path):
        return f"{(call.platform.url or '').rstrip('/')}/{path}"

    # === CALLBACKS ===

    @api.model
    def _verify(self, platform, request):
        timestamp = request.header("wechatpay-timestamp")
        signature = request.header("wechatpay-signature")
        if not (timestamp and signature):
            raise RefusalError("missing", detail="no signature of WeChat Pay")
        if not _is_fresh(timestamp, platform.clock_skew):
            raise RefusalError("expired", detail="the callback is older than the clocks may differ")
        serial = request.header("wechatpay-serial")
        known = platform.parameter("peer_serial")
        key = platform.secret(f"peer_key:{serial}", required=False)
        if not key and (not known or known == serial):
            key = platform.secret("peer_key")
        try:
            if not key or not wechat_sign.fits(
                key, timestamp, request.header("wechatpay-nonce"), request.body, signature
            ):
                raise RefusalError("signature", detail="the signature of the callback does not fit")
            envelope = bodies.from_json(request.plain)
            resource = envelope.get("resource")
            if not isinstance(resource, dict) or resource.get("algorithm") != "AEAD_AES_256_GCM":
                raise RefusalError("malformed", detail="the callback has no resource we can open")
            plain = wechat_sign.decrypt(
                platform.secret("apiv3_key"),
                str(resource.get("ciphertext") or ""),
                str(resource.get("nonce") or ""),
                str(resource.get("associated_data") or ""),
            )
        except CryptoError as error:
            raise RefusalError("signature", detail=error.detail) from None
        content = bodies.from_json(plain)
        self._check_receiver(platform, mchid=content.get("mchid"), appid=content.get("appid"))
        return Incoming(request.operation, str(envelope.get("id") or "")[:128], self._callback_payload(content))

    @api.model
    def _callback_payload(self, content):
        try:
            amount = content.get("amount") or {}
            if content.get("out_refund_no"):
                return {
                    "about": "refund",
                    "order_no": str(content.get("out_trade_no") or ""),
                    "refund_no": str(content["out_refund_no"]),
                    "state": REFUND_STATES.get(content.get("refund_status"), "processing"),
                    "channel_no": str(content.get("refund_id") or ""),
                    "amount": units.to_yuan(amount.get("refund", 0)),
                    "done_at": self._when(content.get("success_time")),
                }
            return {
                "about": "order",
                "order_no": str(content["out_trade_no"]),
                "state": ORDER_STATES[content.get("trade_state")],
                "channel_no": str(content.get("transaction_id") or ""),
                "amount": units.to_yuan(amount.get("total", 0)),
                "paid_at": self._when(content.get("success_time")),
                "payer": units.masked((content.get("payer") or {}).get("openid")),
            }
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
            raise RefusalError("malformed", detail="the callback tells neither of a payment nor of a refund") from None

    @api.model
    def _reply(self, platform, request, incoming, reply):
        return self._plain_reply(200, '{"code":"SUCCESS","message":"OK"}', "application/json; charset=utf-8")

    @api.model
    def _error_reply(self, platform, request, reason, sentence, request_id=""):
        """Whatever is not 200 or 204 is told again later."""
        text = json.dumps({"code": "FAIL", "message": reason})
        return self._plain_reply(500 if reason in ("busy", "internal", "config") else 400, text, "application/json")


def _is_fresh(timestamp, seconds=wechat_sign.CLOCK):
    return timestamp.isascii() and timestamp.isdigit() and abs(time.time() - int(timestamp)) <= seconds


def _unpacked(body):
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError):
        raise ExchangeError("unknown", detail="the file of the bill cannot be unpacked") from None
