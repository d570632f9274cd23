from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from odoo.tests import TransactionCase

from odoo.addons.hospital_exchange.tools import http
from odoo.addons.hospital_exchange.tools.call import Answer
from odoo.addons.hospital_exchange.tools.errors import ExchangeError

from ..tools.far import Asked


class SandboxCase(TransactionCase):
    """Platforms in sandbox mode within one transaction: the bytes are made, signed and read, only the line is short."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US", "tracking_disable": True})

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(http, "send", self.carry))
        if not type(self)._registry_patched:  # with a server of its own it is by now
            self.registry_enter_test_mode()

    def carry(self, call, _session, method, url, headers=None, body=b"", sign=None, **_options):
        """In place of the wire: straight to the far side."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        _empty, _sandbox, code, *path = parts.path.split("/")
        headers = {**(headers or {}), **(sign(method, target, body) if sign else {})}
        asked = Asked(
            method,
            "/".join(path).strip("/"),
            target,
            headers,
            body or b"",
            dict(parse_qsl(parts.query, keep_blank_values=True)),
        )
        call.sent = True
        told = self.env["hospital.sandbox"]._serve(code, asked)
        self.env.flush_all()
        if told.cut or told.seconds > call.timeout[1]:
            raise ExchangeError("unknown", detail="the line was cut")
        return Answer(told.status, told.headers, told.body)

    def deliver(self, platform):
        self.env.flush_all()
        with self.registry.cursor() as cr:  # deliveries commit: on a cursor of the test, whose commits are savepoints
            platform.with_env(self.env(cr=cr))._deliver()
        self.env.invalidate_all()

    def make_due(self, messages):
        self.env.cr.execute(
            "UPDATE hospital_message SET next_try_at = create_date WHERE id = ANY(%s) AND NOT is_attention",
            [messages.ids],
        )
        self.env.invalidate_all()

    def play(self, interface, kind, **values):
        return self.env["hospital.sandbox.fault"].create(
            {"platform_id": interface.platform_id.id, "interface_id": interface.id, "kind": kind, **values}
        )

    def done(self, platform, kind="do"):
        """{key: how often the far side has done it}"""
        records = self.env["hospital.sandbox.record"].search([("platform_id", "=", platform.id), ("kind", "=", kind)])
        return {record.key: record.count for record in records}
