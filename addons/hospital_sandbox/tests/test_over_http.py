import json
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import config

from odoo.addons.hospital_exchange.tools import signing

JSON = {"Content-Type": "application/json"}


@tagged("post_install", "-at_install")
class TestOverHttp(HttpCase):
    """What stands at the address of a sandbox, and a call in from Echo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.echo = cls.env.ref("hospital_sandbox.platform_echo")
        cls.echo.mode = "sandbox"
        cls.env["hospital.sandbox"]._make_keys(cls.echo)
        cls.env["hospital.sandbox.fault"].search([]).unlink()
        cls.key = cls.echo._sign_key()

    def call(self, path, body, key=None, number="1", headers=None):
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        signed = signing.headers("hmac_sha256", key or self.key, "echo", "POST", path, data, number)
        return self.url_open(path, data=data, headers={**JSON, **signed, **(headers or {})})

    def records(self):
        return self.env["hospital.sandbox.record"].search([("platform_id", "=", self.echo.id)])

    def test_signed_call_is_done_and_written_down(self):
        reply = self.call("/sandbox/echo/do?trace=1", {"id": "H1", "text": "x"}, number="77").json()
        self.assertEqual(reply["code"], "0")
        self.assertEqual(self.records().filtered(lambda record: record.key == "H1").ref, reply["data"]["ref"])
        seen = self.env["hospital.sandbox.call"].search([("number", "=", "77")])
        self.assertEqual((seen.verdict, seen.interface_id.code), ("done", "do"))

    def test_what_does_not_fit_is_refused_and_leaves_nothing(self):
        before = len(self.records())
        for number, (path, body, key, verdict) in enumerate(
            [
                ("/sandbox/echo/do", {"id": "H2", "text": "x"}, "another key", "signature"),
                ("/sandbox/echo/do", {"id": "H2"}, None, "schema"),
                ("/sandbox/echo/do", {"id": "H" * 21, "text": "x"}, None, "schema"),
                ("/sandbox/echo/do", b"\xff{", None, "schema"),
                ("/sandbox/echo/do", b"[1]", None, "schema"),
                ("/sandbox/echo/nothing", {"id": "H2"}, None, "operation"),
                ("/sandbox/echo", {"id": "H2"}, None, "operation"),
            ]
        ):
            with self.subTest(verdict=verdict, number=number):
                reply = self.call(path, body, key, number=f"bad{number}")
                self.assertEqual(reply.status_code, 200)
                self.assertNotEqual(reply.json()["code"], "0")
                seen = self.env["hospital.sandbox.call"].search([("number", "=", f"bad{number}")])
                self.assertEqual(seen.verdict, verdict, seen.detail)
        self.assertEqual(len(self.records()), before)

    def test_only_platforms_in_sandbox_mode_are_served(self):
        self.echo.mode = "production"
        self.assertEqual(self.call("/sandbox/echo/do", {"id": "H3", "text": "x"}, "any").status_code, 404)
        self.echo.mode = "sandbox"
        self.assertEqual(self.call("/sandbox/nobody/do", {"id": "H3"}).status_code, 404)
        with patch.dict(config.options, {"hospital_sandbox": "False"}):
            self.assertEqual(self.call("/sandbox/echo/do", {"id": "H3", "text": "x"}).status_code, 404)

    def test_a_form_is_checked_as_it_came(self):
        # under another code it has no far side of its own, but that of its family
        self.echo.write({"protocol": "hospital.protocol.http_form", "code": "echo_form"})
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = self.call("/sandbox/echo_form/do", b"id=H4&text=%E6%B1%89+%26", headers=form)
        self.assertEqual(reply.json()["code"], "0", reply.text)
        record = self.records().filtered(lambda record: record.key == "H4")
        self.assertEqual(record.data["text"], "汉 &")

    def test_echo_calls_in(self):
        path = "/exchange/echo/notify"
        for _again in range(2):
            reply = self.call(path, {"id": "R42", "text": "from outside"}, number="in1")
            self.assertEqual(reply.status_code, 200, reply.text)
        notes = self.env["hospital.echo.note"].search([("is_received", "=", True), ("remote_ref", "=", "R42")])
        self.assertEqual(len(notes), 1, "the same request is answered, not done again")
        self.assertIn(notes.name, reply.text)
        self.call(path, {"id": "R43", "text": "forged"}, key="another key", number="in2")
        self.assertFalse(self.env["hospital.echo.note"].search([("remote_ref", "=", "R43")]))
