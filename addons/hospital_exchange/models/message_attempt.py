from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.append_only import make_append_only

from ..tools.states import ERROR_KINDS
from .platform import MODES


class HospitalMessageAttempt(models.Model):
    """One try of a message, one question about it, or one decision of a person. Never edited."""

    _name = "hospital.message.attempt"
    _description = "Try of a message"
    _order = "id desc"
    _rec_name = "number"
    _log_access = False

    message_id = fields.Many2one("hospital.message", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="message_id.company_id")
    interface_id = fields.Many2one("hospital.interface", readonly=True, ondelete="cascade")
    number = fields.Integer(readonly=True, aggregator=None)
    purpose = fields.Selection(
        [("send", "Sent"), ("query", "Asked"), ("person", "Decision of a person")],
        required=True,
        readonly=True,
        default="send",
    )
    user_id = fields.Many2one("res.users", "Who", readonly=True, ondelete="restrict")
    started_at = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    duration_ms = fields.Integer("Time (ms)", readonly=True)
    mode = fields.Selection(MODES, readonly=True)
    http_status = fields.Integer("HTTP", readonly=True, aggregator=None)
    error_kind = fields.Selection(ERROR_KINDS, readonly=True)
    error_code = fields.Char(readonly=True)
    detail = fields.Text(readonly=True)

    _started_index = models.Index("(started_at)")

    def init(self):
        """Rows bind everybody; only the retention of whole messages may take them away, and says so."""
        make_append_only(self.env, self._table, unless="hospital.retention")

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("Tries are written by the system alone."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("A try that was made cannot be changed."))

    def unlink(self):  # pylint: disable=method-required-super
        raise UserError(self.env._("A try that was made cannot be deleted."))  # pylint: disable=no-raise-unlink

    @api.model
    def _add(self, message_id, **values):
        """One row, without the detours of the ORM: this runs for every message."""
        self.env.cr.execute(self._insert_query(message_id, **values), log_exceptions=False)
        self.env["hospital.message"].browse(message_id).invalidate_recordset(["attempt_ids"], flush=False)

    @api.model
    def _insert_query(self, message_id, **values):
        interface = SQL("(SELECT interface_id FROM hospital_message WHERE id = %s)", message_id)
        values = {
            "purpose": "send",
            "started_at": fields.Datetime.now(),
            **values,
            "message_id": message_id,
            "interface_id": interface,
        }
        if isinstance(values.get("detail"), str):
            values["detail"] = values["detail"].replace("\x00", "")
        return SQL(
            "INSERT INTO hospital_message_attempt (%s) VALUES (%s)",
            SQL(", ").join(map(SQL.identifier, values)),
            SQL(", ").join(SQL("%s", value) for value in values.values()),
        )
