"""SOAP by zeep: what a WSDL says is read once per process, envelopes are made and read, and nothing is sent here."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import urlsplit

import zeep
from lxml import etree
from zeep.helpers import serialize_object
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding
from zeep.wsse.username import UsernameToken

from .plain import plain

LARGEST = 5 * 1024 * 1024
MOST_PARTS = 60
KEPT = 50
ENVELOPES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "1.1",
    "http://www.w3.org/2003/05/soap-envelope": "1.2",
}
OUR_FAULT = {"Client", "Sender"}
SETUP_FAULT = {"VersionMismatch", "MustUnderstand", "DataEncodingUnknown"}
UNREADABLE = (
    zeep.exceptions.Error,
    etree.LxmlError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)
"""What zeep raises for a WSDL, a payload or an answer that does not fit."""

_clients = OrderedDict()
_lock = threading.Lock()


class SoapError(Exception):
    """:param reason: ``wsdl``, ``operation``, ``port``, ``shape``, ``arguments`` or ``answer``"""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass
class Fault:
    code: str = ""
    words: str = ""
    detail: str = ""

    @property
    def kind(self):
        """Their side or ours: a server that failed in the midst may have done it."""
        family = self.code.partition(".")[0]
        if family in OUR_FAULT:
            return "business"
        return "config" if family in SETUP_FAULT else "unknown"


# === WSDL ===


class _Loader(zeep.Transport):
    """Gives the parts of a WSDL: the one we have, others from the host it came from, nothing from this machine."""

    def __init__(self, address, content, fetch):
        super().__init__()
        self.address = address
        self.content = content
        self.fetch = fetch
        self.parts = 0

    def load(self, url):
        if url == self.address and self.content is not None:
            return self.content
        here, there = urlsplit(self.address), urlsplit(url or "")
        if there.scheme not in ("http", "https") or there.netloc != here.netloc:
            raise SoapError("wsdl", f"it leads to {there.scheme or 'a file'}://{there.netloc}, which is not read")
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise SoapError("wsdl", f"it has more than {MOST_PARTS} parts")
        return self.fetch(url)


def client_for(owner, address, content, fetch):
    """The client of a WSDL, made once per process.

    :param owner: whose it is: two platforms share nothing
    :param content: the WSDL itself; None: it is fetched from `address`
    :param fetch: `fetch(url) -> bytes`
    """
    mark = (owner, address, hashlib.sha256(content).hexdigest() if content is not None else None)
    with _lock:
        if mark in _clients:
            _clients.move_to_end(mark)
            return _clients[mark]
    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xsd_ignore_sequence_order=True)
    try:
        client = zeep.Client(address, transport=_Loader(address, content, fetch), settings=settings)
    except (*UNREADABLE, RecursionError) as error:
        raise SoapError("wsdl", f"{type(error).__name__}: {error}"[:500]) from None
    with _lock:
        _clients[mark] = client
        while len(_clients) > KEPT:
            _clients.popitem(last=False)
    return client


def forget(owner):
    with _lock:
        for mark in [mark for mark in _clients if mark[0] == owner]:
            del _clients[mark]


class Operation:
    """One operation of one port."""

    def __init__(self, client, name, version="", port=""):
        self.client = client
        self.binding = self._binding(version, port)
        try:
            self.operation = self.binding.get(name)
        except (LookupError, ValueError):
            known = ", ".join(sorted(self.binding._operations)[:40])
            raise SoapError("operation", f"there is no operation {name!r}; there are: {known}") from None
        self.name = name

    def _binding(self, version, name):
        wanted = {"1.1": Soap11Binding, "1.2": Soap12Binding, "": (Soap11Binding, Soap12Binding)}.get(version, ())
        for service in self.client.wsdl.services.values():
            for port in service.ports.values():
                if isinstance(port.binding, wanted) and name in ("", port.name):
                    return port.binding
        raise SoapError("port", f"no port {name} of SOAP {version}".replace("  ", " "))

    @property
    def version(self):
        return "1.2" if isinstance(self.binding, Soap12Binding) else "1.1"

    def arguments(self):
        """The names of what the operation takes."""
        return [name for name, _element in _elements(self.operation.input)]

    def envelope(self, address, values, header=None, token=None):
        """The envelope with these arguments; `token`: (user, password, whether as digest)."""
        options = {"_soapheaders": [header]} if header is not None else {}
        try:
            envelope, _headers = self.binding._create(
                self.name, (), {**values, **options}, client=self.client, options={"address": address}
            )
            if token:
                envelope, _headers = UsernameToken(*token[:2], use_digest=token[2]).apply(envelope, {})
        except (zeep.exceptions.ValidationError, ValueError) as error:
            words = str(error) if isinstance(error, zeep.exceptions.Error) else "a value of the wrong type"
            raise SoapError("arguments", words[:500]) from None
        except UNREADABLE as error:
            raise SoapError("shape", f"{type(error).__name__}: {error}"[:500]) from None
        return envelope

    def headers(self, charset):
        """The headers of HTTP that belong to the version and the operation."""
        about = SimpleNamespace(headers={})
        self.binding._set_http_headers(about, self.operation)
        if self.version == "1.1":
            about.headers["SOAPAction"] = f'"{self.operation.soapaction}"'
        return {name: value.replace("utf-8", charset.upper()) for name, value in about.headers.items()}

    def result(self, status, headers, body):
        """What the answer says, as plain values."""
        response = SimpleNamespace(status_code=status, headers=headers, content=body, encoding="utf-8")
        try:
            found = serialize_object(self.binding.process_reply(self.client, self.operation, response), dict)
        except UNREADABLE as error:
            raise SoapError("answer", f"{type(error).__name__}: {error}"[:500]) from None
        if missing := self._missing(found):  # zeep leaves out in silence what it does not know
            raise SoapError("answer", f"the answer has no {', '.join(missing)}")
        return plain(found)

    def _missing(self, found):
        """What the answer must have and has not."""
        elements = _elements(self.operation.output)
        if len(elements) == 1 and not isinstance(found, dict):
            found = {elements[0][0]: found}
        found = found or {}
        return [
            name
            for name, element in elements
            if getattr(element, "min_occurs", 0) and not getattr(element, "nillable", False) and found.get(name) is None
        ]


def _elements(message):
    """[(name, element)] of what stands in the body of a message."""
    return list(getattr(getattr(message.body, "type", None), "elements", None) or ())


# === ENVELOPES ===


def open_body(body):
    """(Fault or None, whether it is an envelope at all); raises SoapError when it cannot be read."""
    try:
        root = etree.fromstring(body, _parser())
    except etree.LxmlError as error:
        raise SoapError("answer", f"{type(error).__name__}: {error}"[:200]) from None
    if root.getroottree().docinfo.doctype:
        raise SoapError("answer", "the answer has a DOCTYPE")
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in ENVELOPES:
        return None, False
    fault = root.find(f"{{{name.namespace}}}Body/{{{name.namespace}}}Fault")
    return (None if fault is None else _fault(fault, name.namespace)), True


def _parser():
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _fault(fault, namespace):
    if ENVELOPES[namespace] == "1.1":
        code = fault.findtext("faultcode") or ""
        words = fault.findtext("faultstring") or ""
        detail = fault.find("detail")
    else:
        code = fault.findtext(f"{{{namespace}}}Code/{{{namespace}}}Value") or ""
        words = fault.findtext(f"{{{namespace}}}Reason/{{{namespace}}}Text") or ""
        detail = fault.find(f"{{{namespace}}}Detail")
    text = " ".join("".join(detail.itertext()).split()) if detail is not None else ""
    return Fault(code.strip().rpartition(":")[2], words.strip(), text)


def mark_cdata(envelope, text):
    """Have one text written as CDATA: some platforms look for it with their own eyes."""
    for element in envelope.iter():
        if element.text == text:
            element.text = etree.CDATA(text)
