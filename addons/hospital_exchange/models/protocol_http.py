import contextlib
import gzip
from urllib.parse import quote, urlencode, urlsplit

from odoo import api, models

from ..tools import charsets, http, signing
from ..tools.crypto import CryptoError
from ..tools.errors import ExchangeError
from ..tools.values import as_text, fill, read_json

IN_QUERY = ("GET", "DELETE")
"""Methods whose payload stands in the address."""


class HospitalProtocolHttp(models.AbstractModel):
    """What all protocols over HTTP share; parameters of the platform say the rest, see docs/exchange.md."""

    _name = "hospital.protocol.http"
    _inherit = "hospital.protocol"
    _description = "Protocol: HTTP"

    # === PACK ===

    @api.model
    def _check_setup(self, call):
        charset = self._parameter(call, "charset", "utf-8")
        if not charsets.known(charset):
            raise self._config_error(call, f"parameter charset: {charset!r} is not known")
        if not self._parameter(call, "max_reply_kb", "1").isdecimal():
            raise self._config_error(call, "parameter max_reply_kb is no whole number")
        return super()._check_setup(call)

    @api.model
    def _url(self, call):
        """The address of the platform, the path of the interface with its `{…}` filled in, and the query."""
        path = fill(call.interface.path or "", lambda name: self._path_value(call, name))
        url = "/".join(filter(None, ((call.platform.url or "").rstrip("/"), path.lstrip("/"))))
        if not _is_address(url):
            raise self._config_error(call, "the address of the platform is none of http:// or https://")
        if self._method(call) in IN_QUERY and (query := self._query(call)):
            url += ("&" if "?" in url else "?") + query
        return url

    @api.model
    def _query(self, call):
        with self._writing(call):
            return self._form(call, self._content(call))

    @api.model
    def _path_value(self, call, name):
        value = self._value(call, name)
        if value in (".", ".."):
            raise self._config_error(call, f"{{{name}}} in the path is {value!r}")
        return quote(value, safe="")

    @api.model
    def _form(self, call, content):
        return urlencode(list(self._pairs(content)), encoding=self._charset(call), errors="strict")

    @api.model
    def _pairs(self, content):
        """Names and values of a query or form: a list repeats its name, what is nested is written as JSON."""
        for name, value in content.items():
            is_plain_list = isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value)
            for item in value if is_plain_list else [value]:
                yield name, as_text(item)

    @api.model
    def _content(self, call):
        """The payload, in the envelope of the platform if it has one."""
        envelope = self._parameter(call, "envelope")
        if not envelope:
            return call.payload
        try:
            return self._in_envelope(call, read_json(envelope))
        except ValueError:
            raise self._config_error(call, "parameter envelope is no JSON")

    @api.model
    def _in_envelope(self, call, template):
        if isinstance(template, dict):
            return {name: self._in_envelope(call, part) for name, part in template.items()}
        if isinstance(template, list):
            return [self._in_envelope(call, part) for part in template]
        if template == "{payload}":
            return call.payload
        if template == "{payload:json}":
            return as_text(call.payload)
        return fill(template, lambda name: self._value(call, name)) if isinstance(template, str) else template

    @api.model
    def _pack(self, call):
        if self._method(call) in IN_QUERY:
            return b""
        with self._writing(call):
            return self._write(call, self._content(call))

    @contextlib.contextmanager
    def _writing(self, call):
        try:
            yield
        except UnicodeEncodeError as error:
            raise self._config_error(call, f"{error.object[error.start]!r} cannot be written in {error.encoding}")

    @api.model
    def _write(self, call, content):
        """The body, in bytes."""
        raise NotImplementedError

    # === HEADERS ===

    @api.model
    def _headers(self, call, body):
        """Those of the family, then the parameters `header:<name>` of the platform."""
        headers = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        if body:
            headers["Content-Type"] = f"{self._media_type}; charset={self._charset(call).upper()}"
        if user := self._parameter(call, "basic_user"):
            login = f"{user}:{call.platform._secret('basic_password')}"
            headers["Authorization"] = f"Basic {signing.to_base64(login.encode())}"
        for name, value in self._rows(call).items():
            kind, _colon, header = name.partition(":")
            if kind == "header" and header:
                headers[header] = fill(value, lambda field: self._value(call, field))
        return headers

    @api.model
    def _sign(self, call, method, path, body):
        """The headers that say who calls, signed as the platform is set up."""
        platform = call.platform
        try:
            return signing.headers(
                platform.signing, platform._sign_key(), platform._app(), method, path, body, call.number
            )
        except CryptoError as error:
            raise self._config_error(call, f"secret sign_key: {error.detail}")

    # === SEND ===

    @api.model
    def _shown(self, url, body):
        if body:
            return body
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}".encode() if parts.query else parts.path.encode()

    @api.model
    def _send(self, call, url, headers, body):
        platform = call.platform
        call.timeout = tuple(call.timeout) or (platform.connect_timeout, platform.read_timeout)
        if body and self._parameter(call, "gzip") == "1":
            headers = {**headers, "Content-Encoding": "gzip"}
            body = gzip.compress(body, mtime=0)
        largest = int(self._parameter(call, "max_reply_kb") or http.LARGEST // 1024) * 1024
        session = call.session if call.session is not None else platform._new_session()
        try:
            return http.send(
                call,
                session,
                self._method(call),
                url,
                headers,
                body,
                sign=lambda method, path, sent: self._sign(call, method, path, sent),
                largest=largest,
            )
        finally:
            if call.session is None:
                session.close()

    # === UNPACK ===

    @api.model
    def _unpack(self, call, answer):
        if answer.status >= 500:
            raise ExchangeError("unknown", detail=f"HTTP {answer.status}", code=str(answer.status))
        try:
            text = charsets.decode(answer.body, answer.headers.get("Content-Type"), self._charset(call))
            return self._read(call, text) if text.strip() else {}
        except ValueError as error:
            if answer.status >= 400:
                return {}
            raise ExchangeError("unknown", detail=f"the answer cannot be read: {type(error).__name__}")

    @api.model
    def _read(self, call, text):
        """The reply in a text; raises ValueError."""
        reply = read_json(text)
        return reply if isinstance(reply, dict) else {"data": reply}

    # === SMALL ===

    @api.model
    def _method(self, call):
        return call.interface.http_method or "POST"

    @api.model
    def _charset(self, call):
        return charsets.known(self._parameter(call, "charset", "utf-8"))


def _is_address(url):
    try:
        return bool(url.startswith(("http://", "https://")) and urlsplit(url).hostname)
    except ValueError:
        return False
