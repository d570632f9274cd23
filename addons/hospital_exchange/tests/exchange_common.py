import base64
import json
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from odoo import Command, fields
from odoo.tests import TransactionCase, new_test_user
from odoo.tests.common import _super_send as send_for_real
from odoo.tools import SQL

from ..tools.call import Evidence, Result
from ..tools.errors import ExchangeError


class FarSide:
    """Stands where the bytes would leave: answers what the test tells it, and remembers what it was asked."""

    def __init__(self):
        self.calls = []
        self.answers = {}

    def answer(self, code, *answers):
        """For the interface `code`: a reply, an ExchangeError or any other exception per call; the last one repeats."""
        self.answers[code] = list(answers)

    def __call__(self, _protocol, call):
        self.calls.append((call.interface.code, call.number, call.key, call.payload))
        answers = self.answers.get(call.interface.code) or [{"ref": f"R{len(self.calls)}"}]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(call)
        if isinstance(answer, Exception):
            raise answer
        request, reply = (json.dumps(body, ensure_ascii=False).encode() for body in (call.payload, answer))
        evidence = Evidence(request_body=request, reply_body=reply, http_status=200)
        return Result(reply=answer, remote_ref=answer.get("ref", ""), evidence=evidence)

    def count(self, code):
        return sum(call[0] == code for call in self.calls)


def make_lines(interface, *lines):
    """Request lines as (path, name, source, value, other values)."""
    return interface.env["hospital.interface.field"].create(
        [
            {
                "interface_id": interface.id,
                "sequence": number,
                "path": path,
                "name": name,
                "source": source,
                "value": value,
                **(more[0] if more else {}),
            }
            for number, (path, name, source, value, *more) in enumerate(lines)
        ]
    )


def broken_lines(env, platform=None):
    """Sentences about the field lines, of all platforms or one, whose record paths lead nowhere on this registry."""
    domain = [("platform_id", "=", platform.id)] if platform else []
    problems = []
    for line in env["hospital.interface.field"].search(domain):
        if problem := line._path_problem():
            problems.append(f"{line.interface_id.display_name} {line.path}: {problem}")
        if line.source == "record" and not line.value:
            problems.append(f"{line.interface_id.display_name} {line.path}: no record path")
    return problems


def error(kind, code="", **values):
    return ExchangeError(kind, code=code, **values)


class LocalRequests:
    """Mixed into a test case: requests to this machine go out with the time-outs they have."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        host = urlsplit(request.url).hostname
        if host in ("127.0.0.1", "localhost") or host.endswith(".invalid"):
            return send_for_real(session, request, **options)
        return super()._request_handler(session, request, **{**options, "timeout": None})


class ExchangeCase(LocalRequests, TransactionCase):
    """A platform with an interface of every effect; delivery commits into the transaction of the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US", "tracking_disable": True})
        cls.env.company.partner_id.lang = "en_US"  # what is kept on a message is in the language of the hospital
        platforms = cls.registry["hospital.platform"]
        families = platforms._selection_protocol
        cls.startClassPatcher(
            patch.object(
                platforms, "_selection_protocol", lambda self: [("hospital.protocol", "Test"), *families(self)]
            )
        )
        cls.campus = cls.env["hospital.campus"].create({"name": "Exchange Campus", "code": "EXCHANGE"})
        cls.other_campus = cls.env["hospital.campus"].create({"name": "Other Campus", "code": "EXCHANGE2"})
        cls.owner = new_test_user(cls.env, "exchange_owner", email="owner@example.com", groups="base.group_user")
        cls.users = {
            role: new_test_user(
                cls.env,
                f"exchange_{role}",
                groups=f"hospital_exchange.group_exchange_{role},base.group_allow_export",
                hospital_campus_ids=[Command.set(cls.campus.ids)],
            )
            for role in ("operator", "admin", "auditor")
        }
        cls.users["clerk"] = new_test_user(
            cls.env,
            "exchange_clerk",
            groups="hospital_base.group_hospital_registrar",
            hospital_campus_ids=[Command.set(cls.campus.ids)],
        )
        cls.platform = cls.make_platform("unit")
        cls.interfaces = cls.make_interfaces(cls.platform)
        cls.once, cls.upsert, cls.read = (cls.interfaces[code] for code in ("do", "set", "get"))

    def setUp(self):
        super().setUp()
        self.far = FarSide()
        Protocol = self.registry["hospital.protocol"]
        self.startPatcher(patch.object(Protocol, "_call", lambda protocol, call: self.far(protocol, call)))
        if not type(self)._registry_patched:  # with a server of its own it is by now
            self.registry_enter_test_mode()

    @classmethod
    def make_platform(cls, code, **values):
        return cls.env["hospital.platform"].create(
            {
                "name": f"Platform {code}",
                "code": code,
                "protocol": "hospital.protocol",
                "mode": "test",
                "url_test": "http://127.0.0.1:9",
                "owner_id": cls.owner.id,
                **values,
            }
        )

    @classmethod
    def make_interfaces(cls, platform):
        make = cls.env["hospital.interface"].create
        common = {"platform_id": platform.id, "query_delay": 0}
        asks = make({**common, "code": "ask", "name": "Ask", "effect": "read", "absent_codes": "404"})
        undo = make({**common, "code": "undo", "name": "Undo", "effect": "upsert", "absent_codes": "404"})
        return {
            "ask": asks,
            "undo": undo,
            "get": make({**common, "code": "get", "name": "Get", "effect": "read"}),
            "set": make({**common, "code": "set", "name": "Set", "effect": "upsert"}),
            "do": make(
                {
                    **common,
                    "code": "do",
                    "name": "Do",
                    "effect": "once",
                    "query_interface_id": asks.id,
                    "reversal_interface_id": undo.id,
                }
            ),
        }

    def queue(self, interface=None, key="A", payload=None, **options):
        return (interface or self.once)._queue(self.campus, key=key, payload=payload or {"id": key}, **options)

    def deliver(self, platform=None):
        self.env.flush_all()
        with self.registry.cursor() as cr:  # deliveries commit: on a cursor of the test, whose commits are savepoints
            done = (platform or self.platform).with_env(self.env(cr=cr))._deliver()
        self.env.invalidate_all()
        return done

    def make_due(self):
        """The next try of everything is now."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE hospital_message SET next_try_at = create_date "
                "WHERE next_try_at IS NOT NULL AND NOT is_attention"
            )
        )
        self.env.invalidate_all()

    def make_certificate(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "test")])
        now = fields.Datetime.now()
        builder = x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(9)
        )
        content = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return self.env["certificate.certificate"].create({"name": "test", "content": base64.b64encode(content)})

    def let_end(self, days):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE certificate_certificate SET date_end = %s WHERE id = %s",
                fields.Datetime.now() + timedelta(days=days), self.platform.certificate_id.id)
        )  # fmt: skip
        self.env.invalidate_all()
