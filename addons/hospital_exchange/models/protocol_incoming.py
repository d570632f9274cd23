import json
import time

from odoo import api, models

from ..tools import signing
from ..tools.call import Incoming
from ..tools.inbound import bodies, soap
from ..tools.inbound.refusal import REASONS, RefusalError

LONGEST_NAME = 128
OURS = {"busy", "config", "internal"}
"""Refusals that are no mistake of the other side: it may repeat the same call."""


class HospitalProtocol(models.AbstractModel):
    """Calls in: is it them, what do they want, and how is it said. Plain values in and out, no record read or written.

    A platform is given as its `Door`, a call as an `InboundRequest`. A family with a dialect of its own overrides
    `_verify`, `_reply` and `_error_reply`; for other codes and names the parameters of the platform are enough.
    """

    _inherit = "hospital.protocol"

    # === IN ===

    @api.model
    def _verify(self, platform, request):
        """The call as far as it can be believed, or a RefusalError."""
        if platform.signing == "none":
            self._inbound_envelope(request)
            return self._inbound_call(platform, request, request.header(signing.REQUEST), "")
        try:
            signing.check(
                platform.signing,
                self._inbound_key(platform),
                request.headers,
                request.method,
                request.path,
                request.body,
            )
        except signing.SigningError as error:
            raise RefusalError("missing" if error.reason == "missing" else "signature", detail=error.detail) from None
        self._inbound_clock(platform, request.header(signing.TIMESTAMP))
        nonce = request.header(signing.NONCE)
        if not nonce.isprintable() or len(nonce) > LONGEST_NAME:
            raise RefusalError("missing", detail="the nonce is longer than 128 characters")
        self._inbound_envelope(request)
        return self._inbound_call(platform, request, request.header(signing.REQUEST), nonce)

    @api.model
    def _inbound_key(self, platform):
        symmetric = platform.signing in signing.SYMMETRIC
        return platform.secret("peer_key", required=not symmetric) or platform.secret("sign_key")

    @api.model
    def _inbound_clock(self, platform, timestamp):
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise RefusalError("expired", detail="the timestamp is no number of seconds")
        if abs(time.time() - int(timestamp)) > platform.clock_skew:
            raise RefusalError("expired", detail="the clocks are too far apart, or the call was kept back")

    @api.model
    def _inbound_envelope(self, request):
        if request.kind == "soap" and request.soap is None:
            request.soap = soap.open_envelope(bodies.from_xml(request.plain))

    @api.model
    def _inbound_call(self, platform, request, request_id, nonce):
        code = self._inbound_operation(platform, request)
        payload = self._inbound_payload(platform, request, code)
        if not request_id and (path := platform.parameter("in_request_id_path")):
            request_id = _at(payload, path)
        request_id = str(request_id or "").strip()
        if len(request_id) > LONGEST_NAME or not request_id.isprintable():
            raise RefusalError("request_id", detail="the request number is longer than 128 characters")
        return Incoming(operation=code, request_id=request_id, payload=payload, nonce=nonce)

    @api.model
    def _inbound_operation(self, platform, request):
        if request.kind == "json":
            return request.operation
        wanted = request.soap.operation
        return next((code for code in platform.operations if soap.xml_name(code) == wanted), "")

    @api.model
    def _inbound_payload(self, platform, request, code):
        if request.kind == "soap":
            return soap.payload_of(request.soap.content, self._inbound_schema(platform, code, "request"))
        if request.method == "GET":
            return self._inbound_query(request)
        return bodies.from_json(request.plain, request.charset)

    @api.model
    def _inbound_query(self, request):
        payload = dict(request.query)
        if len(payload) != len(request.query):
            raise RefusalError("malformed", detail="a name stands twice in the address")
        bodies.check_values(payload)
        return payload

    @api.model
    def _inbound_schema(self, platform, code, part):
        """The field lines of an operation as a schema; None when it has none."""
        operation = platform.operations.get(code)
        return self.env["hospital.interface"].browse(operation.id)._wire_schema(part) if operation else None

    # === OUT ===

    @api.model
    def _reply(self, platform, request, incoming, reply):
        """(HTTP status, headers, body) of an answer."""
        code = platform.parameter("in_ok_code", "0")
        message = platform.parameter("in_ok_message", "OK")
        answer = self._inbound_answer(platform, code, message, incoming.request_id, reply)
        if request.kind == "soap":
            schema = self._inbound_schema(platform, incoming.operation, "reply")
            envelope = request.soap
            body = soap.reply_envelope(envelope.version, platform.code, envelope.operation, answer, schema)
            return 200, {"Content-Type": soap.MEDIA[envelope.version]}, body
        return 200, {"Content-Type": "application/json; charset=utf-8"}, self._inbound_json(answer)

    @api.model
    def _error_reply(self, platform, request, reason, sentence, request_id=""):
        """(HTTP status, headers, body) of a refusal, in the codes of the platform."""
        code = platform.parameter(f"in_code_{reason}", reason)
        status = REASONS[reason] if platform.parameter("in_http_status") == "by reason" else 200
        if request.kind == "soap":
            version = request.soap.version if request.soap else self._inbound_soap_version(request)
            body = soap.fault_envelope(version, code, sentence, reason in OURS)
            return status, {"Content-Type": soap.MEDIA[version]}, body
        answer = self._inbound_answer(platform, code, sentence, request_id, None)
        return status, {"Content-Type": "application/json; charset=utf-8"}, self._inbound_json(answer)

    @api.model
    def _inbound_answer(self, platform, code, message, request_id, reply):
        """Where the platform looks for code, message, request number and data; an empty parameter leaves one out."""
        answer = {}
        if platform.parameter("in_code_type") == "number" and code.lstrip("-").isdigit():
            code = int(code)
        for name, default, value in (
            ("in_code_path", "code", code),
            ("in_message_path", "message", message),
            ("in_request_path", "request", request_id or None),
        ):
            if (path := platform.parameter(name, default)) and value is not None:
                _put(answer, path, value)
        if reply is not None:
            if path := platform.parameter("in_data_path", "data"):
                _put(answer, path, reply)
            else:
                answer = {**reply, **answer}
        return answer

    @api.model
    def _inbound_soap_version(self, request):
        """When there is no envelope to go by."""
        return soap.SOAP12 if "application/soap+xml" in request.header("content-type") else soap.SOAP11

    @staticmethod
    def _inbound_json(answer):
        return json.dumps(answer, ensure_ascii=False).encode()

    # === WORDS ===

    @api.model
    def _inbound_sentence(self, reason):
        sentences = {
            "platform": self.env._("There is no such address."),
            "disabled": self.env._("This platform is switched off here."),
            "address": self.env._("Calls from this address are not accepted."),
            "hours": self.env._("Calls are not served at this time of the day."),
            "rate": self.env._("Too many calls. Wait a minute and call more slowly."),
            "size": self.env._("The call is too large."),
            "method": self.env._("This operation is called with another HTTP method."),
            "missing": self.env._("The call is not signed completely."),
            "signature": self.env._("The signature is wrong."),
            "expired": self.env._("The time of the call is too far from ours. Set the clock and sign again."),
            "replayed": self.env._("This call was received already. Sign again with a new nonce."),
            "malformed": self.env._("The call cannot be read."),
            "operation": self.env._("There is no such operation."),
            "request_id": self.env._("The call has no usable request number."),
            "schema": self.env._("The call is not as agreed."),
            "conflict": self.env._("Another call was made under this request number. Use a new number."),
            "busy": self.env._("This call is being worked on. Repeat it in a moment under the same number."),
            "business": self.env._("This cannot be done."),
            "config": self.env._("The hospital has not set this up completely."),
            "internal": self.env._("The hospital's system made a mistake; its IT was told. Repeat the call later."),
        }
        return sentences[reason]


def _at(payload, path):
    for name in path.split("."):
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload if isinstance(payload, (str, int)) and not isinstance(payload, bool) else ""


def _put(answer, path, value):
    *above, last = path.split(".")
    for name in above:
        answer = answer.setdefault(name, {})
    answer[last] = value
