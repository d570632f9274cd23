"""SOAP 1.1 and 1.2, document/literal: envelopes opened and closed, and payloads in and out of their elements."""

import json
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from .bodies import check_values, from_json
from .refusal import RefusalError

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
MEDIA = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}
NOT_A_NAME = re.compile(r"[^\w.\-]", re.ASCII)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
PLAIN = {"type": "string"}
PLAIN_NAME = "data"
"""Without field lines the one element of a request or a reply: the payload as JSON."""


@dataclass
class Envelope:
    version: str
    operation: str
    content: Any


def namespace(platform):
    return f"urn:hospital:exchange:{platform}"


def xml_name(name):
    """A name of a payload as the name of an element."""
    name = NOT_A_NAME.sub("_", name)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def open_envelope(root):
    """What the body of an envelope asks for."""
    tag = etree.QName(root)
    if tag.localname != "Envelope" or tag.namespace not in MEDIA:
        raise RefusalError("malformed", detail="not a SOAP 1.1 or 1.2 envelope")
    version = tag.namespace
    header = root.find(f"{{{version}}}Header")
    if header is not None and any(_must_be_understood(entry, version) for entry in header):
        raise RefusalError("malformed", detail="a header that must be understood and is not")
    body = root.find(f"{{{version}}}Body")
    if body is None or len(body) != 1:
        raise RefusalError("malformed", detail="the SOAP body does not hold exactly one element")
    return Envelope(version, etree.QName(body[0]).localname, body[0])


def _must_be_understood(entry, version):
    return entry.get(f"{{{version}}}mustUnderstand", "").strip() in ("1", "true")


# === IN ===


def payload_of(element, schema):
    """The payload that an element carries."""
    if schema is None:
        text = element.findtext("{*}" + PLAIN_NAME)
        return from_json(text.encode()) if (text or "").strip() else {}
    payload = _object(element, schema)
    check_values(payload)
    return payload


def _object(element, schema):
    properties = {xml_name(name): (name, inner) for name, inner in (schema.get("properties") or {}).items()}
    values = {}
    for child in element:
        local = etree.QName(child).localname
        name, inner = properties.get(local, (local, PLAIN))
        if inner.get("type") == "array":
            values.setdefault(name, []).append(_value(child, inner.get("items") or PLAIN))
        elif name in values:
            raise RefusalError("malformed", detail="an element stands twice that is no list")
        else:
            values[name] = _value(child, inner)
    return values


def _value(element, schema):
    if element.get(NIL) in ("true", "1"):
        return None
    kind = schema.get("type")
    if kind == "object" or len(element):
        return _object(element, schema)
    text = element.text or ""
    if kind == "integer" and re.fullmatch(r"\s*[+-]?\d{1,400}\s*", text, re.ASCII):
        return int(text)
    if kind == "number" and re.fullmatch(r"\s*[+-]?\d{1,20}(\.\d{1,20})?\s*", text, re.ASCII):
        return float(text)
    if kind == "boolean" and text.strip() in ("true", "false", "1", "0"):
        return text.strip() in ("true", "1")
    return text  # what does not fit is named by the check of the field lines


# === OUT ===


def reply_envelope(version, platform, operation, answer, schema):
    """An answer: code, message, request and the data as the reply's field lines have it."""
    ns = namespace(platform)
    envelope, body = _envelope(version)
    reply = etree.SubElement(body, f"{{{ns}}}{xml_name(operation)}Response", nsmap={None: ns})
    for name, value in answer.items():
        if name == PLAIN_NAME and schema is None:
            value = json.dumps(value, ensure_ascii=False)
        _append(reply, name, value, ns)
    return _bytes(envelope)


def fault_envelope(version, code, sentence, ours):
    """A refusal. `ours`: the mistake is on this side, the same request may be repeated."""
    envelope, body = _envelope(version)
    fault = etree.SubElement(body, f"{{{version}}}Fault")
    sentence = _text(sentence)
    if version == SOAP11:
        # SOAP 1.1 has the parts of a fault without a namespace
        etree.SubElement(fault, "faultcode").text = f"soap:{'Server' if ours else 'Client'}"
        etree.SubElement(fault, "faultstring").text = sentence
        detail = etree.SubElement(fault, "detail")
    else:
        value = etree.SubElement(etree.SubElement(fault, f"{{{version}}}Code"), f"{{{version}}}Value")
        value.text = f"soap:{'Receiver' if ours else 'Sender'}"
        reason = etree.SubElement(etree.SubElement(fault, f"{{{version}}}Reason"), f"{{{version}}}Text")
        reason.set("{http://www.w3.org/XML/1998/namespace}lang", "zh" if not sentence.isascii() else "en")
        reason.text = sentence
        detail = etree.SubElement(fault, f"{{{version}}}Detail")
    etree.SubElement(detail, "code").text = _text(code)
    etree.SubElement(detail, "message").text = sentence
    return _bytes(envelope)


def _envelope(version):
    envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"soap": version})
    return envelope, etree.SubElement(envelope, f"{{{version}}}Body")


def _append(parent, name, value, ns):
    if isinstance(value, list):
        for item in value:
            _append(parent, name, item, ns)
        return
    element = etree.SubElement(parent, f"{{{ns}}}{xml_name(str(name))}")
    if isinstance(value, dict):
        for inner, below in value.items():
            _append(element, inner, below, ns)
    elif value is None:
        element.set(NIL, "true")
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    else:
        element.text = _text(str(value))


def _text(text):
    return NOT_XML.sub("", text)


def _bytes(envelope):
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
