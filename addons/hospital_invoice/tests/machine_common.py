import json
from unittest.mock import patch

from odoo import Command

from odoo.addons.hospital_exchange.models import exchange_refusal
from odoo.addons.hospital_exchange.tools import signing

KEY = "the key of the machines and the hospital"


class MachineMixin:
    """The self-service machine and the phone call over HTTP, signed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("mini_program", "self_service"):
            platform = cls.env.ref(f"hospital_payment.platform_{code}")
            platform.write({"mode": "test", "url_test": "http://127.0.0.1:9", "allowed_addresses": "127.0.0.1"})
            platform.user_id.hospital_campus_ids = [Command.set(cls.campus.ids)]
            cls.env["hospital.secret"].create({"platform_id": platform.id, "name": "sign_key", "value": KEY})
        cls.card = cls.env["hospital.card"].create({"patient_id": cls.patient.id, "number": "3399000771"})

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(exchange_refusal, "_waiting", {}))
        self.calls_in = 0

    def call_in(self, operation, platform="self_service", request=None, **payload):
        self.env.flush_all()
        self.calls_in += 1
        path = f"/exchange/{platform}/{operation}"
        body = json.dumps(payload).encode()
        signed = signing.headers("hmac_sha256", KEY, "them", "POST", path, body, request or f"N{self.calls_in}")
        reply = self.url_open(path, body, headers={**signed, "Content-Type": "application/json"})
        self.env.invalidate_all()
        return reply.json()

    def asked(self, operation, platform="self_service", **payload):
        reply = self.call_in(operation, platform, **{**self.holder, **payload})
        self.assertEqual(reply["code"], "0", reply)
        return reply["data"]

    @property
    def holder(self):
        return {"card_no": self.card.number, "patient_name": self.patient.name}

    @property
    def stay(self):
        return {"inpatient_no": self.inpatient.number, "patient_name": self.patient.name}
