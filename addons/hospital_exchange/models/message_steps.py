import base64
import json

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..tools.errors import ExchangeError
from ..tools.redact import redact
from ..tools.states import BY_PERSON, STEPS, sources

OPERATOR = "hospital_exchange.group_exchange_operator"
AUDITOR = "hospital_exchange.group_exchange_auditor"
JSON_COLUMNS = {"payload", "reply"}
SETTLED = {"done", "refused", "dead", "closed"}


class HospitalMessage(models.Model):
    """The steps of a message: one method takes them, and people decide through the methods below it."""

    _inherit = "hospital.message"

    def _step(self, state, reason=None, must=True, returning=(), together=(), **values):
        """The only place where a message changes its state, along the table of allowed steps.

        The condition on the present state stands in the UPDATE itself: of two who take a step at once one wins, the
        other gets a serialization failure or finds no row.

        :param reason: a step that only a person takes needs one
        :param must: False gives None instead of an error when the step is not allowed from where the message is now
        :param returning: columns of the row after the step, given as a tuple
        :param together: `SQL` that is carried out in the same statement
        :param values: columns to set with the step, `SQL` is taken as it is; and what `_step_query` knows beside them
        """
        self.ensure_one()
        self.flush_recordset()
        query = self._step_query(state, reason, returning=("reversal_of_id", *returning), **values)
        row = self._fetch(query, together)
        if row is None:
            return self._refuse_step(state, reason) if must else None
        if row[0] and state in SETTLED:
            self._after_reversal()
        return row[1:] if returning else True

    def _step_query(self, state, reason=None, condition=None, told=False, returning=("id",), **values):
        """The UPDATE of a step, for `_step` and for a delivery that takes the steps of two messages in one statement.

        :param condition: what must hold beside the present state, as `SQL`
        :param told: a person was waiting for this outcome and knows it: nobody else needs to look
        """
        if state not in STEPS:
            raise ValueError(state)
        before = [source for source in sources(state) if reason or (source, state) not in BY_PERSON]
        values = {
            "next_try_at": None,
            **values,
            "state": state,
            "is_attention": self._needs_somebody(state, told, values),
        }
        if state in SETTLED:
            values.setdefault("done_at", fields.Datetime.now())
        if state != "sending":
            values.update(claimed_by=None)
        allowed = SQL("state = ANY(%s) AND %s", before, condition or SQL("TRUE"))
        return self._update_query(values, allowed, returning)

    def _needs_somebody(self, state, told, values):
        if values.get("reply_state") == "failed":
            return True
        if state == "unknown":  # with a time for the next question the engine still works on it
            return not values.get("next_try_at")
        return state in ("refused", "dead") and not told

    def _update_row(self, values, condition, returning):
        """Write columns where `condition` holds; gives a row, or None."""
        return self._fetch(self._update_query(values, condition, returning))

    def _fetch(self, query, together=()):
        if together:
            others = SQL(", ").join(
                SQL("%s AS (%s)", SQL.identifier(f"other_{number}"), other) for number, other in enumerate(together)
            )
            query = SQL("WITH %s %s", others, query)
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(flush=False)
        return self.env.cr.fetchone()

    def _update_query(self, values, condition, returning):
        assignments = SQL(", ").join(
            SQL("%s = %s", SQL.identifier(name), self._to_column(name, value)) for name, value in values.items()
        )
        return SQL(
            "UPDATE hospital_message SET %s WHERE id = %s AND %s RETURNING %s",
            assignments,
            self.id,
            condition,
            SQL(", ").join(map(SQL.identifier, returning)),
        )

    def _set(self, **values):
        """Write what is no state: notes, the reply's way to our record, what became of the caller."""
        self.flush_recordset()
        return self._update_row(values, SQL("TRUE"), ("id",))

    @staticmethod
    def _to_column(name, value):
        if isinstance(value, SQL):
            return value
        if name in JSON_COLUMNS and value is not None:
            return SQL("%s::jsonb", json.dumps(value, ensure_ascii=False))
        if isinstance(value, str):
            value = value.replace("\x00", "")  # PostgreSQL keeps no NUL in a text
        return SQL("%s", value)

    def _refuse_step(self, state, reason):
        labels = dict(self._fields["state"]._description_selection(self.env))
        self.env.cr.execute(SQL("SELECT state, number FROM hospital_message WHERE id = %s", self.id))
        row = self.env.cr.fetchone()
        if row is None:
            raise UserError(self.env._("The message does not exist any more."))
        if (row[0], state) in BY_PERSON and not reason:
            raise UserError(self.env._("Enter the reason for this decision."))
        raise UserError(
            self.env._(
                "Message %(number)s is “%(now)s” and cannot become “%(then)s”. Open the list again: somebody else may "
                "have decided already.",
                number=row[1],
                now=labels[row[0]],
                then=labels[state],
            )
        )

    # === DECISIONS OF A PERSON: for wizards; each needs a reason and the right to operate ===

    def _retry(self, reason):
        """Refused or given up: send again under the same key and number. An answer not handed over: once more."""
        for message in self._for_decision(reason):
            if message.reply_state == "failed":
                message._set(reply_state="waiting", is_attention=False)
            else:
                message._build_missing()
                message._step("pending", reason=reason, responsible_id=self.env.uid, try_count=0)
            message._remember_decision(self.env._("Send again: %s", reason))
        self._trigger_delivery()

    def _build_missing(self):
        """A message that was refused because it could not be built is built now."""
        if self.sent_at or self.payload not in (None, False):
            return
        try:
            payload = self.interface_id._build(self._record())
        except ExchangeError as error:
            raise UserError(error.sentence) from error
        self._update_row({"payload": payload}, SQL("sent_at IS NULL"), ("id",))

    def _resend(self, reason):
        """The same as a new message with a freshly built payload; the old one is closed. Gives the new messages."""
        new = self.browse()
        for message in self._for_decision(reason):
            record = message._record()
            if not record:
                raise UserError(
                    self.env._("The record of message %s is gone: there is nothing to build it from.", message.number)
                )
            message._step("closed", reason=reason, responsible_id=self.env.uid)
            again = message.interface_id._queue_again(message, record)
            message._remember_decision(
                self.env._("Sent anew as %(number)s: %(reason)s", number=again.number, reason=reason)
            )
            new |= again
        return new.with_env(self.env)

    def _close(self, reason):
        for message in self._for_decision(reason):
            if message.reply_state == "failed":
                message._set(reply_state="done", is_attention=False)
            elif message.state == "done":
                message._set(is_attention=False)
            else:
                message._step("closed", reason=reason, responsible_id=self.env.uid)
            message._remember_decision(self.env._("Closed: %s", reason))

    def _confirm_done(self, reason):
        """A person knows that the platform has done it."""
        for message in self._for_decision(reason):
            message._step("done", reason=reason, responsible_id=self.env.uid)
            message._remember_decision(self.env._("Done there: %s", reason))

    def _send_again(self, reason):
        """A person knows that the platform has not done it: send an unknown message again under its number."""
        for message in self._for_decision(reason):
            message._step("pending", reason=reason, responsible_id=self.env.uid)
            message._remember_decision(self.env._("Not done there, send again: %s", reason))
        self._trigger_delivery()

    def _ask(self):
        """Have the platform asked now whether unknown messages were done."""
        for message in self._for_decision(self.env._("asked")):
            if message.state != "unknown" or not message.interface_id.query_interface_id:
                raise UserError(
                    self.env._(
                        "Message %s cannot be asked about. Decide by what the platform's own screen says.",
                        message.number,
                    )
                )
            message._set(next_try_at=fields.Datetime.now(), is_attention=False)
        self._trigger_delivery()

    def _take_back(self, reason):
        """Queue the reversal of what was done or is unknown; gives the reversals."""
        reversals = self.browse()
        for message in self._for_decision(reason):
            if message.state not in ("done", "unknown") or not message.interface_id.reversal_interface_id:
                raise UserError(self.env._("Message %s cannot be taken back.", message.number))
            message._remember_decision(self.env._("Taken back: %s", reason))
            reversals |= message._queue_reversal()
        return reversals.with_env(self.env)

    def _for_decision(self, reason):
        """The messages in the engine's hands, after the rights of the person were looked at."""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(OPERATOR):
            raise AccessError(self.env._("Only interface operators decide about messages. Ask IT."))
        if not (reason or "").strip():
            raise UserError(self.env._("Enter the reason for this decision."))
        return self.sudo()  # rows are written by nobody; rights were checked just now

    def _remember_decision(self, text):
        self.env["hospital.message.attempt"]._add(self.id, purpose="person", user_id=self.env.uid, detail=text)
        self.platform_id._pulse()

    def _trigger_delivery(self):
        _sudo = self.sudo()  # whoever may decide about a message may have it sent
        _sudo.platform_id._trigger_delivery()

    # === BODIES ===

    def hospital_read_bodies(self):
        """For auditors: request and reply of one message, redacted; leaves a row in the access log."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(AUDITOR):
            raise AccessError(self.env._("Only interface auditors read the bodies of messages."))
        self.env["hospital.access.log"]._log("reveal", self, field_names="request_body, reply_body", detail=self.number)
        _sudo = self.sudo()  # bodies are closed to every user; this is the one logged way to them
        keys = (_sudo.platform_id.redact_keys or "").split()
        return {
            "number": _sudo.number,
            "request": redact(_sudo._body("request"), keys),
            "reply": redact(_sudo._body("reply"), keys),
        }

    def _body(self, which):
        if kept := self[f"{which}_file"]:
            return base64.b64decode(kept).decode()
        if text := self[f"{which}_body"]:
            return text
        plain = self.payload if which == "request" else self.reply
        return json.dumps(plain, ensure_ascii=False, indent=2) if plain else ""
