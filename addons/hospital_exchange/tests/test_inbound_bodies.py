import gzip
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree
from odoo.tests import BaseCase, tagged
from odoo.tools import config

from ..tools.inbound import bodies, soap
from ..tools.inbound.door import Door, networks
from ..tools.inbound.refusal import RefusalError
from ..tools.inbound.throttle import Buckets, share
from ..tools.inbound.wsdl import wsdl

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "count": {"type": "integer"},
        "price": {"type": "number"},
        "good": {"type": "boolean"},
        "1st part": {"type": "object", "properties": {"a": {"type": "string"}}},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"no": {"type": "integer"}}}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name"],
}


@tagged("post_install", "-at_install")
class TestInboundBodies(BaseCase):
    def refused(self, reason, function, *arguments):
        with self.assertRaises(RefusalError) as caught:
            function(*arguments)
        self.assertEqual(caught.exception.reason, reason)

    # === JSON ===

    def test_json(self):
        self.assertEqual(bodies.from_json('{"名": "欧阳"}'.encode()), {"名": "欧阳"})
        self.assertEqual(bodies.from_json('{"名": "欧阳"}'.encode("gbk"), "GBK"), {"名": "欧阳"})
        self.assertEqual(bodies.from_json(b'\xef\xbb\xbf{"a": 1}'), {"a": 1})
        self.assertEqual(bodies.from_json(b'{"a": %d}' % 10**300), {"a": 10**300})

    def test_json_that_is_refused(self):
        deep = b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}"
        for body in (
            b"", b"[1]", b"1", b"{]", b'{"a": 1, "a": 1}', b'{"a": {"b": 1, "b": 2}}', b'{"a": NaN}', b'{"a": -Infinity}',
            b'{"a": 1e400}', b'{"a": "\\u0000"}', b'{"\\ud800": 1}', deep, deep * 100, b"\xff", '{"a": "中"}'.encode("gbk"),
        ):  # fmt: skip
            with self.subTest(body=body[:20]):
                self.refused("malformed", bodies.from_json, body)
        self.refused("malformed", bodies.from_json, b"{}", "utf-7")

    # === GZIP ===

    def test_gzip(self):
        self.assertEqual(bodies.unpack(gzip.compress(b"{}"), "gzip", 10), b"{}")
        self.refused("size", bodies.unpack, gzip.compress(b" " * 1_000_000), "gzip", 10_000)
        self.refused("malformed", bodies.unpack, b"{}", "gzip", 10)
        self.refused("malformed", bodies.unpack, gzip.compress(b"{}")[:-4], "gzip", 10)
        self.refused("malformed", bodies.unpack, gzip.compress(b"{}") * 2, "gzip", 10)
        self.refused("malformed", bodies.unpack, b"{}", "br", 10)

    # === XML ===

    def test_xml_that_is_refused(self):
        for body in (
            b"", b"<a>", b"<a/><b/>", b"<!DOCTYPE a><a/>", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<a>&x;</a>",
            "<a/>".encode("utf-16"), b'<?xml version="1.0" encoding="utf-7"?><a/>', b"<a>" * 40 + b"</a>" * 40,
            b'<?xml version="1.0" encoding="utf-16"?><a/>',
        ):  # fmt: skip
            with self.subTest(body=body[:20]):
                self.refused("malformed", bodies.from_xml, body)

    def test_xml_in_chinese_encodings(self):
        body = '<?xml version="1.0" encoding="GB18030"?><a>欧阳</a>'.encode("gb18030")
        self.assertEqual(bodies.from_xml(body).text, "欧阳")

    # === SOAP ===

    def envelope(self, inner, version=soap.SOAP11):
        text = f'<s:Envelope xmlns:s="{version}"><s:Body><do xmlns="urn:x">{inner}</do></s:Body></s:Envelope>'
        return soap.open_envelope(bodies.from_xml(text.encode()))

    def test_payload_in_and_out(self):
        opened = self.envelope(
            "<name>n</name><count>5</count><price>1.5</price><good>true</good><_1st_part><a>x</a></_1st_part>"
            "<rows><no>1</no></rows><rows><no>2</no></rows><tags>t</tags>",
            soap.SOAP12,
        )
        self.assertEqual((opened.version, opened.operation), (soap.SOAP12, "do"))
        payload = {
            "name": "n", "count": 5, "price": 1.5, "good": True, "1st part": {"a": "x"},
            "rows": [{"no": 1}, {"no": 2}], "tags": ["t"],
        }  # fmt: skip
        self.assertEqual(soap.payload_of(opened.content, SCHEMA), payload)
        reply = soap.reply_envelope(soap.SOAP11, "x", "do", {"code": "0", "data": payload}, SCHEMA)
        data = etree.fromstring(reply).find(".//{*}data")
        self.assertEqual(soap.payload_of(data, SCHEMA), payload)

    def test_what_does_not_fit_is_left_for_the_field_lines(self):
        opened = self.envelope("<count>many</count><good>perhaps</good><other>o</other>")
        wanted = {"count": "many", "good": "perhaps", "other": "o"}
        self.assertEqual(soap.payload_of(opened.content, SCHEMA), wanted)
        self.refused("malformed", soap.payload_of, self.envelope("<name/><name/>").content, SCHEMA)

    def test_without_field_lines_the_payload_is_json(self):
        opened = self.envelope('<data>{"a": [1]}</data>')
        self.assertEqual(soap.payload_of(opened.content, None), {"a": [1]})
        self.refused("malformed", soap.payload_of, self.envelope("<data>{</data>").content, None)

    def test_replies_never_break_the_xml(self):
        body = soap.reply_envelope(soap.SOAP12, "x", "do", {"code": "0", "data": {"a b<": "\x00\x1f<&"}}, SCHEMA)
        self.assertEqual(etree.fromstring(body).find(".//{*}a_b_").text, "<&")
        for version in (soap.SOAP11, soap.SOAP12):
            fault = etree.fromstring(soap.fault_envelope(version, "business", "不行 \x00", ours=False))
            self.assertEqual(fault.findtext(".//{*}code"), "business")

    def test_wsdl_is_a_document_with_both_bindings(self):
        root = etree.fromstring(wsdl("x", "http://h/x", {"do": (SCHEMA, None)}, ("code", "message")))
        self.assertEqual(len(root.findall("{*}binding")), 2)
        self.assertEqual([e.get("location") for e in root.iterfind(".//{*}address")], ["http://h/x"] * 2)
        names = {element.get("name") for element in root.iterfind(".//{http://www.w3.org/2001/XMLSchema}element")}
        self.assertLessEqual({"do", "doResponse", "name", "_1st_part", "code", "data"}, names)

    # === ADDRESSES AND RATES ===

    def door(self, addresses):
        names = Door.__dataclass_fields__
        return Door(**{**dict.fromkeys(names), "networks": networks(addresses)})

    def test_addresses(self):
        door = self.door("10.1.2.0/24\n192.168.1.5 2001:db8::/32")
        for address, fits in {
            "10.1.2.77": True, "10.1.3.1": False, "192.168.1.5": True, "::ffff:10.1.2.3": True, "2001:db8::1": True,
            "::1": False, "": False, "nonsense": False, None: False,
        }.items():  # fmt: skip
            self.assertEqual(door.lets_in(address), fits, address)
        self.assertFalse(self.door("").lets_in("127.0.0.1"))
        with self.assertRaises(ValueError):
            networks("10.1.2.3\n10.1.2.300")

    def test_hours(self):
        for hours, at, fits in (
            ((0, 0), 5, True), ((8, 18), 8, True), ((8, 18), 18, False), ((22, 6), 23, True), ((22, 6), 5, True),
            ((22, 6), 6, False),
        ):  # fmt: skip
            names = Door.__dataclass_fields__
            door = Door(**{**dict.fromkeys(names), "hours": hours, "tz": "Asia/Shanghai"})
            with self.subTest(hours=hours, at=at), freeze_time(f"2026-03-01 {(at - 8) % 24:02}:00:00"):
                self.assertEqual(door.is_open(), fits)

    def test_rate(self):
        now = [0.0]
        buckets = Buckets(most=2, clock=lambda: now[0])
        self.assertEqual([buckets.take("a", 3) for _call in range(5)], [True] * 3 + [False] * 2)
        self.assertTrue(buckets.take("b", 3))
        now[0] = 21
        self.assertEqual([buckets.take("a", 3) for _call in range(2)], [True, False])
        buckets.take("c", 3)
        self.assertEqual(len(buckets.levels), 2)

    def test_workers_share_the_rate(self):
        with patch.dict(config.options, {"workers": 4}):
            self.assertEqual(share(600), 150)
        with patch.dict(config.options, {"workers": 0}):
            self.assertEqual(share(600), 600)
