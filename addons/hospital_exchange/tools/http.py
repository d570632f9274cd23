"""HTTP with every failure sorted: surely not sent, or nobody knows.

Nothing is guessed from the words of an error: the connection itself notes when the first byte of a request leaves. And the
whole answer has one time limit, so a far side that sends a byte every second holds nobody up.
"""

import contextlib
import http.client
import io
import os
import ssl
import tempfile
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from .call import Answer
from .errors import ExchangeError

PIECE = 64 * 1024
LARGEST = 20 * 1024 * 1024
REDIRECTS = 3
IDLE = 4.0
"""Seconds after which a kept connection is not trusted any more; servers keep theirs for five and longer."""
KEEPS_METHOD = (307, 308)
CHANGES_METHOD = (301, 302, 303)
MISTAKES = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidProxyURL,
    UnicodeError,
)
FAILURES = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


@dataclass
class Watch:
    """One call while it is on the wire."""

    call: Any
    connect: float
    read: float
    sent: bool = False
    parts: list = field(default_factory=list)
    end: float = 0.0

    def __post_init__(self):
        self.end = time.monotonic() + self.connect + self.read

    def left(self):
        return self.end - time.monotonic()

    def leaves(self):
        """The first byte is on its way: from here on a failure no longer means that nothing was done there."""
        self.sent = self.call.sent = True


_watch = ContextVar("hospital_exchange_watch", default=None)


# === CONNECTIONS ===


class _Reader(io.RawIOBase):
    """Reads from a connection until the time of the whole call is over."""

    def __init__(self, sock, watch):
        self.sock = sock
        self.watch = watch
        self.stream = sock.makefile("rb", buffering=0)

    def readable(self):
        return True

    def readinto(self, buffer):
        left = self.watch.left()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        self.sock.settimeout(min(self.watch.read, left))
        return self.stream.readinto(buffer)

    def close(self):
        self.stream.close()
        return super().close()


class _Timed:
    """What a response of Python reads from, in place of the socket."""

    def __init__(self, sock, watch):
        self.sock = sock
        self.watch = watch

    def makefile(self, *_mode):
        return io.BufferedReader(_Reader(self.sock, self.watch))


class _Response(http.client.HTTPResponse):
    def __init__(self, sock, *arguments, **options):
        watch = _watch.get()
        super().__init__(_Timed(sock, watch) if watch else sock, *arguments, **options)


class _Noting:
    """A connection that notes when a request begins to leave; the greeting of a proxy is none.

    One that was idle for a while is opened anew: the far side may be about to close it, and a request that meets its end
    on the way would have no certain answer.
    """

    response_class = _Response
    connecting = False
    used_at = 0.0

    def request(self, *arguments, **options):
        if self.sock is not None and time.monotonic() - self.used_at > IDLE:
            self.close()
        return super().request(*arguments, **options)

    def getresponse(self):
        try:
            return super().getresponse()
        finally:
            self.used_at = time.monotonic()

    def connect(self):
        self.connecting = True
        try:
            return super().connect()
        finally:
            self.connecting = False

    def send(self, data):
        if self.sock is None and self.auto_open:
            self.connect()
        if not self.connecting and (watch := _watch.get()):
            watch.leaves()
            self.sock.settimeout(max(watch.left(), 0.001))  # a long body may take longer than a connection may
        return super().send(data)


class _PlainConnection(_Noting, HTTPConnection):
    pass


class _TlsConnection(_Noting, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOLS = {"http": _PlainPool, "https": _TlsPool}


class Adapter(HTTPAdapter):
    """Connections of ours; TLS as the platform is set up."""

    def __init__(self, make_context=None):
        self.make_context = make_context or tls_context
        self.context = None
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        made = super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS
        return made

    def proxy_manager_for(self, *arguments, **options):
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_connection_pool_key_attributes(self, request, verify, cert=None):
        host, options = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            if self.context is None:
                self.context = self.make_context()
            options["ssl_context"] = self.context
        return host, options


def tls_context(trusted="", certificate=b"", key=b"", password=None):
    """Verified always; authorities of the hospital's own are added to those that everybody trusts.

    :param trusted: certificates in PEM
    :param certificate: ours in PEM, with `key`
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if path := os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE"):
        is_folder = Path(path).is_dir()
        context.load_verify_locations(capath=path) if is_folder else context.load_verify_locations(path)
    if trusted:
        context.load_verify_locations(cadata=trusted)
    if certificate:
        # OpenSSL reads a key from a file only; this one is nobody else's and gone at once
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(certificate + b"\n" + key)
            file.flush()
            context.load_cert_chain(file.name, password=password)
    return context


class _Session(requests.Session):
    def get_redirect_target(self, resp):
        """Nowhere: where an answer sends us on to is looked at in `send`."""


def new_session(make_context=None, proxies=None):
    """A session that asks the environment for nothing: no proxies, no passwords of a .netrc."""
    session = _Session()
    session.trust_env = False
    session.proxies = proxies or {}
    adapter = Adapter(make_context)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


# === CALLS ===


def send(call, session, method, url, headers=None, body=None, sign=None, largest=LARGEST):
    """One request and its whole answer, or the one typed error. `call.sent` says exactly whether a byte left.

    :param session: from `new_session`; others are given our connections here
    :param sign: `sign(method, path, body) -> headers`, asked for what goes over the wire
    """
    connect, read = call.timeout
    with watching(call, connect, read, urlsplit(url).netloc) as watch:
        if not isinstance(session.get_adapter(url), Adapter):
            session.mount(url, Adapter())
        for _hop in range(REDIRECTS + 1):
            request = session.prepare_request(requests.Request(method, url, headers, data=body))
            if sign:
                request.headers.update(sign(method, request.path_url, request.body or b""))
            with contextlib.closing(
                session.send(request, stream=True, timeout=(connect, read), allow_redirects=False)
            ) as response:
                _read(response, watch, largest)
            answer = Answer(response.status_code, response.headers, b"".join(watch.parts))
            call.evidence.http_status = answer.status
            call.evidence.reply_body = answer.body
            url = _elsewhere(method, url, answer)
            if not url:
                return answer
        raise ExchangeError("unknown", detail=f"the platform sent us on more than {REDIRECTS} times")


@contextlib.contextmanager
def watching(call, connect, read, host=""):
    """Calls through sessions of ours in this block are timed as a whole, and their failures sorted."""
    watch = Watch(call, connect, read)
    call.sent = False
    token = _watch.set(watch)
    try:
        yield watch
    except ExchangeError:
        raise
    except (*MISTAKES, *FAILURES) as error:
        call.evidence.reply_body = call.evidence.reply_body or b"".join(watch.parts)[:PIECE]
        raise sorted_failure(error, watch.sent, host, connect + read)
    finally:
        _watch.reset(token)


def sorted_failure(error, sent=None, host="", limit=0):
    """The typed error for what requests or urllib3 raised.

    :param sent: whether a byte of the request left; None where nobody noted it
    """
    if isinstance(error, MISTAKES) and not sent:
        return ExchangeError("config", detail=f"address or headers cannot be sent: {type(error).__name__}")
    if sent is None:
        sent = not _surely_not_sent(error)
    if not sent:
        return ExchangeError("network", detail=f"{host} was not reached: {_cause(error)}")
    if _is_timeout(error):
        return ExchangeError("unknown", detail=f"{host} did not answer completely within {limit:g} s")
    what = "the answer of {} cannot be unpacked" if _is_damaged(error) else "the connection to {} was lost"
    return ExchangeError("unknown", detail=f"{what.format(host)}: {_cause(error)}")


def _chain(error):
    """An error and what it was raised for."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return seen


def _surely_not_sent(error):
    never = (requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)
    return any(isinstance(one, never) for one in _chain(error))


def _is_timeout(error):
    return any(isinstance(one, (TimeoutError, urllib3.exceptions.TimeoutError)) for one in _chain(error))


def _is_damaged(error):
    return any(isinstance(one, urllib3.exceptions.DecodeError) for one in _chain(error))


def _cause(error):
    """The innermost words, which name hosts and ports and nothing of a patient."""
    last = _chain(error)[-1]
    return f"{type(last).__name__}: {last}"


def _read(response, watch, largest):
    watch.parts.clear()
    size = 0
    while piece := response.raw.read(PIECE, decode_content=True):
        watch.parts.append(piece)
        size += len(piece)
        if size > largest:
            raise ExchangeError("unknown", detail=f"the answer is longer than {largest // 1024} kB")


def _elsewhere(method, url, answer):
    """Where the platform sends us on to, if that is on the same host; elsewhere nothing of ours is sent."""
    target = answer.headers.get("Location")
    if answer.status not in KEEPS_METHOD + CHANGES_METHOD or not target:
        return None
    target = urljoin(url, target)
    here, there = (urlsplit(address)[:2] for address in (url, target))
    if here == there and (answer.status in KEEPS_METHOD or method == "GET"):
        return target
    # those that keep the method promise that nothing was done yet, the others do not
    kind = "config" if answer.status in KEEPS_METHOD else "unknown"
    raise ExchangeError(kind, detail=f"HTTP {answer.status}: the platform sends us on to {'//'.join(there)}")
