from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence

from ..tools.states import ERROR_KINDS, STATES

CHECKED = object()
"""Marks, in the context, rows this model writes itself. No call from outside can carry it."""


class HospitalMessage(models.Model):
    """One call of one interface. Its state changes by `_step` alone, see `message_steps.py`."""

    _name = "hospital.message"
    _description = "Message"
    _order = "id desc"
    _rec_name = "number"
    _log_access = False

    platform_id = fields.Many2one("hospital.platform", required=True, readonly=True, ondelete="restrict")
    interface_id = fields.Many2one("hospital.interface", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", "Hospital", required=True, readonly=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", readonly=True, ondelete="restrict")
    create_date = fields.Datetime("Made at", required=True, readonly=True, default=fields.Datetime.now)
    create_uid = fields.Many2one("res.users", "Made by", readonly=True, default=lambda self: self.env.uid)
    direction = fields.Selection([("out", "Out"), ("in", "In")], required=True, readonly=True, default="out")
    key = fields.Char(required=True, readonly=True, help="What makes this call the same call, unique per interface.")
    key_base = fields.Char(readonly=True, help="The key without the number of its repetition.")
    number = fields.Char(readonly=True, help="Under this number the platform knows the call.")
    res_model = fields.Char("Model", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True)
    record_name = fields.Char("About", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    priority = fields.Integer(readonly=True, default=10, aggregator=None)

    payload = fields.Json(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    request_body = fields.Text(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    request_file = fields.Binary(groups=fields.NO_ACCESS, attachment=True, copy=False)
    reply = fields.Json(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    reply_body = fields.Text(groups=fields.NO_ACCESS, copy=False, prefetch=False)
    reply_file = fields.Binary(groups=fields.NO_ACCESS, attachment=True, copy=False)
    remote_ref = fields.Char("Number there", readonly=True)

    state = fields.Selection(STATES, required=True, readonly=True, default="pending")
    is_attention = fields.Boolean("Needs somebody", readonly=True, default=False)
    reply_state = fields.Selection(
        [("waiting", "To be handed over"), ("done", "Handed over"), ("failed", "Could not be handed over")],
        "Handing over",
        readonly=True,
        help="Whether our own record has taken the answer. What failed here was done by the platform and is not sent "
        "again.",
    )
    caller_state = fields.Selection(
        [("open", "At work"), ("kept", "Kept"), ("lost", "Rolled back")],
        "Caller",
        readonly=True,
        help="What became of the work of the person who waited for the answer.",
    )
    caller_xid = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    error_kind = fields.Selection(ERROR_KINDS, readonly=True)
    error_code = fields.Char(readonly=True)
    error_sentence = fields.Text("What happened", readonly=True)
    error_detail = fields.Text("Detail for technicians", readonly=True)
    try_count = fields.Integer("Tries", readonly=True, required=True, default=0, aggregator=None)
    next_try_at = fields.Datetime("Next try", readonly=True)
    claimed_at = fields.Datetime(readonly=True)
    claimed_by = fields.Char(readonly=True)
    sent_at = fields.Datetime("Sent at", readonly=True)
    done_at = fields.Datetime("Settled at", readonly=True)
    duration_ms = fields.Integer("Answer time (ms)", readonly=True, aggregator="avg")
    responsible_id = fields.Many2one("res.users", readonly=True)
    note = fields.Text(readonly=True)
    reversal_of_id = fields.Many2one("hospital.message", "Takes back", readonly=True, ondelete="restrict")
    reversal_ids = fields.One2many("hospital.message", "reversal_of_id", "Taken back by")
    attempt_ids = fields.One2many("hospital.message.attempt", "message_id", "Tries made")

    _key_unique = models.Constraint("UNIQUE (interface_id, key)", "This call has been made already.")
    _due_index = models.Index("(platform_id, priority, id) WHERE direction = 'out' AND state IN ('pending', 'retry')")
    _open_index = models.Index("(platform_id, state, next_try_at) WHERE state IN ('sending', 'unknown')")
    _attention_index = models.Index("(id) WHERE is_attention IS TRUE")
    _attention_platform_index = models.Index("(platform_id) WHERE is_attention")
    _reply_index = models.Index("(platform_id, id) WHERE reply_state = 'waiting'")
    _caller_index = models.Index("(platform_id, id) WHERE caller_state = 'open'")
    _key_base_index = models.Index("(interface_id, key_base, id) WHERE key_base IS NOT NULL")
    _record_index = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")
    _reversal_index = models.Index("(reversal_of_id) WHERE reversal_of_id IS NOT NULL")
    _retention_index = models.Index("(interface_id, create_date)")
    _platform_day_index = models.Index("(platform_id, create_date)")
    _failed_index = models.Index("(platform_id, create_date) WHERE state IN ('refused', 'dead')")

    def init(self):
        """A payload is frozen once it may have been sent, also for whoever writes SQL."""
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE FUNCTION hospital_message_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the payload of a message that was sent is frozen' USING ERRCODE = '42501';
            END $$;
            DROP TRIGGER IF EXISTS hospital_message_frozen ON hospital_message;
            CREATE TRIGGER hospital_message_frozen BEFORE UPDATE OF payload, key, number ON hospital_message
                FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL AND (OLD.payload IS DISTINCT FROM NEW.payload
                    OR OLD.key IS DISTINCT FROM NEW.key OR OLD.number IS DISTINCT FROM NEW.number))
                EXECUTE FUNCTION hospital_message_frozen();
            """
            )
        )

    # === CRUD: rows are written by the engine alone ===

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("hospital_message") is not CHECKED:
            raise UserError(self.env._("Messages are written by the system alone."))
        return super().create(vals_list)

    def write(self, vals):
        if self.env.context.get("hospital_message") is not CHECKED:
            raise UserError(self.env._("A message is never changed by hand. Use retry, resend or close."))
        return super().write(vals)

    def unlink(self):
        if self.env.context.get("hospital_message") is not CHECKED:
            # uninstalling drops the table and deletes no row
            text = self.env._("Messages are never deleted by hand. They go when their time is over.")
            raise UserError(text)  # pylint: disable=no-raise-unlink
        return super().unlink()

    @api.model
    def _create_checked(self, vals_list):
        """For the engine and calls in: the only way to a new row."""
        with unique_or_sentence(self.env, self._taken_sentence):  # two at once; and no log reads the payload
            return self._in_our_hands().create(vals_list).with_env(self.env)

    @api.model
    def _taken_sentence(self):
        return self.env._("This call is being made right now. Wait a moment and look again.")

    def _in_our_hands(self):
        _sudo = self.sudo()  # nobody may write messages, the engine does
        return _sudo.with_context(hospital_message=CHECKED)

    def _record(self):
        """The record the message is about; empty when it is gone."""
        self.ensure_one()
        _sudo = self.sudo()
        if not _sudo.res_model or _sudo.res_model not in self.env:
            return None
        return self.env[_sudo.res_model].browse(_sudo.res_id).exists()

    @api.model
    def _known(self, message_id):
        """A message written on another cursor: handlers can read it, though this transaction cannot see it."""
        message = self.browse(message_id)
        with self.env.registry.cursor() as cr:
            names = ["number", "key", "remote_ref", "res_model", "res_id", "state", "currency_id", "amount"]
            [values] = message.with_env(self.env(cr=cr)).read(names, load=None)
        for name in names:
            field = self._fields[name]
            field._update_cache(message, field.convert_to_cache(values[name], message))
        return message

    # === THE SAME CALL AGAIN ===

    def _stands_for(self, payload):
        """This message when it makes a new one with the same key needless, else None."""
        if self.state in ("refused", "dead"):
            return None  # surely not done
        taken_back = self.reversal_ids.filtered(lambda other: other.state not in ("refused", "dead", "closed"))
        if taken_back.filtered(lambda other: other.state == "done"):
            return None
        if self.interface_id.effect == "once" or self.payload == payload:
            return self
        if self.state == "pending" and self._update_row({"payload": payload}, SQL("sent_at IS NULL"), ("id",)):
            return self
        return None

    def _replace_by_newer(self):
        """A newer message with this key is being written: this one must neither overtake it nor wait for a person."""
        for message in self:
            note = message.env._("Replaced by a newer message.")
            if message.state == "retry":
                message._step("dead", told=True, note=note)
            elif message.state in ("refused", "dead"):
                message._set(is_attention=False, note=note)

    # === ACTIONS ===

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [[False, "form"]],
        }
