"""A platform for tests: a real HTTP server in a thread, which answers what the test tells it and remembers every request."""

import contextlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from odoo.addons.hospital_exchange.tests.exchange_common import ExchangeCase
from odoo.addons.hospital_exchange.tools.call import Call
from odoo.addons.hospital_exchange.tools.perform import perform


@dataclass
class Request:
    method: str
    path: str
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer_request(self):
        answers = self.server.answers
        time.sleep(self.server.pause)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
        if answers is not self.server.answers:
            return  # it was on its way so long that the next test has begun
        self.server.requests.append(request)
        self.server.connections.add(self.client_address)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        with contextlib.suppress(OSError):
            answer(self, request)

    def do_GET(self):
        self.answer_request()

    def do_POST(self):
        self.answer_request()

    def do_PUT(self):
        self.answer_request()

    def do_PATCH(self):
        self.answer_request()

    def do_DELETE(self):
        self.answer_request()

    def reply(self, status=200, body=b"", headers=None):
        lines = [f"HTTP/1.1 {status} Here", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {"Content-Type": "application/json"}).items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    def log_message(self, *_arguments):
        """Quiet: the test looks at the requests."""


class HttpFarSide(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.server_port}/api"
        self.requests = []
        self.connections = set()
        self.pause = 0
        self.answer({})
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is what these tests are about."""

    def answer(self, *answers):
        """A reply to be sent as JSON, or a function of below, per request; the last one repeats."""
        self.requests.clear()
        self.pause = 0
        self.answers = [answer if callable(answer) else says(answer) for answer in answers]

    def stop(self):
        self.shutdown()
        self.server_close()


# === ANSWERS ===


def says(reply, status=200, headers=None):
    body = reply if isinstance(reply, bytes) else json.dumps(reply, ensure_ascii=False).encode()
    return lambda handler, _request: handler.reply(status, body, headers)


def silent(seconds):
    return lambda _handler, _request: time.sleep(seconds)


def reset(after=b""):
    """The connection is cut hard, after these bytes of an answer."""

    def cut(handler, _request):
        handler.wfile.write(after)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()

    return cut


def drips(data, pause):
    """A byte at a time: the time-out of a single read never comes."""

    def drip(handler, _request):
        for byte in data:
            handler.wfile.write(bytes([byte]))
            time.sleep(pause)

    return drip


@contextlib.contextmanager
def nobody_there():
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextlib.contextmanager
def nobody_accepts():
    """An address where connections are neither taken nor refused: its queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _place in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


# === CASE ===


class HttpCase(ExchangeCase):
    """Platform and interfaces of `ExchangeCase`, spoken to over real HTTP."""

    protocol = "hospital.protocol.http_json"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far = HttpFarSide()
        cls.addClassCleanup(cls.far.stop)
        cls.platform.write(
            {"protocol": cls.protocol, "url_test": cls.far.url, "connect_timeout": 0.5, "read_timeout": 5}
        )
        for interface in cls.interfaces.values():
            interface.path = interface.code

    def setUp(self):
        super(ExchangeCase, self).setUp()
        self.registry_enter_test_mode()
        self.far.answer({})

    def parameters(self, **values):
        """Rows of the platform; a name with `__` stands for the `:` of `header:X` and the like."""
        lines = self.env["hospital.platform.parameter"]
        for name, value in values.items():
            name = name.replace("__", ":")
            self.platform.parameter_ids.filtered(lambda line: line.name == name).unlink()
            if value is not None:
                lines.create({"platform_id": self.platform.id, "name": name, "value": value})

    def secret(self, name, value):
        lines = self.platform.secret_ids.filtered(lambda line: line.name == name)
        lines.unlink()
        self.env["hospital.secret"].create({"platform_id": self.platform.id, "name": name, "value": value})

    def call(self, interface=None, payload=None, session=None, **values):
        """One call through the protocol, with everything sorted."""
        interface = interface or self.upsert
        payload = {"id": "1"} if payload is None else payload
        options = {"number": "N1", "key": "K1", "timeout": self.platform._timeouts(interface), **values}
        call = Call(self.platform, interface, payload, session=session, **options)
        return perform(self.platform._protocol(), call)

    def assert_fails(self, kind, outcome):
        self.assertTrue(outcome.error, f"{kind} expected, answered {outcome.reply}")
        self.assertEqual(outcome.kind, kind, outcome.error.detail)
        return outcome
