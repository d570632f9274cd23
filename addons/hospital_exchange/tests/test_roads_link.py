import base64
import json
import time
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.tests import BaseCase, HttpCase, new_test_user, tagged
from odoo.tools import config, mute_logger

from ..models.res_users_ticket import KIND
from ..tools import signing, tickets
from ..tools.crypto import sm2
from ..tools.errors import CallError
from .exchange_common import ExchangeCase

KEY = "a key both sides hold"


def claims_of(ticket):
    text = ticket.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@tagged("post_install", "-at_install")
class TestTickets(BaseCase):
    def claims(self, ticket, audience="lis", **values):
        return tickets.read("hmac_sm3", KEY, ticket, audience, **values)

    def assert_refused(self, reason, ticket, *arguments, **values):
        with self.assertRaises(tickets.TicketError) as caught:
            self.claims(ticket, *arguments, **values)
        self.assertEqual(caught.exception.reason, reason)

    def test_every_scheme_makes_what_it_can_check(self):
        written = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        private, _public = sm2.generate()
        keys = {"rsa_sha256": written.decode(), "sm2": private if isinstance(private, str) else private.hex()}
        for scheme, _name in signing.SCHEMES[1:]:
            key = keys.get(scheme, KEY)
            ticket = tickets.make(scheme, key, {"aud": "lis", "sub": "张医生"})
            self.assertRegex(ticket, r"^[\w-]+\.[\w-]+$")
            self.assertEqual(tickets.read(scheme, tickets.public_of(scheme, key), ticket, "lis")["sub"], "张医生")
            text, _dot, signature = ticket.partition(".")
            middle = len(signature) // 2
            other = "A" if signature[middle] != "A" else "B"
            with self.assertRaises(tickets.TicketError):
                changed = f"{text}.{signature[:middle]}{other}{signature[middle + 1 :]}"
                tickets.read(scheme, tickets.public_of(scheme, key), changed, "lis")

    def test_what_is_refused(self):
        ticket = tickets.make("hmac_sm3", KEY, {"aud": "lis", "sub": "a"}, life=60)
        self.assertEqual(self.claims(ticket)["sub"], "a")
        self.assert_refused("audience", ticket, "other")
        self.assert_refused("expired", ticket, now=time.time() + 61)
        self.assert_refused("expired", ticket, now=time.time() - 31)
        text, _dot, signature = ticket.partition(".")
        stronger = {**claims_of(ticket), "sub": "admin"}
        forged = base64.urlsafe_b64encode(json.dumps(stronger).encode()).rstrip(b"=").decode()
        self.assert_refused("signature", f"{forged}.{signature}")
        for broken in (
            "",
            ".",
            text,
            f"{text}.",
            f".{signature}",
            "a.b",
            f"{text}.é",
            "x" * 5000 + ".y",
            f"{ticket}.z",
        ):
            with self.assertRaises(tickets.TicketError):
                self.claims(broken)
        with self.assertRaises(tickets.TicketError):
            tickets.read("hmac_sha256", KEY, ticket, "lis")
        with self.assertRaises(tickets.TicketError):
            tickets.read("none", KEY, ticket, "lis")
        long_lived = tickets.make("hmac_sm3", KEY, {"aud": "lis"}, life=10**9)
        self.assertEqual(claims_of(long_lived)["exp"] - claims_of(long_lived)["iat"], tickets.LONGEST_LIFE)


@tagged("post_install", "-at_install")
class TestLinks(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(config.options, {"hospital_secret_key": "k" * 40}))
        cls.platform = cls.make_platform("pacs", url_test="https://pacs.example/view", signing="hmac_sm3")
        cls.env["hospital.secret"].create({"platform_id": cls.platform.id, "name": "sign_key", "value": KEY})
        make = cls.env["hospital.interface"].create
        cls.link = make(
            {
                "platform_id": cls.platform.id,
                "code": "images",
                "name": "Images",
                "direction": "link",
                "effect": "read",
                "model_id": cls.env["ir.model"]._get_id("hospital.department"),
                "link_template_ids": [
                    (0, 0, {"template": "{url}/all?no={no}&by={user}&ticket={ticket}"}),
                    (0, 0, {"campus_id": cls.other_campus.id, "template": "https://other.example/{no}"}),
                ],
                "field_ids": [
                    (0, 0, {"path": "no", "name": "Number", "source": "record", "value": "code"}),
                ],
            }
        )
        cls.asks = make(
            {"platform_id": cls.platform.id, "code": "ticket", "name": "Ticket", "direction": "in", "effect": "read"}
        )
        cls.department, cls.elsewhere = cls.env["hospital.department"].create(
            [
                {"name": "A&E", "code": "A&E 急/诊", "campus_id": cls.campus.id, "kind": "clinic"},
                {"name": "Other", "code": "O1", "campus_id": cls.other_campus.id, "kind": "clinic"},
            ]
        )

    def url(self, record=None, user="clerk"):
        record = record or self.department
        return self.link.with_user(self.users[user])._link(record.with_user(self.users[user]))

    def ticket(self):
        return parse_qs(urlsplit(self.url()).query)["ticket"][0]

    def test_an_address_for_the_campus_with_a_ticket_good_once(self):
        url = self.url()
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        self.assertEqual((parts.netloc, parts.path), ("pacs.example", "/view/all"))
        self.assertEqual((query["no"], query["by"]), (["A&E 急/诊"], ["exchange_clerk"]))
        [ticket] = query["ticket"]
        answer = self.asks._receive({"ticket": ticket})
        self.assertEqual((answer["sub"], answer["campus"], answer["code"]), ("exchange_clerk", "EXCHANGE", "images"))
        with self.assertRaises(CallError) as caught:
            self.asks._receive({"ticket": ticket})
        self.assertEqual(caught.exception.code, "ticket_used")
        self.assertIn("used already", str(caught.exception))
        self.assertEqual(self.link._link(self.elsewhere), "https://other.example/O1")

    def test_it_is_kept_as_a_message_without_the_ticket(self):
        ticket = self.ticket()
        message = self.env["hospital.message"].search([("interface_id", "=", self.link.id)], limit=1)
        self.assertEqual((message.state, message.direction, message.res_id), ("done", "out", self.department.id))
        self.assertEqual(message.attempt_ids.user_id, self.users["clerk"])
        kept = json.dumps(message.sudo().read(), default=str) + message._body("request") + message._body("reply")
        self.assertNotIn(ticket, kept)
        self.assertIn("{ticket}", kept)
        self.assertIn("pacs.example", kept)

    def test_expired_altered_and_from_elsewhere(self):
        ticket = self.ticket()
        later = time.time() + 100
        with patch.object(tickets.time, "time", lambda: later), self.assertRaises(CallError) as caught:
            self.asks._receive({"ticket": ticket})
        self.assertEqual(caught.exception.code, "ticket_expired")
        for wrong in ("", None, 7, f"{ticket[:-2]}AA", ticket[1:], {"a": 1}):
            with self.assertRaises(CallError):
                self.asks._receive({"ticket": wrong})
        other = self.make_platform("lis", signing="hmac_sm3")
        self.env["hospital.secret"].create({"platform_id": other.id, "name": "sign_key", "value": KEY})
        with self.assertRaises(tickets.TicketError) as refused:
            other._check_ticket(ticket)
        self.assertEqual(refused.exception.reason, "audience")
        with self.assertRaises(tickets.TicketError):
            self.platform._check_ticket(ticket, theirs=True)
        self.assertTrue(self.platform._check_ticket(ticket))

    def test_what_is_not_set_up(self):
        for values in ({"signing": "none"}, {"mode": "disabled"}, {"url_test": "javascript:alert(1)"}):
            before = {name: self.platform[name] for name in values}
            self.platform.write(values)
            with self.assertRaises(CallError):
                self.url()
            self.platform.write(before)
        for template in ("{url}?key={secret:sign_key}", "{url}?x={nothing}", "file:///etc/passwd"):
            self.link.link_template_ids.filtered(lambda line: not line.campus_id).template = template
            with self.assertRaises(CallError) as caught:
                self.url()
            self.assertNotIn(KEY, f"{caught.exception} {caught.exception.detail}")

    def test_from_the_screen(self):
        ask = self.env["hospital.interface"].with_user(self.users["clerk"]).hospital_link
        self.assertIn("pacs.example", ask(self.link.id, "hospital.department", self.department.id))
        for arguments in (
            (self.link.id, "res.users", 1),
            (self.link.id, False, False),
            (self.once.id, False, False),
            (0, False, False),
        ):
            with self.assertRaises(UserError):
                ask(*arguments)
        with self.assertRaises(UserError):
            ask(self.link.id, "hospital.department", 10**9)
        portal = new_test_user(self.env, "exchange_portal", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["hospital.interface"].with_user(portal).hospital_link(
                self.link.id, "hospital.department", self.department.id
            )
        self.platform.campus_id = self.other_campus
        with self.assertRaises(AccessError):
            ask(self.link.id, "hospital.department", self.department.id)
        self.platform.campus_id = False
        action = self.link._link_action(self.department)
        self.assertEqual((action["type"], action["target"]), ("ir.actions.act_url", "new"))
        self.link.link_target = "frame"
        action = self.link._link_action(self.department)
        self.assertEqual(action["tag"], "hospital_exchange_link")
        self.assertNotIn("ticket", json.dumps(action))

    def test_a_button_on_any_model(self):
        server_action = self.env["ir.actions.server"].create(
            {
                "name": "Images",
                "model_id": self.link.model_id.id,
                "state": "exchange",
                "exchange_interface_id": self.link.id,
                "group_ids": [(4, self.env.ref("hospital_base.group_hospital_user").id)],
            }
        )
        self.assertFalse(server_action.warning)
        context = {"active_model": "hospital.department", "active_id": self.department.id}
        action = server_action.with_user(self.users["clerk"]).with_context(**context).run()
        self.assertIn("pacs.example", action["url"])


@tagged("post_install", "-at_install")
class TestEnter(HttpCase):
    """Somebody arrives who was signed in over there."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(config.options, {"hospital_secret_key": "k" * 40}))
        self.platform = self.env["hospital.platform"].create(
            {
                "name": "Portal",
                "code": "portal",
                "protocol": "hospital.protocol.link",
                "mode": "test",
                "url_test": "https://portal.example",
                "signing": "hmac_sha256",
                "secret_ids": [(0, 0, {"name": "sign_key", "value": KEY})],
                "parameter_ids": [(0, 0, {"name": "sso_in", "value": "1"})],
            }
        )
        self.doctor = new_test_user(self.env, "ticket_doctor", groups="hospital_base.group_hospital_doctor")

    def ticket(self, **claims):
        return tickets.make("hmac_sha256", KEY, {"aud": "hospital", "sub": "ticket_doctor", **claims})

    def enter(self, ticket, platform="portal"):
        self.opener.cookies.clear()
        answer = self.url_open(f"/exchange/{platform}/enter?ticket={ticket}", allow_redirects=False)
        return answer.headers.get("Location", ""), answer

    def uid(self):
        answer = self.url_open("/web/session/get_session_info", data="{}", headers={"Content-Type": "application/json"})
        return answer.json().get("result", {}).get("uid")

    def test_in_with_a_good_ticket_once(self):
        ticket = self.ticket()
        location, _answer = self.enter(ticket)
        self.assertTrue(location.endswith("/odoo"), location)
        self.assertEqual(self.uid(), self.doctor.id)
        with mute_logger("odoo.addons.base.models.res_users"):
            location, _answer = self.enter(ticket)
        self.assertIn("/web/login", location)
        self.assertFalse(self.uid())

    @mute_logger("odoo.addons.base.models.res_users")
    def test_not_in(self):
        admin = self.env.ref("base.user_admin")
        for ticket in (
            self.ticket(sub=admin.login),
            self.ticket(sub="nobody"),
            self.ticket(sub=""),
            self.ticket(aud="portal"),
            tickets.make("hmac_sha256", "another key", {"aud": "hospital", "sub": "ticket_doctor"}),
            tickets.make("hmac_sha256", KEY, {"aud": "hospital", "sub": "ticket_doctor"}, now=time.time() - 3600),
            "rubbish",
            "",
        ):
            location, _answer = self.enter(ticket)
            self.assertIn("/web/login", location)
        self.assertIn("/web/login", self.enter(self.ticket(), "nowhere")[0])
        self.platform.parameter_ids.value = "0"
        self.assertIn("/web/login", self.enter(self.ticket())[0])
        self.platform.parameter_ids.value = "1"
        self.doctor.active = False
        self.assertIn("/web/login", self.enter(self.ticket())[0])
        self.assertFalse(self.uid())

    def test_to_a_record_of_a_link_only(self):
        link = {"platform_id": self.platform.id, "code": "patient", "name": "Patient", "direction": "link"}
        self.env["hospital.interface"].create({**link, "model_id": self.env["ir.model"]._get_id("hospital.patient")})
        self.assertTrue(self.enter(self.ticket(model="hospital.patient", id=7))[0].endswith("/odoo/hospital.patient/7"))
        for claims in ({"model": "res.users", "id": 1}, {"model": "//evil.example", "id": 1}, {"model": [], "id": "x"}):
            self.assertTrue(self.enter(self.ticket(**claims))[0].endswith("/odoo"))

    def test_a_password_is_no_ticket(self):
        with self.assertRaises(AccessDenied), mute_logger("odoo.addons.base.models.res_users"):
            self.env["res.users"].authenticate(
                {"login": "ticket_doctor", "type": KIND, "platform_id": self.platform.id, "ticket": "ticket_doctor"}, {}
            )
