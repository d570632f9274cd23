from odoo import Command
from odoo.tests import tagged

from .sandbox_common import SandboxCase

ARGUMENTS = {"ok_path": "code", "ok_values": "0", "message_path": "message", "ref_path": "ref", "data_path": "data"}
TEXT = {
    "ok_path": "Response.code",
    "ok_values": "0",
    "message_path": "Response.message",
    "ref_path": "Response.ref",
    "data_path": "Response.data",
    "body_argument": "xml",
}


@tagged("post_install", "-at_install")
class TestSoap(SandboxCase):
    """A SOAP platform is rows as well; the sandbox describes itself in a WSDL made from the field lines."""

    def make(self, parameters):
        platform = self.env["hospital.platform"].create(
            {
                "name": "Soap",
                "code": f"soap{self.env['hospital.platform'].search_count([])}",
                "protocol": "hospital.protocol.soap",
                "mode": "sandbox",
                "parameter_ids": [Command.create({"name": name, "value": value}) for name, value in parameters.items()],
            }
        )
        make = self.env["hospital.interface"].create
        common = {"platform_id": platform.id, "query_delay": 600}
        asks = make({**common, "code": "ask", "name": "Ask", "path": "Ask", "effect": "read"})
        number = {
            "name": "Number",
            "path": "number",
            "source": "call",
            "value": "message.number",
            "interface_id": asks.id,
        }
        found = {"name": "Found", "part": "reply", "path": "found", "type": "boolean", "interface_id": asks.id}
        do = make(
            {
                **common,
                "code": "do",
                "name": "Do",
                "path": "Register",
                "model_id": self.env["ir.model"]._get_id("hospital.echo.note"),
                "query_interface_id": asks.id,
            }
        )
        text = {"name": "Text", "path": "note.text", "source": "record", "value": "text", "interface_id": do.id}
        key = {"name": "Id", "path": "id", "source": "record", "value": "name", "interface_id": do.id, "required": True}
        self.env["hospital.interface.field"].create([number, found, key, text])
        return platform, do

    def send(self, parameters, **fault):
        platform, do = self.make(parameters)
        note = self.env["hospital.echo.note"].create({"text": "汉字 <&>"})
        if fault:
            self.play(do, times=1, **fault)
        message = do._queue(note)
        self.deliver(platform)
        return platform, note, message

    def test_arguments(self):
        platform, note, message = self.send(ARGUMENTS)
        self.assertEqual(message.state, "done", message.error_detail)
        self.assertTrue(message.remote_ref)
        record = self.env["hospital.sandbox.record"].search([("platform_id", "=", platform.id)])
        self.assertEqual((record.key, record.data["note"]["text"]), (note.name, "汉字 <&>"))

    def test_one_text_of_xml_or_json(self):
        json_paths = {name: value.removeprefix("Response.") for name, value in TEXT.items()}
        for style, parameters in (("cdata", TEXT), ("xml", TEXT), ("json", json_paths)):
            with self.subTest(style=style):
                platform, note, message = self.send({**parameters, "body_style": style})
                self.assertEqual(message.state, "done", message.error_detail)
                self.assertEqual(self.done(platform), {note.name: 1})
                self.assertTrue(message.remote_ref)

    def test_a_no_and_a_lost_answer(self):
        _platform, _note, message = self.send(ARGUMENTS, kind="refuse", code="A17", words="no such ward")
        self.assertEqual((message.state, message.error_code), ("refused", "A17"))
        platform, note, message = self.send(ARGUMENTS, kind="lose_after")
        self.assertEqual(message.state, "unknown")
        self.make_due(message)
        self.deliver(platform)
        self.assertEqual(message.state, "done", message.error_detail)
        self.assertEqual(self.done(platform), {note.name: 1})
