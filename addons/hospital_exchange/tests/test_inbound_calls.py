import json
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import config, mute_logger

from odoo.addons.hospital_base.tests.common import proves

from ..models import exchange_refusal
from ..tools import signing
from ..tools.call import Incoming
from ..tools.inbound.request import InboundRequest
from .exchange_common import ExchangeCase

KEY = "a key that both sides hold"


@tagged("post_install", "-at_install")
class TestInboundCalls(ExchangeCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(config.options, {"hospital_secret_key": "a key of the tests, more than thirty-two characters"})
        )
        cls.platform.write({"signing": "hmac_sha256", "allowed_addresses": "127.0.0.1", "rate_limit": 100_000})
        cls.user = cls.platform.action_make_technical_user()
        cls.env["hospital.secret"].create({"platform_id": cls.platform.id, "name": "sign_key", "value": KEY})
        cls.make("ping", effect="read")
        cls.make("note", effect="once")
        cls.make("campus", effect="read", model_id=cls.env["ir.model"]._get_id("hospital.campus"))

    @classmethod
    def make(cls, code, **values):
        return cls.env["hospital.interface"].create(
            {"platform_id": cls.platform.id, "code": code, "name": code.title(), "direction": "in", **values}
        )

    def setUp(self):
        super().setUp()
        self.handled = []
        self.startPatcher(patch.object(exchange_refusal, "_waiting", {}))
        Interface = self.registry["hospital.interface"]

        def ping(interface, payload):
            return {"user": interface.env.uid, "su": interface.env.su, "company": interface.env.company.id}

        def note(interface, payload):
            self.handled.append(payload)
            campus = interface.env["hospital.campus"].browse(self.campus.id)
            if payload.get("write"):
                campus.write({"address": payload["write"]})
            if payload.get("say"):
                raise UserError(payload["say"])
            if payload.get("date"):
                return {"date": self.campus.create_date}
            return {"size": "x" * payload.get("size", 0)}

        self.startPatcher(patch.object(Interface, "_receive_ping", ping, create=True))
        self.startPatcher(patch.object(Interface, "_receive_note", note, create=True))
        self.registry.clear_cache()

    def call(self, operation, payload=None, number="N1", key=KEY, **headers):
        self.env.flush_all()
        path = f"/exchange/{self.platform.code}/{operation}"
        body = json.dumps(payload or {}).encode()
        signed = signing.headers("hmac_sha256", key, "them", "POST", path, body, number)
        reply = self.url_open(path, body, headers={**signed, "Content-Type": "application/json", **headers})
        self.assertEqual(reply.status_code, 200)
        self.assertNotIn("Set-Cookie", reply.headers)
        self.env.invalidate_all()
        return reply.json()

    def message(self, number="N1"):
        return self.env["hospital.message"].search([("platform_id", "=", self.platform.id), ("number", "=", number)])

    # === WITH WHOSE RIGHTS ===

    @proves("S2-1.1")
    def test_the_technical_user_and_no_other(self):
        self.assertFalse(self.user.share)
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [self.user.id])
        self.assertEqual(self.env.cr.fetchone(), (None,))
        reply = self.call("ping")
        self.assertEqual(reply["data"], {"user": self.user.id, "su": False, "company": self.platform.company_id.id})
        self.assertEqual(self.message().create_uid, self.user)

    def test_a_right_it_has_not_is_a_refusal(self):
        reply = self.call("note", {"write": "elsewhere"})
        self.assertEqual(reply["code"], "business")
        self.assertNotEqual(self.campus.address, "elsewhere")
        self.user.group_ids = [Command.link(self.env.ref("hospital_base.group_hospital_it_operator").id)]
        self.assertEqual(self.call("note", {"write": "elsewhere"}, "N2")["code"], "0")
        self.assertEqual(self.campus.address, "elsewhere")

    def test_without_an_active_user_nothing_is_served(self):
        self.user.active = False
        self.assertEqual(self.call("ping")["code"], "config")
        self.platform.user_id = False
        self.assertEqual(self.call("ping", number="N2")["code"], "config")
        self.assertFalse(self.message() | self.message("N2"))

    def test_who_may_be_a_technical_user(self):
        admin, public = self.env.ref("base.user_admin"), self.env.ref("base.public_user")
        admin.group_ids = [Command.link(self.env.ref("hospital_exchange.group_exchange_technical").id)]
        for user in (admin, public, self.users["clerk"]):  # a colleague's rights are not for others to lend
            with self.assertRaises(ValidationError):
                self.platform.user_id = user
        with self.assertRaisesRegex(UserError, "already"):
            self.platform.action_make_technical_user()
        other = self.make_platform("unit_other")
        with self.assertRaises(AccessError):
            other.with_user(self.users["operator"]).action_make_technical_user()
        self.assertTrue(other.with_user(self.users["admin"]).action_make_technical_user())

    # === WHAT IS KEPT ===

    def test_evidence_and_its_reading(self):
        self.call("note", {"name": "欧阳", "mode": "x"})
        message = self.message()
        self.assertEqual((message.state, message.direction, message.is_attention), ("done", "in", False))
        shown = message.with_user(self.users["auditor"]).hospital_read_bodies()
        self.assertNotIn("欧阳", shown["request"])
        self.assertIn("***", shown["request"])
        self.assertIn('"code": "0"', shown["reply"])

    def test_a_large_answer_is_kept_as_a_file(self):
        self.call("note", {"size": 100_000})
        _message_sudo = self.message().sudo()
        self.assertFalse(_message_sudo.reply_body)
        self.assertEqual(len(json.loads(_message_sudo._body("reply"))["data"]["size"]), 100_000)

    def test_secrets_are_not_kept(self):
        self.call("note", {"oops": KEY})
        self.assertNotIn(KEY, self.message().sudo().request_body)

    def test_a_message_that_came_in_is_not_sent(self):
        self.call("note", {"date": True})  # a handler that gives what JSON does not have
        message = self.message()
        self.assertEqual((message.state, message.error_kind, message.is_attention), ("dead", "bug", True))
        self.assertIn("not JSON serializable", message.error_detail)
        self.assertFalse(message.can_retry or message.can_resend)
        self.assertTrue(message.can_close)

    # === ONCE ===

    def test_stored_answers(self):
        first = self.call("note", {"a": 1})
        self.assertEqual(self.call("note", {"a": 1}), first)
        self.assertEqual(self.call("note", {"a": 2})["code"], "conflict")
        refused = self.call("note", {"say": "不行"}, "N2")
        self.assertEqual((refused["code"], refused["message"]), ("business", "不行"))
        self.assertEqual(self.call("note", {"say": "不行"}, "N2"), refused)
        self.assertEqual(self.handled, [{"a": 1}, {"say": "不行"}])
        self.assertEqual(self.call("note", {}, "")["code"], "missing")
        self.platform.signing = "none"
        self.assertEqual(self.call("note", {}, "")["code"], "request_id")
        self.assertEqual([self.call("ping", number="")["code"] for _call in range(2)], ["0", "0"])

    def test_what_was_not_as_agreed_may_be_corrected_under_its_number(self):
        note = self.env["hospital.interface"].search([("platform_id", "=", self.platform.id), ("code", "=", "note")])
        self.env["hospital.interface.field"].create(
            {"interface_id": note.id, "path": "who", "name": "Who", "required": True}
        )
        refused = self.call("note", {})
        self.assertEqual(refused["code"], "schema")
        self.assertIn("Who", refused["message"])
        self.assertEqual(self.call("note", {"who": "me"})["code"], "0")
        self.assertEqual(self.message().mapped("state"), ["done", "refused"])

    def test_the_number_may_stand_in_the_body(self):
        self.env["hospital.platform.parameter"].create(
            {"platform_id": self.platform.id, "name": "in_request_id_path", "value": "head.id"}
        )
        self.platform.signing = "none"
        self.call("note", {"head": {"id": "B1"}}, "")
        self.assertEqual(self.message("B1").state, "done")

    # === WHAT IS REFUSED ===

    def test_changes_of_the_platform_count_at_once(self):
        self.assertEqual(self.call("ping")["code"], "0")
        self.platform.allowed_addresses = "10.0.0.1"
        self.assertEqual(self.call("ping", number="N2")["code"], "address")
        self.platform.write({"allowed_addresses": "127.0.0.1", "mode": "disabled"})
        self.assertEqual(self.call("ping", number="N2")["code"], "disabled")
        self.platform.write({"mode": "test", "inbound_from": 24, "inbound_until": 0})
        self.assertEqual(self.call("ping", number="N2")["code"], "hours")
        self.platform.inbound_until = 24
        self.platform.secret_ids.value = "another key"
        self.assertEqual(self.call("ping", number="N2")["code"], "signature")
        self.assertEqual(self.call("ping", number="N2", key="another key")["code"], "0")
        self.env["hospital.interface"].search([("code", "=", "ping")]).active = False
        self.assertEqual(self.call("ping", number="N3", key="another key")["code"], "operation")

    def test_without_a_key_nothing_is_served(self):
        self.platform.secret_ids.unlink()
        self.assertEqual(self.call("ping")["code"], "config")

    def test_addresses_are_checked_when_they_are_entered(self):
        with self.assertRaisesRegex(ValidationError, "10.1.2.300"):
            self.platform.allowed_addresses = "10.1.2.3\n10.1.2.300"
        with self.assertRaises(ValidationError):
            self.platform.rate_limit = 0

    def test_an_attack_fills_no_table(self):
        Refusal = self.env["hospital.exchange.refusal"]
        with patch.object(exchange_refusal, "MOST_ROWS", 5):
            for number in range(9):
                Refusal._count(self.platform.id, "signature", f"10.0.0.{number}")
        rows = Refusal.search([("platform_id", "=", self.platform.id)])
        self.assertEqual(len(rows), 6)
        self.assertEqual(sum(rows.mapped("count")), 9)
        self.assertEqual(rows.filtered(lambda row: not row.address).count, 4)
        before = self.env.cr.sql_log_count
        for _call in range(100):
            Refusal._count(self.platform.id, "rate", "10.0.0.1")
        self.assertLess(self.env.cr.sql_log_count - before, 100)
        with self.assertRaises(AccessError):
            rows[0].with_user(self.users["admin"]).write({"count": 0})

    def test_a_mistake_of_a_protocol_is_an_answer(self):
        def broken(*_arguments):
            raise ZeroDivisionError("欧阳")

        with (
            patch.object(self.registry["hospital.protocol"], "_inbound_clock", broken),
            mute_logger("odoo.addons.hospital_exchange.tools.inbound.answering"),
        ):
            reply = self.call("ping")
        self.assertEqual(reply["code"], "internal")
        self.assertNotIn("欧阳", json.dumps(reply, ensure_ascii=False))
        self.assertFalse(self.message())

    def test_a_mistake_after_the_handler_keeps_nothing_but_the_evidence(self):
        self.user.group_ids = [Command.link(self.env.ref("hospital_base.group_hospital_it_operator").id)]

        def broken(*_arguments):
            raise ZeroDivisionError("欧阳")

        with (
            patch.object(self.registry["hospital.protocol"], "_reply", broken),
            mute_logger("odoo.addons.hospital_exchange.tools.inbound.answering"),
        ):
            self.assertEqual(self.call("note", {"write": "lost"})["code"], "internal")
        self.assertNotEqual(self.campus.address, "lost")
        self.assertEqual((self.message().state, self.message().is_attention), ("dead", True))
        self.assertEqual(self.call("note", {"write": "kept"})["code"], "0")
        self.assertEqual(self.campus.address, "kept")

    def test_every_protocol_can_be_called_in(self):
        door = self.platform._open_door()
        request = InboundRequest("POST", "/", "x", "json", {}, [], b"", b"", "utf-8", "127.0.0.1", 0)
        incoming = Incoming("x", "N", {})
        labelled = [
            name
            for name, model in self.registry.items()  # dialects of other addons have words of their own
            if getattr(model, "_protocol_label", None) and model._original_module == "hospital_exchange"
        ]
        self.assertGreater(len(labelled), 5)
        for name in labelled:
            with self.subTest(protocol=name):
                status, _headers, body = self.env[name]._reply(door, request, incoming, {"a": 1})
                self.assertEqual((status, json.loads(body)["data"]), (200, {"a": 1}))
                status, _headers, body = self.env[name]._error_reply(door, request, "busy", "wait")
                self.assertEqual(json.loads(body), {"code": "busy", "message": "wait"})
                self.assertTrue(self.env[name]._inbound_sentence("busy"))
