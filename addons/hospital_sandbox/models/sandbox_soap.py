import json

from lxml import etree
from odoo import api, models

from odoo.addons.hospital_exchange.tools.inbound import soap
from odoo.addons.hospital_exchange.tools.inbound.refusal import RefusalError
from odoo.addons.hospital_exchange.tools.inbound.wsdl import wsdl
from odoo.addons.hospital_exchange.tools.values import read_json
from odoo.addons.hospital_exchange.tools.xml_values import from_xml, to_xml

from ..tools.far import SandboxError, Told

TEXT = {"type": "string"}
RESULT = soap.PLAIN_NAME


class HospitalSandboxSoap(models.AbstractModel):
    """Speaks SOAP 1.1 and 1.2, with a WSDL made from the field lines, or with the one text that `body_style` names."""

    _inherit = "hospital.sandbox.soap"

    # === WSDL ===

    @api.model
    def _described(self, visit):
        if visit.asked.method != "GET" or "wsdl" not in {name.lower() for name in visit.asked.query}:
            return super()._described(visit)
        operations = {
            self._operation(interface): (self._request_schema(interface), self._reply_schema(interface))
            for interface in self._outgoing(visit)
        }
        answer = () if self._style(visit) != "arguments" else self._words(visit)
        document = wsdl(visit.platform.code, visit.platform.url, operations, answer)
        return Told(200, {"Content-Type": "text/xml; charset=utf-8"}, document)

    @api.model
    def _operation(self, interface):
        return interface.path or interface.code

    @api.model
    def _style(self, visit):
        return visit.platform._parameter("body_style", "arguments")

    @api.model
    def _request_schema(self, interface):
        named = interface.platform_id._parameter
        if named("body_style", "arguments") == "arguments":
            return interface._schema("request")
        names = [name.partition(":")[2] for name in interface.platform_id._parameters() if name.startswith("argument:")]
        return {"type": "object", "properties": dict.fromkeys([*names, named("body_argument") or "xml"], TEXT)}

    @api.model
    def _reply_schema(self, interface):
        return (
            interface._schema("reply")
            if interface.platform_id._parameter("body_style") in (None, "arguments")
            else TEXT
        )

    @api.model
    def _words(self, visit):
        """(yes or no, words, number): the elements beside the data, as the parameters call them."""
        named = visit.platform._parameter
        return tuple(
            (named(parameter) or usual).rpartition(".")[2]
            for parameter, usual in (("ok_path", "code"), ("message_path", "message"), ("ref_path", "ref"))
        )

    # === A CALL ===

    @api.model
    def _interface(self, visit):
        try:
            root = etree.fromstring(visit.asked.body, etree.XMLParser(resolve_entities=False, no_network=True))
            visit.envelope = soap.open_envelope(root)
        except (etree.LxmlError, RefusalError):
            raise SandboxError("schema", "400", "not a SOAP envelope") from None
        wanted = visit.envelope.operation
        return self._outgoing(visit).filtered(lambda one: soap.xml_name(self._operation(one)) == wanted)[:1]

    @api.model
    def _unpack(self, visit):
        style = self._style(visit)
        schema = self._request_schema(visit.interface)
        try:
            payload = soap.payload_of(visit.envelope.content, schema)
            if style != "arguments":
                text = payload.get(visit.platform._parameter("body_argument") or "xml") or ""
                payload = read_json(text) if style == "json" else next(iter(from_xml(text).values()))
        except (RefusalError, ValueError):
            raise SandboxError("schema", "400", "the body cannot be read") from None
        return self._without_envelope(visit, payload or {})

    @api.model
    def _pack(self, visit, reply, refusal):
        if visit.envelope is None:
            return Told(500, {"Content-Type": soap.MEDIA[soap.SOAP11]}, self._fault(refusal))
        version = visit.envelope.version
        if self._style(visit) == "arguments":
            body = self._said(visit, dict(reply), refusal)
        else:
            body = {RESULT: self._as_text(visit, reply, refusal)}
        envelope = soap.reply_envelope(version, visit.platform.code, visit.envelope.operation, body, TEXT)
        return Told(200, {"Content-Type": soap.MEDIA[version]}, envelope)

    @api.model
    def _fault(self, refusal):
        return soap.fault_envelope(soap.SOAP11, refusal.code, refusal.words, ours=False)

    @api.model
    def _said(self, visit, reply, refusal):
        ok, words, ref = self._words(visit)
        rules = self._rules(visit.platform)
        if refusal is None:
            number = reply.pop("ref", "")
            return {ok: rules.good, words: "", ref: number, "data": reply}
        return {ok: self._bad_code(rules, refusal), words: refusal.words, ref: "", "data": dict(refusal.reply)}

    @api.model
    def _as_text(self, visit, reply, refusal):
        _status, body = self._told(self._rules(visit.platform), dict(reply), refusal)
        if self._style(visit) == "json":
            return json.dumps(body, ensure_ascii=False, default=str)
        [(root, content)] = body.items() if len(body) == 1 else [("Response", body)]
        return to_xml(content, root)
