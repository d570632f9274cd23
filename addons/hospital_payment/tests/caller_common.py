import json
from unittest.mock import patch

from odoo import Command

from odoo.addons.hospital_exchange.models import exchange_refusal
from odoo.addons.hospital_exchange.tools import signing

KEY = "the key of the partners and the hospital"
PARTNERS = ("mini_program", "self_service")


class CallerMixin:
    """The mini-program and the self-service machine call over HTTP, signed."""

    partner = "mini_program"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in PARTNERS:
            platform = cls.env.ref(f"hospital_payment.platform_{code}")
            platform.write({"mode": "test", "url_test": "http://127.0.0.1:9", "allowed_addresses": "127.0.0.1"})
            platform.user_id.hospital_campus_ids = [Command.set(cls.campus.ids)]
            cls.env["hospital.secret"].create({"platform_id": platform.id, "name": "sign_key", "value": KEY})

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(exchange_refusal, "_waiting", {}))
        self.calls_in = 0

    def call_in(self, operation, platform=None, request=None, **payload):
        """The whole answer; `request` is the number of the call."""
        self.env.flush_all()
        self.calls_in += 1
        path = f"/exchange/{platform or self.partner}/{operation}"
        body = json.dumps(payload).encode()
        signed = signing.headers("hmac_sha256", KEY, "them", "POST", path, body, request or f"N{self.calls_in}")
        reply = self.url_open(path, body, headers={**signed, "Content-Type": "application/json"})
        self.env.invalidate_all()
        return reply.json()
