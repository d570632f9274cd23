"""Bytes that anybody may have sent, turned into plain values or refused. No limit here depends on good will."""

import json
import math
import zlib

from lxml import etree
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from .refusal import RefusalError

DEEPEST = 32
CHARSETS = {"utf-8", "utf8", "us-ascii", "gbk", "gb2312", "gb18030"}
XML_CHARSETS = {*CHARSETS, "iso-8859-1"}
GZIP = 16 + zlib.MAX_WBITS


def read(httprequest, limit):
    """The body as it came over the wire, never more than `limit` bytes of it."""
    httprequest.max_content_length = limit + 1  # a body in chunks is cut there without a word
    if (httprequest.content_length or 0) > limit:
        raise RefusalError("size")
    try:
        body = httprequest.get_data()  # kept there: Odoo runs a request again after a serialization failure
    except RequestEntityTooLarge:
        raise RefusalError("size") from None
    except (ClientDisconnected, OSError, ValueError):
        raise RefusalError("malformed", detail="the body ended before its end") from None
    if len(body) > limit:
        raise RefusalError("size")
    return body


def unpack(body, encoding, limit):
    """The body without its packing; a small body that unpacks into a large one is refused as large."""
    encoding = (encoding or "identity").strip().lower()
    if encoding == "identity":
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise RefusalError("malformed", detail="Content-Encoding is neither gzip nor identity")
    unpacker = zlib.decompressobj(GZIP)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise RefusalError("malformed", detail="the body is not gzip") from None
    if len(plain) > limit:
        raise RefusalError("size")
    if not unpacker.eof or unpacker.unused_data:
        raise RefusalError("malformed", detail="the gzip body is cut off or goes on after its end")
    return plain


# === JSON ===


def from_json(body, charset="utf-8"):
    """A JSON object. Each name once, no NaN, whole numbers of any size, and nothing that a database cannot keep."""
    charset = (charset or "utf-8").lower()
    if charset not in CHARSETS:
        raise RefusalError("malformed", detail="the charset is not supported")
    try:
        text = body.decode("utf-8-sig" if charset.startswith("utf") else charset)
        payload = json.loads(text, object_pairs_hook=_no_name_twice, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise RefusalError("malformed", detail="the body is not JSON as RFC 8259 has it") from None
    if not isinstance(payload, dict):
        raise RefusalError("malformed", detail="the body is not a JSON object")
    check_values(payload)
    return payload


def check_values(payload):
    """Not too deep, and every text can be stored."""
    level = [payload]
    for _depth in range(DEEPEST):
        below = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str) and not is_text(value):
                raise RefusalError("malformed", detail="a text holds what is no character")
        if not below:
            return
        level = below
    raise RefusalError("malformed", detail=f"nested deeper than {DEEPEST} levels")


def is_text(value):
    if "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _no_name_twice(pairs):
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return values


def _no_constant(name):
    raise ValueError(name)


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


# === XML ===


def from_xml(body):
    """The root element. No DTD, so no entity of the sender's making; no file and no address is ever opened."""
    # an encoding in which markup is not spelt in ASCII would hide a DTD from the next line
    if b"\x00" in body or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise RefusalError("malformed", detail="XML with a DTD, or in an encoding that is not supported")
    parser = etree.XMLParser(
        encoding=_xml_charset(body),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise RefusalError("malformed", detail="the body is not well-formed XML") from None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise RefusalError("malformed", detail="XML with a DTD")
    _check_depth(root)
    return root


def _xml_charset(body):
    """Of the closed list, whatever the declaration says: `encoding` of the parser overrides it."""
    declaration = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"?>")[0] if b"<?xml" in body[:200] else b""
    name = "utf-8"
    if (at := declaration.find(b"encoding")) >= 0:
        name = declaration[at + 8 :].strip(b" \t\r\n=").strip(b"\"' ").split(b'"')[0].split(b"'")[0]
        name = name.decode("ascii", "replace").strip().lower()
    if name not in XML_CHARSETS:
        raise RefusalError("malformed", detail="the encoding of the XML is not supported")
    return name


def _check_depth(root):
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST or not isinstance(element.tag, str):
            raise RefusalError("malformed", detail=f"nested deeper than {DEEPEST} levels, or holding an entity")
