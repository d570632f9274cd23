import logging
import re
import time

from odoo import api, http
from odoo.http import HttpDispatcher, Response, request

from ..tools import signing
from ..tools.inbound import bodies, soap
from ..tools.inbound.answering import RETRIED, Answering
from ..tools.inbound.refusal import RefusalError
from ..tools.inbound.request import InboundRequest
from ..tools.inbound.throttle import Buckets, share
from ..tools.inbound.wsdl import wsdl

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_calls = Buckets()


class QueryFilter(logging.Filter):
    """What a partner asks for in an address may name a patient and belongs into no log."""

    PATTERN = re.compile(r"(/exchange/[^\s?]*)\?[^\s\"]*")

    def filter(self, record):
        message = record.getMessage()
        if "/exchange/" in message and "?" in message:
            record.msg, record.args = self.PATTERN.sub(r"\1?…", message), ()
        return True


logging.getLogger("werkzeug").addFilter(QueryFilter())


class ExchangeDispatcher(HttpDispatcher):
    """Calls of outside platforms: the body is not touched before its size is looked at, and every answer is ours.

    Odoo's own dispatcher reads forms and files, of any size, before the controller runs.
    """

    routing_type = "exchange"
    mimetypes = ()

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        try:
            return self.request.registry["ir.http"]._dispatch(endpoint)
        except RETRIED as error:
            error.loglevel = logging.WARNING  # after the last try it becomes an answer, not a trace in the log
            raise

    def handle_error(self, exc):
        """Only what failed five times because others were at the same rows comes this way, or a mistake of ours."""
        status, headers, body = 503, {"Content-Type": "application/json; charset=utf-8"}, b'{"code": "internal"}'
        answering = getattr(self.request, "exchange_answering", None)
        if answering:
            status, headers, body = answering.after_failure("busy" if isinstance(exc, RETRIED) else "internal")
        return Response(body, status=status, headers=headers)


class Exchange(http.Controller):
    """Where outside platforms call the hospital."""

    @http.route(
        "/exchange/<platform>/<path:operation>",
        type="exchange",
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def call_json(self, platform, operation):
        return self._answer(platform, "json", operation)

    @http.route(
        "/exchange/<platform>/soap", type="exchange", auth="none", csrf=False, save_session=False, readonly=False
    )
    def call_soap(self, platform):
        return self._answer(platform, "soap", "")

    def _answer(self, code, kind, operation):
        started = time.monotonic()
        env = api.Environment(request.env.cr, api.SUPERUSER_ID, {})
        door = env["hospital.platform"]._door(code) if CODE.fullmatch(code) else None
        if door is None:
            return self._unknown(env, kind)
        env = env(context={"lang": door.lang})
        httprequest = request.httprequest
        call = InboundRequest(
            method=httprequest.method,
            path=signing.wire_path(httprequest.environ),
            operation=operation,
            kind=kind,
            headers={name.lower(): value for name, value in httprequest.headers.items()},
            query=list(httprequest.args.items(multi=True)),
            body=b"",
            plain=b"",
            charset=httprequest.mimetype_params.get("charset", "utf-8"),
            address=httprequest.remote_addr or "",
            started=started,
        )
        answering = request.exchange_answering = Answering(env, door, call)

        def work():
            self._let_in(env, door, call)
            if kind == "soap" and call.method == "GET":
                return self._wsdl(env, door)
            self._read(httprequest, door, call)
            return answering.serve()

        return self._response(answering.run(work))

    def _let_in(self, env, door, call):
        """Before a byte of the body is read."""
        if door.mode == "disabled":
            raise RefusalError("disabled")
        if not door.lets_in(call.address):
            raise RefusalError("address")
        if not door.is_open():
            raise RefusalError("hours")
        if not _calls.take((env.cr.dbname, door.id, call.address), share(door.rate)):
            raise RefusalError("rate")
        if call.kind == "soap" and call.method not in ("GET", "POST"):
            raise RefusalError("method")

    def _read(self, httprequest, door, call):
        call.body = bodies.read(httprequest, door.largest)
        call.plain = bodies.unpack(call.body, call.header("content-encoding"), door.largest)

    def _wsdl(self, env, door):
        interfaces = env["hospital.interface"]
        operations = {
            soap.xml_name(code): tuple(
                interfaces.browse(operation.id)._wire_schema(part) for part in ("request", "reply")
            )
            for code, operation in door.operations.items()
        }
        location = f"{request.httprequest.host_url.rstrip('/')}/exchange/{door.code}/soap"
        body = wsdl(door.code, location, operations, ("code", "message", "request"))
        return 200, {"Content-Type": "text/xml; charset=utf-8"}, body

    def _unknown(self, env, kind):
        """Nothing is known of who calls: the plainest answer, and nothing is written."""
        sentence = env["hospital.protocol"]._inbound_sentence("platform")
        if kind == "soap":
            body = soap.fault_envelope(soap.SOAP11, "platform", sentence, ours=False)
            return self._response((404, {"Content-Type": soap.MEDIA[soap.SOAP11]}, body))
        body = env["hospital.protocol"]._inbound_json({"code": "platform", "message": sentence})
        return self._response((404, {"Content-Type": "application/json; charset=utf-8"}, body))

    def _response(self, answer):
        status, headers, body = answer
        return Response(body, status=status, headers={**headers, "Cache-Control": "no-store"})
