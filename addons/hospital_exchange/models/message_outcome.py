import logging
import traceback
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..tools.call import Call
from ..tools.errors import ExchangeError
from ..tools.momentary import is_momentary
from ..tools.perform import LARGE, file_of, perform, text_of

_logger = logging.getLogger(__name__)

DELAYS = (1, 2, 5, 15, 60)
"""Minutes until the next try; the last one repeats."""
LOCK = 0x68_6D_73_67  # "hmsg": space of the advisory locks of messages at work
ASKED_AT_MOST = 10


class HospitalMessage(models.Model):
    """What follows from the outcome of a call: the one place where an error kind becomes a step."""

    _inherit = "hospital.message"

    # === LOCK OF A CALL AT WORK ===

    def _hold(self):
        """Hold the message for as long as this process works on it; PostgreSQL lets go when the process dies."""
        [row] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK, self.id))
        return row[0]

    def _release(self):
        if not self.env.cr.closed:
            self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK, self.id))

    # === OUTCOME OF SENDING ===

    def _settle(self, outcome, interface, waited=False):
        """Write the try and take the step that follows from it.

        :param waited: a person waits and is told, so nothing is tried behind his back
        """
        attempt, state, values = self._consequence(outcome, interface, waited)
        self.env["hospital.message.attempt"]._add(self.id, **attempt)
        files = {name: values.pop(name) for name in ("request_file", "reply_file") if name in values}
        self._step(state, **values)
        if files:
            self._in_our_hands().write(files)

    def _settle_queries(self, outcome, interface):
        """The same as SQL, for a plain success: it is written together with the claim of the next message."""
        attempt, state, values = self._consequence(outcome, interface, waited=False)
        return (
            self.env["hospital.message.attempt"]._insert_query(self.id, **attempt),
            self._step_query(state, **values),
        )

    def _consequence(self, outcome, interface, waited):
        """(columns of the try, next state, columns of the message)"""
        platform = interface.platform_id
        attempt = {"number": outcome.number, "mode": platform.mode, **outcome.attempt()}
        if waited:
            attempt["user_id"] = self.env.uid
        state, values = self._verdict(outcome, interface, waited)
        values.update(self._evidence(outcome, platform), duration_ms=outcome.duration_ms)
        return attempt, state, values

    def _verdict(self, outcome, interface, waited):
        """(next state, values): an error kind decides, never the words of an error."""
        kind = outcome.kind
        if kind in (None, "duplicate"):
            return "done", self._done_values(outcome, interface, waited)
        values = self._error_values(outcome.error, interface.platform_id)
        if kind == "config":
            return "refused", {**values, "try_count": SQL("GREATEST(try_count - 1, 0)"), "told": waited}
        if kind == "business":
            return "refused", {**values, "reply": outcome.reply or None, "told": waited}
        if kind == "bug":
            return "dead", values
        if kind == "unknown" and interface.effect == "once":
            settles = interface.query_interface_id or interface.reversal_interface_id
            wait = fields.Datetime.now() + timedelta(seconds=interface.query_delay)
            return "unknown", {**values, "next_try_at": wait if settles else None}
        if waited:
            return "refused", {**values, "told": True}
        if outcome.number >= interface.max_tries:
            return "dead", values
        return "retry", {**values, "next_try_at": self._next_try(outcome.number)}

    def _done_values(self, outcome, interface, waited):
        error = outcome.error
        handler = not waited and interface._has_handler(self._handler_of(interface))
        values = {
            "reply": outcome.reply or None,
            "remote_ref": (outcome.result.remote_ref if outcome.result else None) or None,
            "reply_state": "waiting" if handler else None,
            "error_kind": error and error.kind,
            "error_code": (error and error.code) or None,
            "error_sentence": None,
            "error_detail": (error and error.detail) or None,
        }
        if error:
            values["note"] = self.env._("The platform had this call already.")
        return values

    def _handler_of(self, interface):
        return self.env.get(interface.model)

    def _error_values(self, error, platform):
        return {
            "error_kind": error.kind,
            "error_code": error.code or None,
            "error_sentence": error.sentence or self._sentence(error.kind, platform),
            "error_detail": error.detail or None,
        }

    def _sentence(self, kind, platform):
        sentences = {
            "config": self.env._("%s is not set up completely. Ask the interface administrator.", platform.name),
            "network": self.env._("%s cannot be reached. It is tried again by itself.", platform.name),
            "unknown": self.env._("%s gave no certain answer: it may have done this or not.", platform.name),
            "business": self.env._("%s refuses this. Correct what it complains about and send again.", platform.name),
            "bug": self.env._("The system made a mistake with this message. IT must look at the detail."),
        }
        return sentences.get(kind)

    def _evidence(self, outcome, platform):
        values = {}
        secrets = platform._secret_values()
        for which in ("request", "reply"):
            text = text_of(getattr(outcome.evidence, f"{which}_body"), secrets)
            if len(text) > LARGE:
                values[f"{which}_file"] = file_of(text)
            if text:
                values[f"{which}_body"] = None if len(text) > LARGE else text
        return values

    @staticmethod
    def _next_try(tries):
        return fields.Datetime.now() + timedelta(minutes=DELAYS[min(tries, len(DELAYS)) - 1])

    # === HANDING OVER ===

    def _after_send(self):
        """What follows once the answer is safely written down."""
        if self.reply_state == "waiting":
            self._hand_over()

    def _hand_over(self):
        """Give the reply to our own record, in one transaction with what the record makes of it."""
        try:
            with self.env.cr.savepoint():
                record = self._record()
                if record is not None and not record:
                    raise ExchangeError("bug", detail="the record of this message is gone")
                self.interface_id._handle(self, self.reply or {}, record)
                self._set(reply_state="done", is_attention=False)
        except Exception as error:
            if is_momentary(error):
                raise  # somebody is at our record just now: handed over in a moment
            _logger.error("message %s: its reply could not be handed over (%s)", self.id, type(error).__name__)
            self._set(
                reply_state="failed",
                is_attention=True,
                error_kind="bug",
                error_sentence=self.env._(
                    "%s has done this, but our own record could not take the answer. IT must look at the detail.",
                    self.platform_id.name,
                ),
                error_detail=getattr(error, "detail", "") or traceback.format_exc(),
            )

    # === UNKNOWN: ask, take back, or leave it to a person ===

    def _settle_unknown(self, session=None):
        """Find out what became of a call that must happen exactly once. It is never sent again on a guess."""
        interface = self.interface_id
        if interface.query_interface_id:
            self._settle_by_asking(session)
        elif interface.reversal_interface_id:
            self._settle_by_taking_back()
        else:
            self._set(next_try_at=None, is_attention=True)

    def _settle_by_asking(self, session):
        interface = self.interface_id
        query = interface.query_interface_id
        asked = self.env["hospital.message.attempt"].search_count(
            [("message_id", "=", self.id), ("purpose", "=", "query")]
        )
        outcome = self._perform_about(query, asked + 1, session)
        self.env["hospital.message.attempt"]._add(
            self.id, number=asked + 1, purpose="query", mode=self.platform_id.mode, **outcome.attempt()
        )
        found = query._found(outcome)
        if found:
            lost = self.caller_state == "lost"
            self._step("done", **self._done_values(outcome, interface, waited=self.caller_state in ("open", "lost")))
            if lost:
                self._undo_for_lost_caller()
        elif found is False:
            self._settle_absent()
        else:
            again = self._next_try(asked + 1) if asked + 1 < ASKED_AT_MOST else None
            self._set(next_try_at=again, is_attention=not again)
        return outcome

    def _settle_absent(self):
        """The platform surely has not done it."""
        if self.caller_state:
            sentence = self.env._("%s has not done this. Do it again if it is still wanted.", self.platform_id.name)
            self._step("refused", told=self.caller_state == "lost", error_sentence=sentence)
        else:
            self._step("pending")

    def _settle_by_taking_back(self):
        self._set(next_try_at=None, is_attention=False)
        self._queue_reversal()

    def _perform_about(self, interface, number, session=None):
        """Call `interface` about this message: a question, or what takes it back."""
        try:
            payload = self._payload_about(interface)
        except ExchangeError as error:
            return perform(_Failing(error), Call(interface.platform_id, interface, {}))
        platform = interface.platform_id
        call = Call(
            platform=platform, interface=interface, payload=payload, number=interface._numbers(1)[0],
            key=self.key, attempt=number, session=session, timeout=platform._timeouts(interface),
        )  # fmt: skip
        return perform(platform._protocol(), call)

    def _payload_about(self, interface):
        record = self._record()
        source = self if interface.model == self._name else record
        if interface._has_builder(source) or interface._has_request_fields():
            return interface._build(source, message=self)
        return {
            "number": self.number,
            "key": self.key,
            "remote_ref": self.remote_ref or "",
            "payload": self.payload or {},
            "reply": self.reply or {},
        }

    # === TAKING BACK ===

    def _queue_reversal(self):
        """The message that takes this one back; there is never more than one on its way or done."""
        self.ensure_one()
        known = self.reversal_ids.filtered(lambda other: other.state != "closed")[:1]
        if known:
            return known
        interface = self.interface_id.reversal_interface_id
        try:
            payload = self._payload_about(interface)
        except ExchangeError as error:
            self._set(is_attention=True, **self._error_values(error, self.platform_id))
            return known
        reversal = self._create_checked(
            [
                {
                    **interface._prepare_message_vals(self._record(), f"reverse:{self.id}", None, payload),
                    "key": f"reverse:{self.id}~{len(self.reversal_ids) + 1}",
                    "number": interface._numbers(1)[0],
                    "company_id": self.company_id.id,
                    "campus_id": self.campus_id.id,
                    "record_name": self.record_name,
                    "amount": -self.amount if self.amount else False,
                    "currency_id": self.currency_id.id,
                    "reversal_of_id": self.id,
                    "priority": 1,
                }
            ]
        )
        self._trigger_delivery()
        return reversal

    def _after_reversal(self):
        """A reversal has come to an end: what does that mean for the message it takes back?"""
        original = self.reversal_of_id
        absent = self.state == "refused" and self.error_code in self.interface_id._absent_codes()
        if original.state == "unknown":
            if self.state == "done" or absent:
                sentence = self.env._(
                    "%s gave no answer, so it was taken back. Send again if it is still wanted.", self.platform_id.name
                )
                original._step("refused", told=original.caller_state == "lost", error_sentence=sentence)
            else:
                original._set(is_attention=True)
        if absent:
            self._set(is_attention=False, note=self.env._("There was nothing to take back."))

    # === THE CALLER WHO WAITED ===

    def _settle_caller(self, ended=False):
        """Was the work of the person kept who waited for this answer? If not, what the platform did is taken back."""
        query = SQL(
            "SELECT caller_xid FROM hospital_message WHERE id = %s AND caller_state = 'open' FOR UPDATE SKIP LOCKED",
            self.id,
        )
        [*rows] = self.env.execute_query(query)
        if not rows:
            return
        if not ended:
            xid = rows[0][0]
            query = SQL(  # after a restore the numbers of transactions begin anew: then the caller is long gone
                "SELECT CASE WHEN %(xid)s::bigint < txid_snapshot_xmax(txid_current_snapshot()) "
                "THEN txid_status(%(xid)s::bigint) END",
                xid=xid,
            )
            if self.env.execute_query(query) == [("in progress",)]:
                return
        kept = self.env.execute_query(SQL("DELETE FROM hospital_message_kept WHERE message = %s RETURNING id", self.id))
        self._set(caller_state="kept" if kept else "lost")
        if kept or self.state != "done":
            return
        self._undo_for_lost_caller()

    def _undo_for_lost_caller(self):
        if self.interface_id.reversal_interface_id:
            self._queue_reversal()
            return
        self._set(
            is_attention=True,
            error_sentence=self.env._(
                "%s has done this, but the work here was not saved and there is no way to take it back by itself. "
                "Somebody must settle it with the platform.",
                self.platform_id.name,
            ),
        )


class _Failing:
    """Stands for a protocol when the call could not even be built."""

    def __init__(self, error):
        self.error = error

    def _call(self, call):
        raise self.error
