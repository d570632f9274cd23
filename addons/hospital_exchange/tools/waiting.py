"""A call for which a person waits: evidence on a second cursor, one call only, taken back when the caller rolls back.

The transaction of the caller may fail after the platform said yes, and Odoo runs a request again after a serialization
failure. So the message is committed on a cursor of its own before and after the call, and the caller leaves a row of
`hospital.message.kept` in his own transaction: it is there afterwards only if his work was kept.
"""

# evidence must survive the rollback of its caller, so it is committed on a cursor of its own
# pylint: disable=invalid-commit

import logging
import sys
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from .call import Call
from .errors import CallError
from .perform import MOMENTARY, perform

_logger = logging.getLogger(__name__)

RETRIED = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)
GRACE = 90
"""Seconds after which a caller who was to be run again surely was: Odoo's five tries wait 30 seconds altogether."""


class WaitingCall:
    def __init__(self, env, interface, vals):
        self.env = env
        self.interface = interface
        self.vals = vals
        self.tracked = interface.effect != "read"

    def run(self):
        """(reply, id of the message); raises CallError."""
        with self.env.registry.cursor() as cr:
            own = api.Environment(cr, SUPERUSER_ID, dict(self.env.context))
            interface = self.interface.with_env(own)
            existing = interface._same_call(self.vals["key_base"])
            if existing and (stored := self._stored(existing)):
                return stored
            if error := interface.platform_id._not_ready():
                raise self._for_person(error)
            existing._replace_by_newer()
            message = self._write_first(interface, existing)
            cr.commit()  # whatever happens from here on, there is a row that says so
            try:
                outcome = perform(interface.platform_id._protocol(), self._to_call(interface, message))
                message._settle(outcome, interface, waited=True)
                cr.commit()
            except BaseException:
                cr.rollback()  # the row stays where it is: the delivery finds out what became of it
                raise
            finally:
                message._release()
            self._tell_platform(interface.platform_id, outcome)
            if outcome.error and outcome.kind != "duplicate":
                raise self._for_person(outcome.error)
            return outcome.reply, message.id

    def _tell_platform(self, platform, outcome):
        cr = platform.env.cr
        platform = platform.with_context(lang=platform.company_id.partner_id.lang)  # the owner's, not the caller's
        try:
            if outcome.error or platform.breaker_failures or not self._is_fresh(platform.last_success_at):
                platform._note_outcome(outcome)
            if outcome.error:
                platform._alert_attention()
                platform._trigger_at(fields.Datetime.now() + timedelta(seconds=self.interface.query_delay))
            cr.commit()
        except MOMENTARY:  # somebody edits the platform; the next call tells it again
            cr.rollback()

    @staticmethod
    def _is_fresh(moment):
        return moment and fields.Datetime.now() - moment < timedelta(seconds=5)

    # === THE SAME CALL AGAIN ===

    def _stored(self, message):
        """The answer this key has got already; None when it may be called (again)."""
        if not message._hold():
            raise self._refusal(self.env._("This call is being made right now. Wait a moment and look again."))
        try:
            reversal = message.reversal_ids.filtered(lambda other: other.state not in ("refused", "dead", "closed"))[:1]
            if reversal.state == "done":
                return None
            if reversal:
                raise self._refusal(self.env._("The same call is being taken back right now. Try again in a minute."))
            if message.state == "done":
                if self.interface.effect == "upsert" and message.payload != self.vals["payload"]:
                    return None
                self._adopt(message)
                return message.reply or {}, message.id
            if message.state in ("refused", "dead"):
                return None
            if self.interface.effect == "upsert" and message.state != "sending":
                return None
            if message.state in ("pending", "retry"):
                raise self._refusal(self.env._("This is queued already and will be sent by itself."))
            if message.state == "closed":
                raise self._refusal(
                    self.env._("This was closed by %s. IT can send it anew.", message.responsible_id.name or "")
                )
            raise self._refusal(
                self.env._(
                    "It is not certain whether %s has done this already; it is being asked. Wait before you try again.",
                    message.platform_id.name,
                )
            )
        finally:
            message._release()

    def _adopt(self, message):
        """The caller who runs again stands behind the answer from now on."""
        if self.tracked and message.caller_state == "open":
            message._set(caller_xid=self._leave_witness(message))
            self._watch(message.id)

    def _refusal(self, sentence):
        return CallError("unknown", sentence=sentence)

    # === THE CALL ===

    def _write_first(self, interface, existing):
        vals = {**self.vals, "number": interface._numbers(1)[0]}
        vals["key"] = interface._next_key(vals["key_base"], existing)
        message = interface.env["hospital.message"]._create_checked([vals])
        claim = {"claimed_by": "call", "try_count": 1}
        if self.tracked:
            claim.update(caller_state="open", caller_xid=self._leave_witness(message))
            self._watch(message.id)
        message._hold()
        message._step(
            "sending",
            claimed_at=SQL("clock_timestamp() AT TIME ZONE 'UTC'"),
            sent_at=SQL("clock_timestamp() AT TIME ZONE 'UTC'"),
            **claim,
        )
        return message

    def _to_call(self, interface, message):
        platform = interface.platform_id
        return Call(
            platform=platform,
            interface=interface,
            payload=self.vals["payload"],
            number=message.number,
            key=message.key,
            timeout=platform._timeouts(interface),
        )

    def _leave_witness(self, message):
        query = "INSERT INTO hospital_message_kept (message) VALUES (%s) RETURNING txid_current()"
        [row] = self.env.execute_query(SQL(query, message.id))
        return str(row[0])

    def _watch(self, message_id):
        registry = self.env.registry
        cr = self.env.cr

        def ended():
            # Odoo rolls back in the midst of handling the failure it will run the request again for
            is_retried = isinstance(sys.exception(), RETRIED)
            try:
                with registry.cursor() as own:
                    message = api.Environment(own, SUPERUSER_ID, {})["hospital.message"].browse(message_id)
                    if is_retried:
                        message.platform_id._trigger_at(fields.Datetime.now() + timedelta(seconds=GRACE))
                    else:
                        message._settle_caller(ended=True)
            except Exception as error:  # noqa: BLE001 the caller's work is over; the delivery looks after it again
                _logger.error(
                    "message %s: what became of its caller is not settled yet (%s)", message_id, type(error).__name__
                )

        cr.postcommit.add(ended)
        cr.postrollback.add(ended)

    def _for_person(self, error):
        name = self.interface.platform_id.name
        sentences = {
            "network": self.env._("%s cannot be reached. Nothing was sent; try again later.", name),
            "unknown": self.env._(
                "%s gave no certain answer. Do not repeat this: the system finds out whether it was done.", name
            ),
            "business": self.env._("%s refuses this.", name),
            "bug": self.env._("Something went wrong before %s was called. Nothing was sent; tell IT.", name),
        }
        sentence = error.sentence or sentences.get(error.kind, "")
        return CallError(error.kind, sentence, error.detail, error.code, error.reply, error.evidence)
