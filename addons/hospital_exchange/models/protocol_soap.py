import base64
import contextlib
from xml.sax.saxutils import escape

from lxml import etree
from odoo import api, models

from ..tools import http, soap_client
from ..tools.answers import Verdict
from ..tools.call import Call
from ..tools.errors import ExchangeError
from ..tools.values import as_text, fill, read_json
from ..tools.xml_values import from_xml, to_xml

STYLES = ("arguments", "xml", "cdata", "json")


class HospitalProtocolSoap(models.AbstractModel):
    """SOAP 1.1 and 1.2 as a WSDL describes it, or with the one text argument that many platforms have."""

    _name = "hospital.protocol.soap"
    _inherit = "hospital.protocol.http"
    _description = "Protocol: SOAP"
    _protocol_label = "SOAP"
    _media_type = "text/xml"

    # === PACK ===

    @api.model
    def _check_setup(self, call):
        result = super()._check_setup(call)
        if (style := self._style(call)) not in STYLES:
            raise self._config_error(call, f"parameter body_style is {style!r}, it must be one of {', '.join(STYLES)}")
        return result

    @api.model
    def _url(self, call):
        url = (call.platform.url or "").split("?")[0]
        if not url.startswith(("http://", "https://")):
            raise self._config_error(call, "the address of the platform is none of http:// or https://")
        return url

    @api.model
    def _method(self, call):
        return "POST"

    @api.model
    def _pack(self, call):
        with self._told(call), self._writing(call):
            operation = self._operation(call)
            values, text = self._arguments(call, operation)
            envelope = operation.envelope(self._url(call), values, self._soap_header(call), self._username_token(call))
            if text is not None and self._style(call) == "cdata":
                soap_client.mark_cdata(envelope, text)
            return etree.tostring(envelope, xml_declaration=True, encoding=self._charset(call))

    @api.model
    def _headers(self, call, body):
        own = self._operation(call).headers(self._charset(call))
        return {**super()._headers(call, body), **own}

    @api.model
    def _operation(self, call):
        return soap_client.Operation(
            self._soap_client(call),
            call.interface.path or call.interface.code,
            self._parameter(call, "soap_version"),
            self._parameter(call, "soap_port"),
        )

    @api.model
    def _arguments(self, call, operation):
        """(arguments of the operation, the text among them that holds the payload or None)"""
        fixed = self._fixed_arguments(call)
        if self._style(call) == "arguments":
            return {**fixed, **self._content(call)}, None
        name = self._parameter(call, "body_argument")
        if not name:
            free = [name for name in operation.arguments() if name not in fixed]
            if len(free) != 1:
                raise self._config_error(call, f"parameter body_argument must name one of {', '.join(free) or '?'}")
            name = free[0]
        text = self._text(call)
        return {**fixed, name: text}, text

    @api.model
    def _fixed_arguments(self, call):
        """The parameters `argument:<name>` of the platform."""
        found = {}
        for name, value in call.platform._parameters().items():
            kind, _colon, argument = name.partition(":")
            if kind == "argument" and argument:
                found[argument] = fill(value or "", lambda field: self._value(call, field))
        return found

    @api.model
    def _text(self, call):
        """The payload as the one text."""
        content = self._content(call)
        if self._style(call) == "json":
            return as_text(content)
        try:
            return to_xml(
                content,
                self._parameter(call, "xml_root", "Request"),
                declaration=self._parameter(call, "xml_declaration") == "1",
                encoding=self._charset(call).upper(),
            )
        except ValueError as error:
            raise self._config_error(call, f"the payload cannot be written as XML: {error}")

    @api.model
    def _soap_header(self, call):
        template = self._parameter(call, "soap_header")
        if not template:
            return None
        text = fill(template, lambda name: escape(self._value(call, name)))
        try:
            return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.LxmlError:
            raise self._config_error(call, "parameter soap_header is no XML")

    @api.model
    def _username_token(self, call):
        user = self._parameter(call, "wsse_user")
        if not user:
            return None
        return user, call.platform._secret("wsse_password"), self._parameter(call, "wsse_digest") == "1"

    # === WSDL ===

    @api.model
    def _soap_client(self, call):
        platform = call.platform
        owner = (self.env.cr.dbname, platform.id)
        kept = platform.with_context(bin_size=False).wsdl_file
        content = base64.b64decode(kept) if kept else None
        return soap_client.client_for(
            owner, platform._wsdl_address(), content, lambda url: self._fetch(platform, url, call.timeout)
        )

    @api.model
    def _fetch(self, platform, url, timeout=()):
        """A part of a WSDL. Whatever goes wrong here, the call itself was not sent."""
        errand = Call(platform, None, {}, timeout=tuple(timeout) or (platform.connect_timeout, platform.read_timeout))
        try:
            with contextlib.closing(platform._new_session()) as session:
                answer = http.send(errand, session, "GET", url, largest=soap_client.LARGEST)
        except ExchangeError as error:
            raise ExchangeError("network", detail=f"the WSDL could not be fetched: {error.detail}") from None
        if answer.status != 200:
            raise ExchangeError("network", detail=f"the WSDL could not be fetched from {url}: HTTP {answer.status}")
        return answer.body

    @contextlib.contextmanager
    def _told(self, call):
        try:
            yield
        except soap_client.SoapError as error:
            if error.reason != "arguments":
                raise self._config_error(call, str(error))
            sentence = self.env._(
                "The data for %s does not fit its service description. Correct it and send again.", call.platform.name
            )
            raise ExchangeError("business", sentence, detail=str(error))

    # === UNPACK ===

    @api.model
    def _unpack(self, call, answer):
        try:
            fault, is_envelope = soap_client.open_body(answer.body) if answer.body.strip() else (None, False)
        except soap_client.SoapError as error:
            fault, is_envelope = None, False
            unread = error.detail
        else:
            unread = "the answer is no SOAP envelope"
        if fault:
            raise self._fault_error(call, fault)
        if answer.status >= 500:
            raise ExchangeError("unknown", detail=f"HTTP {answer.status}", code=str(answer.status))
        if answer.status >= 400:
            return {}
        if not is_envelope and not (answer.status == 202 and not answer.body):
            raise ExchangeError("unknown", detail=unread)
        try:
            return self._read_result(call, self._operation(call).result(answer.status, answer.headers, answer.body))
        except (soap_client.SoapError, ValueError) as error:
            raise ExchangeError("unknown", detail=f"the answer cannot be read: {error}")

    @api.model
    def _read_result(self, call, result):
        """The reply of the operation; a single text is opened where the platform puts XML or JSON into it."""
        if self._style(call) != "arguments":
            texts = [value for value in result.values() if isinstance(value, str)] if isinstance(result, dict) else []
            text = result if isinstance(result, str) else texts[0] if len(texts) == 1 else None
            if text is not None:
                return self._opened(text)
        if result is None:
            return {}
        return result if isinstance(result, dict) else {"result": result}

    @api.model
    def _opened(self, text):
        text = text.strip()
        if text.startswith("<"):
            return from_xml(text)
        if text.startswith(("{", "[")):
            reply = read_json(text)
            return reply if isinstance(reply, dict) else {"data": reply}
        return {"result": text}

    @api.model
    def _fault_error(self, call, fault):
        """What a fault means: a mistake of ours is a no, a failure of theirs is no certain answer."""
        kind = fault.kind
        if fault.code in self._parameter(call, "duplicate_values").split(","):
            kind = "duplicate"
        elif kind == "unknown" and self._parameter(call, "server_fault") == "business":
            kind = "business"
        verdict = Verdict(kind, fault.code, fault.words[:300])
        return ExchangeError(
            kind,
            sentence=self._sentence(call, verdict),
            detail=": ".join(filter(None, ("SOAP fault", fault.code, fault.words, fault.detail)))[:2000],
            code=fault.code,
            reply={"fault": {"code": fault.code, "words": fault.words, "detail": fault.detail}},
        )

    @api.model
    def _style(self, call):
        return self._parameter(call, "body_style", "arguments")
