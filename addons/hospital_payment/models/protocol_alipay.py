import hashlib
import json
from urllib.parse import parse_qsl, urlsplit

from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.hospital_exchange.tools.call import Incoming
from odoo.addons.hospital_exchange.tools.crypto import CryptoError
from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_exchange.tools.inbound.refusal import RefusalError

from ..tools import alipay_sign, units

_lt = LazyTranslate(__name__)

METHODS = {
    "pay_code": "alipay.trade.pay",
    "pay_qr": "alipay.trade.precreate",
    "query": "alipay.trade.query",
    "close": "alipay.trade.close",
    "reverse": "alipay.trade.cancel",
    "refund": "alipay.trade.refund",
    "refund_query": "alipay.trade.fastpay.refund.query",
    "bill": "alipay.data.dataservice.bill.downloadurl.query",
}
DONE, WAITING, NOBODY_KNOWS = "10000", "10003", "20000"
GATE = {"20001", "40001", "40002", "40003", "40006"}
"""Turned away before anything was done: wrong key, wrong parameters, no right to the interface."""
ORDER_STATES = {"WAIT_BUYER_PAY": "paying", "TRADE_SUCCESS": "paid", "TRADE_FINISHED": "paid"}
UNCLEAR = {"ACQ.SYSTEM_ERROR", "AOP.ACQ.SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error", "SYSTEM_ERROR"}
ABSENT = {"ACQ.TRADE_NOT_EXIST"}
PAID_BEFORE = {"ACQ.TRADE_HAS_SUCCESS", "ACQ.CONTEXT_INCONSISTENT"}
"""Of a charge: under this number there is a trade already, so only a question tells."""
NO_BILL = ("BILL_NOT_EXIST", "NO_BILL_DATA")
TIME = "%Y-%m-%d %H:%M:%S"


class HospitalProtocolAlipay(models.AbstractModel):
    """Alipay's open gateway: one address, a signed form there, JSON with a signed part back."""

    _name = "hospital.protocol.alipay"
    _inherit = ["hospital.protocol.pay", "hospital.protocol.http_form"]
    _description = "Protocol: Alipay"
    _protocol_label = _lt("Alipay")
    _pay_channel = "alipay"

    # === WHAT IS SENT ===

    @api.model
    def _trade(self, call):
        content = {
            "out_trade_no": self._given(call, "order_no"),
            "subject": units.cut(self._given(call, "subject"), 256),
            "total_amount": self._yuan(call),
        }
        for name, parameter in (("store_id", "store"), ("seller_id", "seller_id")):
            if value := self._parameter(call, parameter):
                content[name] = value
        return content

    @api.model
    def _ask_pay_code(self, call):
        return {
            **self._trade(call),
            "scene": "bar_code",
            "auth_code": self._given(call, "auth_code"),
            "timeout_express": self._parameter(call, "timeout_express", "5m"),
            "terminal_id": self._given(call, "place", required=False) or "window",
        }

    @api.model
    def _ask_pay_qr(self, call):
        content = self._trade(call)
        if expires := self._expires(call):
            content["time_expire"] = expires.strftime(TIME)
        return content

    @api.model
    def _ask_query(self, call):
        return {"out_trade_no": self._given(call, "order_no")}

    _ask_close = _ask_reverse = _ask_query

    @api.model
    def _ask_refund(self, call):
        content = {**self._which_trade(call), "refund_amount": self._yuan(call)}
        content["out_request_no"] = self._given(call, "refund_no")
        if reason := self._given(call, "reason", required=False):
            content["refund_reason"] = units.cut(reason, 256)
        return content

    @api.model
    def _which_trade(self, call):
        if channel_no := self._given(call, "channel_no", required=False):
            return {"trade_no": channel_no}
        return {"out_trade_no": self._given(call, "order_no")}

    @api.model
    def _ask_refund_query(self, call):
        return {
            "out_trade_no": self._given(call, "order_no"),
            "out_request_no": self._given(call, "refund_no"),
            "query_options": ["gmt_refund_pay"],
        }

    @api.model
    def _ask_bill(self, call):
        return {"bill_type": "trade", "bill_date": self._given(call, "day")}

    @api.model
    def _write(self, call, content):
        parameters = {
            "app_id": self._needed(call, "app_id"),
            "method": METHODS[call.interface.code],
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": units.beijing_now().strftime(TIME),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        }
        if call.interface.code == "pay_qr":
            parameters["notify_url"] = self._notify_url(call)
        for name in ("app_auth_token", "app_cert_sn", "alipay_root_cert_sn"):
            if value := self._parameter(call, name):
                parameters[name] = value
        return self._signed_form(call, alipay_sign.sign, "sign", parameters)

    @api.model
    def _shown(self, url, body):
        """Opened, so that what must not be read by everybody can be found in it and hidden."""
        form = dict(parse_qsl((body or b"").decode(), keep_blank_values=True))
        if "biz_content" in form:
            form["biz_content"] = json.loads(form["biz_content"])
        return json.dumps(form, ensure_ascii=False).encode()

    # === IS IT THEIRS ===

    @api.model
    def _unpack(self, call, answer):
        if answer.status >= 300:
            raise ExchangeError("unknown", detail=f"HTTP {answer.status}", code=str(answer.status))
        name = METHODS[call.interface.code].replace(".", "_") + "_response"
        try:
            text = answer.body.decode()
            whole = json.loads(text)
            name = "error_response" if name not in whole else name
            part = alipay_sign.signed_part(text, name)
        except (ValueError, TypeError, AttributeError):
            raise ExchangeError("unknown", detail="the answer cannot be read") from None
        reply = whole[name]
        signature = whole.get("sign")
        if not signature and str(reply.get("code")) in GATE:
            return reply  # who turns us away for a wrong signature signs nothing
        try:
            fits = alipay_sign.fits(call.platform._secret("peer_key"), part, signature)
        except CryptoError as error:
            raise ExchangeError("unknown", detail=f"secret peer_key: {error.detail}") from None
        if not fits:
            raise ExchangeError("unknown", detail="the signature of the answer does not fit")
        return reply

    # === WHAT AN ANSWER MEANS ===

    @api.model
    def _sort(self, call, answer, reply):
        code, sub = str(reply.get("code") or ""), str(reply.get("sub_code") or "")
        words = str(reply.get("sub_msg") or reply.get("msg") or "")
        what = call.interface.code
        if code == DONE or (code == WAITING and what == "pay_code"):
            return
        if what == "bill" and sub.upper().endswith(NO_BILL):
            return
        if code == NOBODY_KNOWS or sub in UNCLEAR or not code:
            raise ExchangeError("unknown", detail=f"{code} {sub}: {words}", code=sub or code)
        if code in GATE:
            self._refused(call, sub or code, words, "config")
        if sub in ABSENT and what in ("query", "close", "reverse", "refund_query"):
            return
        if sub in PAID_BEFORE and what == "pay_code":
            return
        self._refused(call, sub or code, words, reply=reply)

    @api.model
    def _said_pay_code(self, call, reply):
        if reply.get("code") == WAITING or reply.get("sub_code") in PAID_BEFORE:
            return {"state": "paying", "channel_no": reply.get("trade_no") or ""}
        self._must_be("order", reply.get("out_trade_no"), self._given(call, "order_no"))
        return self._paid("paid", reply, reply.get("gmt_payment"))

    @api.model
    def _paid(self, state, reply, when):
        try:
            amount = str(units.amount(reply["total_amount"])) if reply.get("total_amount") else ""
        except ValueError:
            raise ExchangeError("unknown", detail="the answer holds no amount") from None
        return {
            "state": state,
            "channel_no": reply.get("trade_no") or "",
            "paid_at": self._when(when),
            "payer": units.masked(reply.get("buyer_logon_id") or reply.get("buyer_user_id")),
            "amount": amount,
        }

    @api.model
    def _said_pay_qr(self, call, reply):
        if not reply.get("qr_code"):
            raise ExchangeError("unknown", detail="the answer has no qr_code")
        return {"qr_code": reply["qr_code"]}

    @api.model
    def _said_query(self, call, reply):
        if reply.get("sub_code") in ABSENT:
            return {"state": "absent"}
        self._must_be("order", reply.get("out_trade_no"), self._given(call, "order_no"))
        return self._paid(self._trade_state(reply), reply, reply.get("send_pay_date"))

    @api.model
    def _trade_state(self, reply):
        """Closed means timed out unpaid, or paid and refunded in full: only what was paid has a time of payment."""
        status = reply.get("trade_status")
        if status == "TRADE_CLOSED":
            return "refunded" if reply.get("send_pay_date") or reply.get("gmt_payment") else "closed"
        if status not in ORDER_STATES:
            raise ExchangeError("unknown", detail=f"trade_status is {status!r}")
        return ORDER_STATES[status]

    @api.model
    def _said_close(self, _call, _reply):
        return {}

    @api.model
    def _said_reverse(self, call, reply):
        if reply.get("sub_code") in ABSENT:
            return {"action": "absent"}
        if reply.get("retry_flag") == "Y":
            raise ExchangeError("unknown", detail="retry_flag is Y: to be taken back once more")
        actions = {"close": "closed", "refund": "refunded"}
        return {"action": actions.get(reply.get("action"), "absent"), "channel_no": reply.get("trade_no") or ""}

    @api.model
    def _said_refund(self, call, reply):
        """Only a change of funds is a refund; without one the question tells."""
        done = reply.get("fund_change") == "Y"
        return {
            "state": "done" if done else "processing",
            "channel_no": reply.get("trade_no") or "",
            "done_at": self._when(reply.get("gmt_refund_pay")) if done else "",
        }

    @api.model
    def _said_refund_query(self, call, reply):
        status = reply.get("refund_status")
        if reply.get("sub_code") in ABSENT or (not status and not reply.get("out_request_no")):
            return {"state": "absent"}
        self._must_be("refund", reply.get("out_request_no"), self._given(call, "refund_no"))
        # who answers with an amount and no status has made the refund, as the interface did before it had one
        done = status == "REFUND_SUCCESS" or (not status and reply.get("refund_amount"))
        return {
            "state": "done" if done else "processing",
            "channel_no": reply.get("trade_no") or "",
            "done_at": self._when(reply.get("gmt_refund_pay")),
            "amount": str(reply.get("refund_amount") or ""),
        }

    @api.model
    def _said_bill(self, call, reply):
        """The address is good for half a minute, so the file is fetched at once."""
        name = f"alipay_{self._given(call, 'day')}.zip"
        if str(reply.get("code")) != DONE:
            return self._bill(b"", name)
        url = str(reply.get("bill_download_url") or "")
        ours = urlsplit(call.platform.url or "")
        theirs = urlsplit(url)
        if theirs.scheme != "https" and theirs[:2] != ours[:2]:
            raise ExchangeError("unknown", detail="the address of the bill is no https address")
        answer = self._ask_also(call, "GET", url, signed=False)
        if answer.status != 200 or answer.body[:2] != b"PK":
            raise ExchangeError("unknown", detail=f"no archive of the bill came, HTTP {answer.status}")
        return self._bill(answer.body, name)

    # === CALLBACKS ===

    @api.model
    def _verify(self, platform, request):
        form = self._callback_form(request)
        if form.get("sign_type") != "RSA2" or not form.get("sign"):
            raise RefusalError("missing", detail="the callback is not signed with RSA2")
        try:
            fits = alipay_sign.fits_callback(platform.secret("peer_key"), form)
        except CryptoError as error:
            raise RefusalError("signature", detail=error.detail) from None
        if not fits:
            raise RefusalError("signature", detail="the signature of the callback does not fit")
        self._check_receiver(platform, app_id=form.get("app_id"), seller_id=form.get("seller_id"))
        # a payment and each of its refunds are told under one number of theirs or several: what is told tells them apart
        told = hashlib.sha256(alipay_sign.text_of(form, ("sign", "sign_type", "notify_time")).encode()).hexdigest()
        request_id = f"{form.get('notify_id', '')[:60]}:{told[:16]}"
        return Incoming(request.operation, request_id, self._callback_payload(form))

    @api.model
    def _callback_payload(self, form):
        try:
            if form.get("out_biz_no") and form.get("refund_fee") and form.get("gmt_refund"):
                return {
                    "about": "refund",
                    "order_no": form["out_trade_no"],
                    "refund_no": form["out_biz_no"],
                    "state": "done",
                    "channel_no": form.get("trade_no", ""),
                    "amount": "",  # theirs is the sum of all refunds of the trade
                    "done_at": self._when(form["gmt_refund"][:19]),
                }
            return {
                "about": "order",
                "order_no": form["out_trade_no"],
                "state": self._trade_state(form),
                "channel_no": form.get("trade_no", ""),
                "amount": str(units.amount(form.get("total_amount") or "0")),
                "paid_at": self._when(form.get("gmt_payment")),
                "payer": units.masked(form.get("buyer_logon_id") or form.get("buyer_id")),
            }
        except (KeyError, ValueError, ExchangeError):
            raise RefusalError("malformed", detail="the callback tells neither of a payment nor of a refund") from None

    @api.model
    def _reply(self, platform, request, incoming, reply):
        return self._plain_reply(200, "success")

    @api.model
    def _error_reply(self, platform, request, reason, sentence, request_id=""):
        return self._plain_reply(200, "fail")
