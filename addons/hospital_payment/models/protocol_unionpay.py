import base64
import zlib

from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.hospital_exchange.tools.call import Incoming
from odoo.addons.hospital_exchange.tools.crypto import CryptoError
from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_exchange.tools.inbound.refusal import RefusalError
from odoo.addons.hospital_exchange.tools.values import storable

from ..tools import unionpay_sign, units
from ..tools.numbers import from_unionpay, is_taking_back, paid_under, taken_back_by, to_unionpay

_lt = LazyTranslate(__name__)

TIME = "%Y%m%d%H%M%S"
KINDS = {
    "pay_code": ("01", "06"),
    "pay_qr": ("01", "07"),
    "void": ("31", "00"),
    "reversal": ("99", "01"),
    "refund": ("04", "00"),
    "query": ("00", "00"),
    "bill": ("76", "01"),
}
"""What is asked → txnType, txnSubType"""
DONE = "00"
NOBODY_KNOWS = {"01", "02", "03", "04", "05", "06"}
ABSENT = {"34", "35"}
"""No such transaction."""
REPEATED = {"12"}
"""Under this number and time there is a transaction already: only the question tells what became of it."""
NOT_SET_UP = {"11", "13", "21", "22", "23", "24", "25", "31", "32"}
NO_FILE = "98"
QUERY = "gateway/api/queryTrans.do"
TRANSACTION = "gateway/api/backTransReq.do"


class HospitalProtocolUnionpay(models.AbstractModel):
    """UnionPay QR codes over ACP 5.1.0: signed forms in both directions."""

    _name = "hospital.protocol.unionpay"
    _inherit = ["hospital.protocol.pay", "hospital.protocol.http_form"]
    _description = "Protocol: UnionPay ACP"
    _protocol_label = _lt("UnionPay ACP 5.1.0")
    _pay_channel = "unionpay"

    # === WHAT IS SENT ===

    @api.model
    def _common(self, call, kind):
        txn_type, txn_sub_type = KINDS[kind]
        return {
            "version": "5.1.0",
            "encoding": "UTF-8",
            "signMethod": "01",
            "txnType": txn_type,
            "txnSubType": txn_sub_type,
            "bizType": "000000",
            "channelType": "08",
            "accessType": "0",
            "merId": self._needed(call, "mer_id"),
            "certId": self._needed(call, "cert_id"),
        }

    @api.model
    def _known_by(self, call, number, name="at"):
        """Number and time: what UnionPay tells transactions apart by."""
        return {"orderId": to_unionpay(number), "txnTime": self._moment(call, number, name).strftime(TIME)}

    @api.model
    def _payment(self, call, kind):
        return {
            **self._common(call, kind),
            **self._known_by(call, self._given(call, "order_no")),
            "txnAmt": str(self._fen(call)),
            "currencyCode": "156",
            "backUrl": self._notify_url(call),
        }

    @api.model
    def _ask_pay_code(self, call):
        place = self._given(call, "place", required=False) or "window"
        return {
            **self._payment(call, "pay_code"),
            "qrNo": self._given(call, "auth_code"),
            "termId": place[:8].rjust(8, "0"),
        }

    @api.model
    def _ask_pay_qr(self, call):
        content = self._payment(call, "pay_qr")
        if expires := self._expires(call):
            content["payTimeout"] = expires.strftime(TIME)
        return content

    @api.model
    def _ask_query(self, call):
        return {**self._common(call, "query"), **self._known_by(call, self._given(call, "order_no"))}

    _ask_close = _ask_reverse = _ask_query
    """What is not paid cannot be closed there, it ends by itself; what is to be taken back is looked at first."""

    @api.model
    def _ask_refund(self, call):
        number = self._given(call, "refund_no")
        return {
            **self._common(call, "refund"),
            **self._known_by(call, number, "refund_at"),
            "origQryId": self._given(call, "channel_no"),
            "txnAmt": str(self._fen(call)),
            "currencyCode": "156",
            "backUrl": self._notify_url(call),
        }

    @api.model
    def _ask_refund_query(self, call):
        return {**self._common(call, "query"), **self._known_by(call, self._given(call, "refund_no"), "refund_at")}

    @api.model
    def _ask_bill(self, call):
        day = self._given(call, "day")
        return {
            **self._common(call, "bill"),
            "txnTime": units.beijing_now().strftime(TIME),
            "settleDate": day[5:7] + day[8:10],
            "fileType": "00",
        }

    @api.model
    def _url(self, call):
        if call.interface.code == "bill" and (url := self._parameter(call, "bill_url")):
            return url
        return super()._url(call)

    @api.model
    def _write(self, call, content):
        content = {name: value for name, value in content.items() if value not in (None, "")}
        return self._signed_form(call, unionpay_sign.sign, "signature", content)

    # === IS IT THEIRS ===

    @api.model
    def _unpack(self, call, answer):
        if answer.status >= 300:
            raise ExchangeError("unknown", detail=f"HTTP {answer.status}", code=str(answer.status))
        try:
            reply = unionpay_sign.read(answer.body.decode().strip())
        except ValueError:
            raise ExchangeError("unknown", detail="the answer cannot be read") from None
        if not reply.get("signature") and reply.get("respCode") in NOT_SET_UP:
            return storable(reply)
        try:
            fits = unionpay_sign.fits(self._believed(call, reply), reply)
        except CryptoError as error:
            raise ExchangeError("unknown", detail=error.detail) from None
        if not fits:
            raise ExchangeError("unknown", detail="the signature of the answer does not fit")
        return storable({name: value for name, value in reply.items() if name not in ("signPubKeyCert", "signature")})

    @api.model
    def _believed(self, call, reply):
        """The key that was agreed, else the certificate in the answer when UnionPay's authority issued it."""
        platform = call.platform
        if pinned := platform._secret("peer_key", required=False):
            return pinned
        return unionpay_sign.trusted(
            reply.get("signPubKeyCert") or "",
            platform._secret("authorities"),
            owners=_owners(self._parameter(call, "certificate_owner")),
        )

    # === WHAT AN ANSWER MEANS ===

    @api.model
    def _sort(self, call, answer, reply):
        code, words = str(reply.get("respCode") or ""), str(reply.get("respMsg") or "")
        what = call.interface.code
        if code == DONE:
            return
        if code in NOBODY_KNOWS or not code:
            raise ExchangeError("unknown", detail=f"respCode {code}: {words}", code=code)
        if code in ABSENT and what in ("query", "close", "reverse", "refund_query"):
            return
        if code in REPEATED and what in ("pay_code", "refund"):
            return
        if code == NO_FILE and what == "bill":
            return
        if code in NOT_SET_UP:
            self._refused(call, code, words, "config")
        self._refused(call, code, words, reply=reply)

    @api.model
    def _said_pay_code(self, call, reply):
        """Accepted, not paid: the question tells, or the callback."""
        if reply.get("respCode") == DONE:
            self._about_us(call, reply, self._given(call, "order_no"))
        return {"state": "paying", "channel_no": reply.get("queryId") or ""}

    @api.model
    def _about_us(self, call, reply, number):
        self._must_be("order", reply.get("orderId"), to_unionpay(number))
        self._must_be("merchant", reply.get("merId"), self._needed(call, "mer_id"))

    @api.model
    def _said_pay_qr(self, call, reply):
        if not reply.get("qrCode"):
            raise ExchangeError("unknown", detail="the answer has no qrCode")
        return {"qr_code": reply["qrCode"]}

    @api.model
    def _said_query(self, call, reply):
        if reply.get("respCode") in ABSENT:
            return {"state": "absent"}
        self._about_us(call, reply, self._given(call, "order_no"))
        code = str(reply.get("origRespCode") or "")
        state = "paid" if code == DONE else "paying" if code in NOBODY_KNOWS or not code else "failed"
        return {
            "state": state,
            "channel_no": reply.get("queryId") or "",
            "paid_at": self._when(reply.get("txnTime"), TIME) if state == "paid" else "",
            "payer": units.masked(reply.get("accNo")),
            "amount": self._money(reply["txnAmt"]) if reply.get("txnAmt") else "",
            "error": str(reply.get("origRespMsg") or "") if state == "failed" else "",
        }

    @api.model
    def _said_close(self, call, reply):
        state = self._said_query(call, reply)["state"]
        if state == "paid":
            self._refused(call, "paid", self.env._("this order was paid meanwhile"), reply=reply)
        return {}

    @api.model
    def _said_reverse(self, call, reply):
        """A void takes the whole payment back on its day; afterwards, and when it fails, it is refunded."""
        order = self._said_query(call, reply)
        if order["state"] == "paying":
            return self._reversed(call)
        if order["state"] != "paid":
            return {"action": "absent" if order["state"] == "absent" else "closed"}
        for kind, number in zip(("void", "refund"), taken_back_by(self._given(call, "order_no")), strict=True):
            if self._undone(call, kind, number, order):
                return {"action": "refunded", "channel_no": order["channel_no"]}
        return self._refused(call, "void", self.env._("the payment can neither be voided nor refunded"), reply=reply)

    @api.model
    def _reversed(self, call):
        """A charge that has no end is reversed under its own number and time. While that is refused nobody knows."""
        content = {**self._common(call, "reversal"), **self._known_by(call, self._given(call, "order_no"))}
        code = str(self._also(call, TRANSACTION, content).get("respCode") or "")
        if code != DONE:
            raise ExchangeError("unknown", detail=f"respCode {code}: not settled, and not reversed: to be tried again")
        return {"action": "closed"}

    @api.model
    def _undone(self, call, kind, number, order):
        """Whether the payment is taken back in this way: ordered, and then asked, for accepted is not done."""
        known = self._known_by(call, number)
        content = {
            **self._common(call, kind),
            **known,
            "origQryId": order["channel_no"],
            "txnAmt": str(units.to_fen(order["amount"])),
            "currencyCode": "156",
            "backUrl": self._notify_url(call),
        }
        code = str(self._also(call, TRANSACTION, content).get("respCode") or "")
        if code not in {DONE} | REPEATED | NOBODY_KNOWS:
            return False
        said = self._also(call, QUERY, {**self._common(call, "query"), **known})
        code = str(said.get("origRespCode") or "")
        if said.get("respCode") != DONE or code in NOBODY_KNOWS or not code:
            raise ExchangeError("unknown", detail=f"{kind} is not settled yet: to be asked once more")
        return code == DONE

    @api.model
    def _also(self, call, path, content):
        body = self._write(call, content)
        url = f"{(call.platform.url or '').rstrip('/')}/{path}"
        return self._unpack(call, self._ask_also(call, "POST", url, body, headers=self._headers(call, body)))

    @api.model
    def _said_refund(self, call, reply):
        """Accepted: the money is on its way."""
        return {"state": "processing", "channel_no": reply.get("queryId") or ""}

    @api.model
    def _said_refund_query(self, call, reply):
        if reply.get("respCode") in ABSENT:
            return {"state": "absent"}
        self._about_us(call, reply, self._given(call, "refund_no"))
        code = str(reply.get("origRespCode") or "")
        state = "done" if code == DONE else "processing" if code in NOBODY_KNOWS or not code else "failed"
        return {
            "state": state,
            "channel_no": reply.get("queryId") or "",
            "done_at": self._when(reply.get("txnTime"), TIME) if state == "done" else "",
            "error": str(reply.get("origRespMsg") or "") if state == "failed" else "",
        }

    @api.model
    def _said_bill(self, call, reply):
        name = reply.get("fileName") or f"unionpay_{self._given(call, 'day')}.zip"
        if reply.get("respCode") == NO_FILE:
            return self._bill(b"", name)
        try:
            return self._bill(zlib.decompress(base64.b64decode(reply.get("fileContent") or "", validate=True)), name)
        except (ValueError, zlib.error):
            raise ExchangeError("unknown", detail="the file in the answer cannot be unpacked") from None

    # === CALLBACKS ===

    @api.model
    def _verify(self, platform, request):
        form = self._callback_form(request)
        if not form.get("signature"):
            raise RefusalError("missing", detail="the callback is not signed")
        try:
            key = platform.secret("peer_key", required=False) or unionpay_sign.trusted(
                form.get("signPubKeyCert") or "",
                platform.secret("authorities"),
                owners=_owners(platform.parameter("certificate_owner")),
            )
            if not unionpay_sign.fits(key, form):
                raise RefusalError("signature", detail="the signature of the callback does not fit")
        except CryptoError as error:
            raise RefusalError("signature", detail=error.detail) from None
        self._check_receiver(platform, mer_id=form.get("merId"))
        request_id = ":".join(form.get(name, "")[:40] for name in ("orderId", "txnTime", "respCode"))
        return Incoming(request.operation, request_id, self._callback_payload(form))

    @api.model
    def _callback_payload(self, form):
        code = form.get("respCode", "")
        done, unclear = code in (DONE, "A6"), code in NOBODY_KNOWS or not code
        number = from_unionpay(form.get("orderId", ""))
        when = self._when(form.get("txnTime"), TIME)
        try:
            amount = units.to_yuan(form.get("txnAmt") or "0")
        except (ValueError, ArithmeticError):
            raise RefusalError("malformed", detail="the callback tells no amount") from None
        about = {"channel_no": form.get("queryId", ""), "amount": amount}
        if form.get("txnType") == KINDS["refund"][0] and not is_taking_back(number):
            state = "done" if done else "processing" if unclear else "failed"
            return {"about": "refund", "order_no": "", "refund_no": number, "state": state, "done_at": when, **about}
        if form.get("txnType") == KINDS["pay_code"][0] and number:
            state = "paid" if done else "paying" if unclear else "failed"
            payer = units.masked(form.get("accNo"))
            return {"about": "order", "order_no": number, "state": state, "paid_at": when, "payer": payer, **about}
        # of what was taken back the reversal itself has the answer
        return {"about": "other", "order_no": paid_under(number), "state": "", **about}

    @api.model
    def _reply(self, platform, request, incoming, reply):
        return self._plain_reply(200, "ok")

    @api.model
    def _error_reply(self, platform, request, reason, sentence, request_id=""):
        """Whatever is not 200 is told again later."""
        return self._plain_reply(500 if reason in ("busy", "internal", "config") else 400, "fail")


def _owners(written):
    return tuple(filter(None, (part.strip() for part in written.split(",")))) if written else (unionpay_sign.OWNER,)
