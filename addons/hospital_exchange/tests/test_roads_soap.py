import base64
import time
from unittest.mock import patch

from lxml import etree
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.hospital_base.tests.common import proves

from ..tools import soap_client
from ..tools.xml_values import from_xml, to_xml
from .http_far_side import HttpCase, nobody_there, reset, says, silent

WSDL = """<?xml version="1.0" encoding="utf-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:hospital:test" targetNamespace="urn:hospital:test"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <types><xs:schema targetNamespace="urn:hospital:test" elementFormDefault="qualified">
    <xs:element name="Pay"><xs:complexType><xs:sequence>
      <xs:element name="id" type="xs:string"/><xs:element name="amount" type="xs:decimal"/>
      <xs:element name="item" maxOccurs="unbounded" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:element name="code" type="xs:string"/><xs:element name="count" type="xs:int"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="PayResponse"><xs:complexType><xs:sequence>
      <xs:element name="ok" type="xs:boolean"/><xs:element name="ref" type="xs:string" minOccurs="0"/>
      <xs:element name="at" type="xs:dateTime" minOccurs="0"/><xs:element name="paid" type="xs:decimal" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Process"><xs:complexType><xs:sequence>
      <xs:element name="method" type="xs:string"/><xs:element name="body" type="xs:string"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="ProcessResponse"><xs:complexType><xs:sequence>
      <xs:element name="ProcessResult" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  </xs:schema></types>
  <message name="PayIn"><part name="parameters" element="t:Pay"/></message>
  <message name="PayOut"><part name="parameters" element="t:PayResponse"/></message>
  <message name="ProcessIn"><part name="parameters" element="t:Process"/></message>
  <message name="ProcessOut"><part name="parameters" element="t:ProcessResponse"/></message>
  <portType name="Port">
    <operation name="Pay"><input message="t:PayIn"/><output message="t:PayOut"/></operation>
    <operation name="Process"><input message="t:ProcessIn"/><output message="t:ProcessOut"/></operation>
  </portType>
  <binding name="B11" type="t:Port"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Pay"><soap:operation soapAction="urn:pay"/><input><soap:body use="literal"/></input>
      <output><soap:body use="literal"/></output></operation>
    <operation name="Process"><soap:operation soapAction="urn:process"/><input><soap:body use="literal"/></input>
      <output><soap:body use="literal"/></output></operation></binding>
  <binding name="B12" type="t:Port"><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Pay"><soap12:operation soapAction="urn:pay"/><input><soap12:body use="literal"/></input>
      <output><soap12:body use="literal"/></output></operation></binding>
  <service name="Service">
    <port name="P11" binding="t:B11"><soap:address location="http://elsewhere.invalid/soap"/></port>
    <port name="P12" binding="t:B12"><soap12:address location="http://elsewhere.invalid/soap"/></port>
  </service>
</definitions>"""
SPACES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
PAYLOAD = {"id": "A1", "amount": "12.30", "item": [{"code": "一", "count": 1}, {"code": "b", "count": 2}]}


def envelope(inner, version="1.1"):
    body = f'<s:Envelope xmlns:s="{SPACES[version]}" xmlns="urn:hospital:test"><s:Body>{inner}</s:Body></s:Envelope>'
    return body.encode()


def answers(inner, status=200, version="1.1"):
    kind = "text/xml" if version == "1.1" else "application/soap+xml"
    return says(envelope(inner, version), status, {"Content-Type": f"{kind}; charset=utf-8"})


def fault(code, words="No", status=500):
    return answers(
        f'<s:Fault><faultcode xmlns="">s:{code}</faultcode><faultstring xmlns="">{words}</faultstring></s:Fault>',
        status,
    )


PAID = answers("<PayResponse><ok>true</ok><ref>R7</ref><paid>12.30</paid></PayResponse>")


def result(text):
    return answers(f"<ProcessResponse><ProcessResult><![CDATA[{text}]]></ProcessResult></ProcessResponse>")


@tagged("post_install", "-at_install")
class TestSoap(HttpCase):
    protocol = "hospital.protocol.soap"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(config.options, {"hospital_secret_key": "k" * 40}))
        cls.platform.wsdl_file = base64.b64encode(WSDL.encode())
        cls.once.path = "Pay"
        cls.upsert.path = "Process"

    @classmethod
    def make_platform(cls, code, **values):
        patcher = patch.object(
            cls.registry["hospital.platform"],
            "_selection_protocol",
            lambda self: [("hospital.protocol", "Test"), ("hospital.protocol.soap", "SOAP")],
        )
        cls.startClassPatcher(patcher)
        return super().make_platform(code, **values)

    def pay(self, payload=None, **values):
        return self.call(self.once, PAYLOAD if payload is None else payload, **values)

    def sent(self):
        [request] = self.far.requests
        return request, etree.fromstring(request.body)

    def test_arguments_there_and_plain_values_back(self):
        self.far.answer(PAID)
        self.parameters(ok_path="ok", ok_values="true", ref_path="ref")
        outcome = self.pay()
        self.assertFalse(outcome.error, outcome.error and outcome.error.detail)
        self.assertEqual(outcome.reply, {"ok": True, "ref": "R7", "at": None, "paid": "12.30"})
        self.assertEqual(outcome.result.remote_ref, "R7")
        request, root = self.sent()
        self.assertEqual(request.headers["SOAPAction"], '"urn:pay"')
        self.assertEqual(request.headers["Content-Type"], "text/xml; charset=UTF-8")
        self.assertEqual(request.path, "/api", "the address is that of the platform, whatever the WSDL says")
        self.assertEqual(root.findtext(".//{urn:hospital:test}amount"), "12.30")
        self.assertEqual([item.text for item in root.iterfind(".//{urn:hospital:test}code")], ["一", "b"])
        self.assertEqual(outcome.evidence.request_body, request.body)
        self.assertIn(b"R7", outcome.evidence.reply_body)

    def test_soap_12(self):
        self.far.answer(answers("<PayResponse><ok>false</ok></PayResponse>", version="1.2"))
        self.parameters(soap_version="1.2", ok_path="ok", ok_values="true")
        self.assert_fails("business", self.pay())
        request, root = self.sent()
        self.assertEqual(etree.QName(root).namespace, SPACES["1.2"])
        self.assertIn('application/soap+xml; charset=UTF-8; action="urn:pay"', request.headers["Content-Type"])

    def test_one_text_with_everything_in_it(self):
        payload = {"head": {"@v": "1", "no": "7"}, "rows": [{"name": "张<三"}, {"name": ""}]}
        self.parameters(argument__method="{code}", xml_root="req", ok_path="Response.code", ok_values="0")
        for style, answer in (
            ("xml", "<Response><code>0</code><d>1</d><d>2</d></Response>"),
            ("cdata", None),
            ("json", None),
        ):
            self.far.answer(result(answer or "<Response><code>0</code></Response>"))
            self.parameters(body_style=style)
            outcome = self.call(self.upsert, payload)
            self.assertFalse(outcome.error, outcome.error and outcome.error.detail)
            request, root = self.sent()
            self.assertEqual(root.findtext(".//{urn:hospital:test}method"), "set")
            text = root.findtext(".//{urn:hospital:test}body")
            self.assertEqual(b"<![CDATA[<req>" in request.body, style == "cdata")
            if style != "json":
                self.assertEqual(
                    text,
                    '<req><head v="1"><no>7</no></head><rows><name>张&lt;三</name></rows><rows><name></name></rows></req>',
                )
            self.far.requests.clear()
        self.assertEqual(from_xml(to_xml(payload, "req")), {"req": payload})
        self.parameters(ok_path="code")
        self.far.answer(result('{"code": "0", "n": 1.50}'))
        self.assertEqual(self.call(self.upsert, payload).reply["code"], "0")
        self.far.answer(result("<Response><code>0</code>"))
        self.assert_fails("unknown", self.call(self.upsert, payload))
        self.far.answer(
            result("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>".replace("]]>", "]]]]><![CDATA[>"))
        )
        outcome = self.assert_fails("unknown", self.call(self.upsert, payload))
        self.assertNotIn("root:", str(outcome.reply))

    def test_faults(self):
        for answer, kind, code in (
            (fault("Client", "卡号不存在"), "business", "Client"),
            (fault("Client.Authentication"), "business", "Client.Authentication"),
            (fault("Server", "deadlock"), "unknown", "Server"),
            (fault("Server", status=200), "unknown", "Server"),
            (fault("MustUnderstand"), "config", "MustUnderstand"),
            (fault("Weird"), "unknown", "Weird"),
        ):
            self.far.answer(answer)
            outcome = self.assert_fails(kind, self.pay())
            self.assertEqual(outcome.error.code, code)
            self.assertIn(b"Fault", outcome.evidence.reply_body)
        self.far.answer(fault("Client", "卡号不存在"))
        self.assertIn("卡号不存在", self.pay().error.sentence)
        self.parameters(server_fault="business", duplicate_values="Repeated")
        self.far.answer(fault("Server"))
        self.assert_fails("business", self.pay())
        self.far.answer(fault("Repeated"))
        self.assert_fails("duplicate", self.pay())

    def test_what_is_no_certain_answer(self):
        self.platform.read_timeout = 0.5
        for answer in (
            says(b"<html>Bad gateway</html>", 502, {"Content-Type": "text/html"}),
            says(b"", 500),
            says(b"<html>Welcome</html>", 200),
            says(b"", 200),
            says(envelope("<PayResponse><ok>tr"), 200),
            answers("<PayResponse><ref>R</ref></PayResponse>"),
            answers("<Other/>"),
            says(b'<!DOCTYPE x [<!ENTITY a "b">]>' + envelope("<PayResponse><ok>&a;</ok></PayResponse>"), 200),
            reset(),
            silent(2),
        ):
            self.far.answer(answer)
            self.assert_fails("unknown", self.pay())
        with nobody_there() as url:
            self.platform.url_test = url
            self.assert_fails("network", self.pay())

    def test_what_does_not_fit_is_never_sent(self):
        for payload, kind in (
            ({"id": "A"}, "business"),
            ({**PAYLOAD, "colour": "red"}, "config"),
        ):
            self.assert_fails(kind, self.pay(payload))
        self.once.path = "Refund"
        self.assertIn("Pay", self.assert_fails("config", self.pay()).error.detail)
        self.once.path = "Pay"
        self.parameters(soap_port="P99")
        self.assert_fails("config", self.pay())
        self.parameters(soap_port=None, body_style="yaml")
        self.assert_fails("config", self.pay())
        self.assertEqual(self.far.requests, [])

    def test_who_calls(self):
        self.far.answer(PAID)
        self.secret("wsse_password", "pass&word 1")
        self.parameters(
            wsse_user="hospital", soap_header='<a:Auth xmlns:a="urn:a"><a:Key>{secret:wsse_password}</a:Key></a:Auth>'
        )
        self.pay()
        _request, root = self.sent()
        self.assertEqual(root.findtext(".//{urn:a}Key"), "pass&word 1")
        token = root.find(".//{*}UsernameToken")
        self.assertEqual((token.findtext("{*}Username"), token.findtext("{*}Password")), ("hospital", "pass&word 1"))
        self.far.requests.clear()
        self.parameters(wsse_digest="1")
        self.pay()
        self.assertNotEqual(self.sent()[1].findtext(".//{*}UsernameToken/{*}Password"), "pass&word 1")

    def test_a_wsdl_from_an_address_is_fetched_once(self):
        self.platform.wsdl_file = False
        soap_client.forget((self.env.cr.dbname, self.platform.id))
        asked = []

        def serve(handler, request):
            if request.method == "GET":
                asked.append(request.path)
                handler.reply(200, WSDL.encode(), {"Content-Type": "text/xml"})
            else:
                PAID(handler, request)

        self.far.answer(serve)
        for _round in range(3):
            self.assertFalse(self.pay().error)
        self.assertEqual(asked, ["/api?wsdl"])
        soap_client.forget((self.env.cr.dbname, self.platform.id))
        self.far.answer(says(b"gone", 503))
        self.assertIn("WSDL", self.assert_fails("network", self.pay()).error.detail)
        with self.assertRaises(UserError):
            self.platform.action_fetch_wsdl()
        self.far.answer(serve)
        self.platform.action_fetch_wsdl()
        self.assertEqual(base64.b64decode(self.platform.wsdl_file), WSDL.encode())
        asked.clear()
        self.assertFalse(self.pay().error)
        self.assertEqual(asked, [])

    def test_a_wsdl_reads_nothing_of_this_machine_and_nothing_elsewhere(self):
        for attack in (
            WSDL.replace("?>", '?><!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1).replace("urn:pay", "&e;"),
            WSDL.replace(
                '<xs:element name="Pay">',
                '<xs:import namespace="x" schemaLocation="file:///etc/passwd"/><xs:element name="Pay">',
            ),
            WSDL.replace(
                '<xs:element name="Pay">',
                '<xs:import namespace="x" schemaLocation="http://127.0.0.1:1/x"/><xs:element name="Pay">',
            ),
            "<html/>",
            "not XML",
        ):
            self.platform.wsdl_file = base64.b64encode(attack.encode())
            outcome = self.assert_fails("config", self.pay())
            self.assertNotIn("root:", outcome.error.detail)
        self.assertEqual(self.far.requests, [])

    @proves("S2-10.6")
    def test_through_the_engine(self):
        self.far.answer(PAID)
        message = self.queue(self.once, payload=PAYLOAD)
        self.deliver()
        self.assertEqual((message.state, message.reply["ref"]), ("done", "R7"))
        start = time.monotonic()
        self.far.answer(fault("Client"))
        message = self.queue(self.once, key="B", payload=PAYLOAD)
        self.deliver()
        self.assertEqual((message.state, message.error_kind), ("refused", "business"))
        self.assertLess(time.monotonic() - start, 5)
