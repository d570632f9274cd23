import re
from datetime import timedelta
from urllib.parse import parse_qsl

from odoo import api, models

from odoo.addons.hospital_exchange.tools import http
from odoo.addons.hospital_exchange.tools.crypto import CryptoError
from odoo.addons.hospital_exchange.tools.crypto.text import to_base64
from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_exchange.tools.inbound import bodies
from odoo.addons.hospital_exchange.tools.inbound.refusal import RefusalError

from ..tools import units

NOTIFY = "notify"
BILL_SECONDS = 300
LARGEST_BILL = 512 * 1024 * 1024


class HospitalProtocolPay(models.AbstractModel):
    """What all payment platforms share: our own words on one side, their dialect on the other.

    For every interface a dialect has `_ask_<code>(call)`, the content that is sent, and `_said_<code>(call, reply)`, the
    answer in our words. States of an order are paid, paying, closed, absent, failed, refunded; of a refund done,
    processing, failed, absent. No answer of a platform becomes *failed* unless it says so in its own, signed words.
    """

    _name = "hospital.protocol.pay"
    _inherit = "hospital.protocol.http"
    _description = "Protocol: payment platform"
    _pay_channel = None
    """Code of the channel whose bills and codes these are."""

    # === OUR WORDS → THEIRS ===

    @api.model
    def _check_setup(self, call):
        if not callable(getattr(type(self), f"_ask_{call.interface.code}", None)):
            raise self._config_error(call, "this protocol knows no such interface")
        return super()._check_setup(call)

    @api.model
    def _content(self, call):
        return getattr(self, f"_ask_{call.interface.code}")(call)

    @api.model
    def _given(self, call, name, required=True):
        """A value of the payload; of a question of the engine, that of the call it is about."""
        payload = call.payload
        about = payload.get("payload")
        value = payload.get(name) or (about.get(name) if isinstance(about, dict) else None)
        if not value and name == "order_no":
            value = payload.get("number")
        if not value and required:
            raise self._config_error(call, f"the payload has no {name}")
        return str(value) if value else ""

    @api.model
    def _value(self, call, name):
        return self._given(call, name) if name in ("order_no", "refund_no") else super()._value(call, name)

    @api.model
    def _needed(self, call, name):
        """A parameter without which this platform cannot be called."""
        return self._parameter(call, name) or self._raise_config(call, f"parameter {name} is not set")

    @api.model
    def _send(self, call, url, headers, body):
        if call.interface.code == "bill":  # a file of many megabytes, for which no person stands at a counter
            call.timeout = (call.platform.connect_timeout, BILL_SECONDS)
        return super()._send(call, url, headers, body)

    @api.model
    def _raise_config(self, call, detail):
        raise self._config_error(call, detail)

    @api.model
    def _fen(self, call, name="amount"):
        try:
            return units.to_fen(self._given(call, name))
        except ValueError as error:
            raise self._config_error(call, f"{name}: {error}") from None

    @api.model
    def _yuan(self, call, name="amount"):
        return units.to_yuan(self._fen(call, name))

    @api.model
    def _expires(self, call):
        """When a QR code that is shown ends, in Beijing; None when it is not said."""
        at = self._given(call, "expires_at", required=False)
        return units.in_beijing(at) if at else None

    @api.model
    def _moment(self, call, number, name="at"):
        """The time a transaction is known by beside its number: whenever it is asked about, the same.

        Where nobody says when it was made it is read from the number, which begins with its day.
        """
        if at := self._given(call, name, required=False):
            return units.in_beijing(at)
        digits = re.sub(r"\D", "", number)
        try:
            day = units.in_beijing(f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} 00:00:00+08:00")
        except ValueError:
            raise self._config_error(call, f"{number!r} does not say its day, and the payload has no {name}") from None
        return day + timedelta(seconds=int(digits[8:] or 0) % 86400)

    @api.model
    def _notify_url(self, call):
        """Where the platform tells what happened; the sandbox of this server reaches it by its own address."""
        platform = call.platform
        if platform.mode == "sandbox" and "/sandbox/" in (platform.url or ""):
            return f"{platform.url.replace('/sandbox/', '/exchange/')}/{NOTIFY}"
        return self._parameter(call, "notify_url") or f"{platform.inbound_url}/{NOTIFY}"

    # === THEIR WORDS → OURS ===

    @api.model
    def _data(self, call, reply):
        return getattr(self, f"_said_{call.interface.code}")(call, reply)

    @api.model
    def _must_be(self, name, theirs, ours):
        """An answer about something else proves nothing about our order."""
        if str(theirs or "") != str(ours):
            raise ExchangeError("unknown", detail=f"the answer is about another {name}: {str(theirs)[:64]!r}")

    @api.model
    def _money(self, fen):
        try:
            return units.to_yuan(fen)
        except (TypeError, ValueError, ArithmeticError):
            raise ExchangeError("unknown", detail="the answer holds no amount") from None

    @api.model
    def _when(self, written, pattern=None):
        try:
            return units.from_beijing(written, pattern)
        except (TypeError, ValueError):
            return ""  # what was done was done, whenever it was

    @api.model
    def _refused(self, call, code, words, kind="business", reply=None):
        """The platform says no: in its own words for the clerk."""
        sentence = ""
        if kind == "business" and words:
            sentence = self.env._(
                "%(platform)s refuses this: %(words)s", platform=call.platform.name, words=words[:300]
            )
        elif kind == "config":
            sentence = self.env._(
                "%s does not accept our sign-in. Ask the interface administrator.", call.platform.name
            )
        raise ExchangeError(kind, sentence=sentence, detail=f"{code}: {words}"[:500], code=code, reply=reply)

    # === MORE THAN ONE CALL ===

    @api.model
    def _ask_also(self, call, method, url, body=b"", headers=None, signed=True, largest=LARGEST_BILL):
        """A second request that belongs to the first one, such as the file behind the address of a bill."""
        session = call.session if call.session is not None else call.platform._new_session()
        before = call.evidence.reply_body
        try:
            answer = http.send(
                call,
                session,
                method,
                url,
                headers or {"Accept": "*/*"},
                body,
                sign=(lambda how, path, sent: self._sign(call, how, path, sent)) if signed else None,
                largest=largest,
            )
        finally:
            if call.session is None:
                session.close()
            call.evidence.reply_body = before  # a bill is kept by who asked for it, not in the evidence
        return answer

    @api.model
    def _bill(self, content, name):
        return {"content": to_base64(content), "name": name, "empty": not content}

    @api.model
    def _our_key(self, call):
        return call.platform._secret("sign_key")

    @api.model
    def _signing(self, call, work, *arguments):
        """What `work` gives; a key that cannot be used is a matter of the set-up."""
        try:
            return work(*arguments)
        except CryptoError as error:
            raise self._config_error(call, f"secret sign_key: {error.detail}") from None

    @api.model
    def _sign(self, call, method, path, body):
        return {}  # what is sent is signed in itself, see `_signed_form`

    @api.model
    def _signed_form(self, call, sign, name, content):
        """A form that carries its signature under `name`."""
        content[name] = self._signing(call, sign, self._our_key(call), content)
        return self._form(call, content).encode()

    # === CALLS IN ===

    @api.model
    def _callback_form(self, request):
        """The callback as a form in which every name stands once."""
        try:
            pairs = parse_qsl(request.plain.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError:
            raise RefusalError("malformed", detail="the callback is no form") from None
        form = dict(pairs)
        bodies.check_values(form)
        if len(form) != len(pairs):
            raise RefusalError("malformed", detail="a name stands twice in the callback")
        return form

    @api.model
    def _check_receiver(self, platform, **theirs):
        """A callback that is meant for another merchant is not for us, however well it is signed."""
        for name, value in theirs.items():
            ours = platform.parameter(name)
            if ours and value and str(value) != ours:
                raise RefusalError("business", detail=f"the callback is for another {name}")

    @api.model
    def _plain_reply(self, status, text, media="text/plain; charset=utf-8"):
        return status, {"Content-Type": media}, text.encode()
