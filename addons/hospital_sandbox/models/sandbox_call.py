import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

VERDICTS = [
    ("done", "Done"),
    ("duplicate", "Duplicate"),
    ("refused", "Refused"),
    ("signature", "Wrong signature"),
    ("schema", "Does not fit the field lines"),
    ("operation", "No such operation"),
    ("lost", "Never arrived"),
]
KEPT_DAYS = 7
MOST = 50_000
BATCH = 5_000
LARGEST = 64 * 1024
ADMIN = "hospital_exchange.group_exchange_admin"


class HospitalSandboxCall(models.Model):
    """What the far side saw, and what it made of it."""

    _name = "hospital.sandbox.call"
    _description = "Call seen by the sandbox"
    _order = "id desc"
    _rec_name = "number"
    _log_access = False

    platform_id = fields.Many2one("hospital.platform", required=True, readonly=True, ondelete="cascade")
    interface_id = fields.Many2one("hospital.interface", readonly=True, ondelete="cascade")
    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    operation = fields.Char(readonly=True)
    number = fields.Char("Number of the call", readonly=True)
    verdict = fields.Selection(VERDICTS, required=True, readonly=True)
    detail = fields.Text("What was wrong", readonly=True)
    fault_id = fields.Many2one("hospital.sandbox.fault", "Fault played", readonly=True, ondelete="set null")
    fault_kind = fields.Selection(related="fault_id.kind")
    request_body = fields.Text("Request", readonly=True, groups=ADMIN)
    reply_body = fields.Text("Answer", readonly=True, groups=ADMIN)

    _platform_index = models.Index("(platform_id, id)")
    _number_index = models.Index("(platform_id, number)")
    _fault_index = models.Index("(fault_id) WHERE fault_id IS NOT NULL")

    # === BUSINESS ===

    @api.model
    def _note(self, visit, told):
        """One row, past the ORM: this runs for every call."""
        values = {
            "platform_id": visit.platform.id,
            "interface_id": visit.interface.id if visit.interface else None,
            "at": fields.Datetime.now(),
            "operation": f"{visit.asked.method} /{visit.asked.path}"[:200],
            "number": visit.number or None,
            "verdict": visit.verdict,
            "detail": visit.detail or None,
            "fault_id": visit.fault.id if visit.fault else None,
            "request_body": self._text(visit.asked.body),
            "reply_body": self._text(told.body),
        }
        self.env.execute_query(
            SQL(
                "INSERT INTO hospital_sandbox_call (%s) VALUES (%s) RETURNING id",
                SQL(", ").join(map(SQL.identifier, values)),
                SQL(", ").join(SQL("%s", self._clean(value)) for value in values.values()),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _clean(self, value):
        return value.replace("\x00", "") if isinstance(value, str) else value

    @api.model
    def _text(self, body):
        return self._pretty(body[:LARGEST].decode(errors="replace"))

    @api.model
    def _pretty(self, data):
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except ValueError:
                return data
        return json.dumps(data, ensure_ascii=False, indent=2) if data else ""

    @api.autovacuum
    def _gc_calls(self):
        """A week, and not more than a disk can take: whoever finds the address may fill the log."""
        [row] = self.env.execute_query(
            SQL("SELECT id FROM hospital_sandbox_call ORDER BY id DESC OFFSET %s LIMIT 1", MOST)
        ) or [(0,)]
        before = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        calls = self.search(["|", ("at", "<", before), ("id", "<=", row[0])], limit=BATCH, order="id")
        calls.unlink()
        return len(calls), len(calls) == BATCH
