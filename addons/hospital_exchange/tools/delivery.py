"""Delivers what is due of one platform: claim, commit, call, write what came of it, commit.

Two cursors: `settings` is read through for configuration and stays open for a batch, so that its cache lives; the work
is done and committed on the other one. A lock in the database, which goes with its process, makes sure that one process
at a time delivers for a platform. Whoever holds it knows that every message left in `sending` was left by the dead.
"""

# the one place that commits: each step must be on disk before the next leaves the house
# pylint: disable=invalid-commit

import time
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from .call import Call
from .errors import ExchangeError
from .momentary import is_momentary
from .perform import LARGE, MOMENTARY, Outcome, perform
from .waiting import GRACE

LOCK = 0x68_70_6C_66  # "hplf": space of the advisory locks of platforms under delivery
CLAIMED = ("id", "interface_id", "number", "key", "payload", "try_count", "create_date", "reversal_of_id")
NOW = SQL("clock_timestamp() AT TIME ZONE 'UTC'")


class Delivery:
    def __init__(self, platform, settings=None, stopping=lambda: False):
        lang = (settings or platform).company_id.partner_id.lang or "zh_CN"
        self.platform = platform.with_context(lang=lang)
        self.shares_cursor = settings is None
        self.settings = self.platform if settings is None else settings.with_context(lang=lang)
        self.env = self.platform.env
        self.cr = self.env.cr
        self.messages = self.env["hospital.message"]
        self.stopping = stopping
        self.session = None
        self.last_call = 0.0
        self.reported = 0.0
        self.told = 0.0
        self.insured = -60.0
        self.failing = True

    def run(self):
        """Gives the number of messages worked on."""
        self.end = time.monotonic() + self.settings.deliver_deadline
        total = idle = 0
        while idle < 2 and self._lock():
            try:
                worked = self._run()
            except BaseException:
                self.cr.rollback()
                raise
            finally:
                self._unlock()
            total += worked
            idle = 0 if worked else idle + 1
            # who came while we held the lock was turned away: look once more after letting go
            if self._over() or not self._is_due():
                break
        self._plan_next()
        return total

    # === LOCK ===

    def _lock(self):
        [row] = self.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK, self.platform.id))
        self.cr.commit()  # a snapshot from before the lock would still see what the last holder has done since
        return row[0]

    def _unlock(self):
        if self.session:
            self.session.close()
            self.session = None
        self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s, %s)", LOCK, self.platform.id))
        self.cr.commit()

    # === RUN ===

    def _run(self):
        self.session = self.settings._new_session()
        total = self._recover()
        while not self._over():
            self._refresh()
            worked = self._settle_callers() + self._hand_over() + self._settle_unknown() + self._send_due()
            total += worked
            if not worked:
                break
        self.cr.commit()
        try:
            self.platform._alert_attention()
            self.cr.commit()
        except MOMENTARY:  # somebody edits the platform; the next delivery tells
            self.cr.rollback()
        return total

    def _refresh(self):
        """See settings as they are now, once per batch."""
        if self.shares_cursor:
            self.cr.commit()
        else:
            self.settings.env.cr.rollback()
        self.settings.env.invalidate_all(flush=False)
        self.interfaces = {}
        self.setup_error = self.settings._setup_error()

    def _over(self):
        return time.monotonic() > self.end or self.stopping()

    def _interface(self, interface_id):
        if interface_id not in self.interfaces:
            self.interfaces[interface_id] = self.settings.env["hospital.interface"].browse(interface_id)
        return self.interfaces[interface_id]

    def _each(self, ids, work):
        """Every message in a transaction of its own; what somebody else has at hand is left for the next time."""
        done = 0
        if ids:
            self._insure()
        for message in map(self.messages.browse, ids):
            if self._over():
                break
            try:
                done += work(message) is not False
                self.cr.commit()
            except Exception as error:
                if not is_momentary(error):
                    raise
                self.cr.rollback()
        return done

    def _ids(self, condition, order="id", limit=None):
        query = SQL(
            "SELECT id FROM hospital_message WHERE platform_id = %s AND %s ORDER BY %s LIMIT %s",
            self.platform.id,
            condition,
            SQL(order),
            limit or self.settings.batch_limit,
        )
        return [row[0] for row in self.env.execute_query(query)]

    # === WHAT WAS LEFT BEHIND ===

    def _recover(self):
        """Messages whose sender died: nobody knows whether they were done."""
        self._refresh()

        def settle(message):
            if not message._hold():
                return False  # a call somebody is waiting for, alive
            try:
                self.cr.commit()  # he who had it may have ended, and written that down, since we looked
                message.invalidate_recordset(["state"])
                if message.state != "sending":
                    return False
                error = ExchangeError(
                    "unknown", detail="the process that sent this ended before it wrote down the answer"
                )
                outcome = Outcome(error=error, number=message.try_count)
                message._settle(outcome, self._interface(message.interface_id.id), waited=message.claimed_by == "call")
                self.cr.commit()
            except MOMENTARY:
                self.cr.rollback()
            finally:
                message._release()
            return True

        return self._each(self._ids(SQL("direction = 'out' AND state = 'sending'"), limit=100_000), settle)

    def _settle_callers(self):
        late = SQL(
            "caller_state = 'open' AND state <> 'sending' AND claimed_at < %s - make_interval(secs => %s)", NOW, GRACE
        )

        def settle(message):
            message._settle_caller()
            return message.caller_state != "open"

        return self._each(self._ids(late), settle)

    def _hand_over(self):
        return self._each(self._ids(SQL("reply_state = 'waiting'")), lambda message: message._hand_over())

    def _settle_unknown(self):
        if self.setup_error or not self._line_is_open():
            return 0

        def settle(message):
            outcome = message._settle_unknown(self.session)
            self.cr.commit()
            if outcome:
                self._note(outcome)

        return self._each(self._ids(SQL("state = 'unknown' AND next_try_at <= %s", NOW)), settle)

    # === SENDING ===

    def _due_ids(self):
        due = SQL(
            "direction = 'out' AND state IN ('pending', 'retry') AND (next_try_at IS NULL OR next_try_at <= %s)", NOW
        )
        if not self.settings.single_file:
            return self._ids(due, "priority, id")
        first = self._ids(SQL("direction = 'out' AND state IN ('pending', 'retry', 'sending', 'unknown')"), limit=1)
        return self._ids(SQL("id = %s AND %s", first[0], due)) if first else []

    def _is_due(self):
        return bool(self._due_ids()) and self.platform._breaker_lets_through()

    def _send_due(self):
        """Send a batch. What came of a message is written in the same transaction that claims the next one."""
        sent = 0
        before = None
        ids = self._due_ids() if self.setup_error or self._line_is_open() else ()
        if ids:
            self._insure()
        for message_id in ids:
            if self._over():
                break
            before, claimed = self._claim(message_id, before)
            if not claimed:
                continue
            outcome = self._send(claimed)
            sent += 1
            before = (claimed, outcome)
            if not self._is_plain(claimed, outcome):
                before = self._write_down(before)  # pylint: disable=assignment-from-none
                self._each([message_id], lambda message: message._after_send())
            self._note(outcome)
            if outcome.error and not self.setup_error and not self._line_is_open(probe=False):
                break
        self._write_down(before)
        return sent

    def _is_plain(self, claimed, outcome):
        """Nothing follows from the answer, and the next message is sent at once: both are written in one statement."""
        interface = self._interface(claimed["interface_id"])
        evidence = outcome.evidence
        return not (
            outcome.error
            or claimed["reversal_of_id"]
            or self.settings.min_interval_ms
            or max(len(evidence.request_body), len(evidence.reply_body)) > LARGE
            or interface._has_handler(self._source(interface))
        )

    def _claim(self, message_id, before):
        """Write down the one before and claim this one; (None, columns of this one, None when it is not to be had)."""
        self._keep_interval()
        try:
            row = self.messages.browse(message_id)._step(
                "sending",
                must=False,
                condition=self._still_wanted(),
                returning=CLAIMED,
                together=self._settle_queries(before),
                claimed_at=NOW,
                claimed_by="delivery",
                sent_at=SQL("COALESCE(sent_at, %s)", NOW),
                try_count=SQL("try_count + 1"),
            )
            self.cr.commit()
        except MOMENTARY:
            self.cr.rollback()
            self._write_down(before)
            return None, None
        return None, dict(zip(CLAIMED, row, strict=True)) if row else None

    def _still_wanted(self):
        """Somebody may have switched the platform over since the batch began."""
        return SQL(
            "EXISTS (SELECT FROM hospital_platform WHERE id = %s AND mode = %s AND active)",
            self.platform.id,
            self.settings.mode,
        )

    def _send(self, claimed):
        interface = self._interface(claimed["interface_id"])
        if self.setup_error:
            return Outcome(error=self.setup_error, number=claimed["try_count"])
        if error := self._too_late(claimed, interface):
            return Outcome(error=error, number=interface.max_tries)
        call = Call(
            platform=self.settings,
            interface=interface,
            payload=claimed["payload"] or {},
            number=claimed["number"],
            key=claimed["key"],
            attempt=claimed["try_count"],
            session=self.session,
            timeout=self.settings._timeouts(interface),
        )
        self.last_call = time.monotonic()
        return perform(self.settings._protocol(), call)

    def _too_late(self, claimed, interface):
        minutes = interface.deadline_minutes
        if minutes and fields.Datetime.now() - claimed["create_date"] > timedelta(minutes=minutes):
            return ExchangeError("network", detail=f"not delivered within {minutes} minutes")
        return None

    def _write_down(self, before):
        """Keep what came of a message, whatever it takes: losing it would leave the message unknown."""
        for left in range(4, -1, -1):
            try:
                self._settle_one(before)
                self.cr.commit()
                return
            except MOMENTARY:
                self.cr.rollback()
                if not left:
                    raise

    def _settle_one(self, before):
        if before:
            claimed, outcome = before
            message = self.messages.browse(claimed["id"])
            message._settle(outcome, self._interface(claimed["interface_id"]))

    def _settle_queries(self, before):
        if not before:
            return ()
        claimed, outcome = before
        message = self.messages.browse(claimed["id"])
        return message._settle_queries(outcome, self._interface(claimed["interface_id"]))

    def _source(self, interface):
        return self.settings.env.get(interface.model)

    def _keep_interval(self):
        pause = self.last_call + self.settings.min_interval_ms / 1000 - time.monotonic()
        if self.last_call and pause > 0:
            time.sleep(pause)

    # === THE LINE ===

    def _line_is_open(self, probe=True):
        """Whether a message may go; a line that was cut is tried by the health check first, if there is one."""
        if not self.platform._breaker_lets_through(probe):
            self.cr.commit()
            return False
        if probe and self.platform.breaker_state == "half_open" and self.settings.health_interface_id:
            outcome = self.settings._perform_health(self.session)
            self.cr.commit()
            self._note(outcome)
            return self.platform._breaker_lets_through()
        self.cr.commit()
        return True

    def _note(self, outcome):
        """Tell the breaker; a success on a line in order is worth a write only now and then."""
        if time.monotonic() - self.told > 1:
            self.told = time.monotonic()
            self.platform._pulse()
        quiet = not outcome.error and time.monotonic() - self.reported < 5
        if quiet and not self.failing:
            return
        self.failing = bool(outcome.error)
        self.reported = time.monotonic()
        try:
            self.platform._note_outcome(outcome)
            self.cr.commit()
        except MOMENTARY:  # somebody edits the platform; the next outcome is counted again
            self.cr.rollback()

    # === AFTERWARDS ===

    def _plan_next(self):
        """Wake up when the next message is due; the scheduled action itself comes every few minutes only."""
        query = SQL(
            """SELECT min(at) FROM (
                   SELECT min(COALESCE(next_try_at, create_date)) AS at FROM hospital_message
                    WHERE platform_id = %(platform)s AND direction = 'out' AND state IN ('pending', 'retry')
                   UNION ALL
                   SELECT min(next_try_at) FROM hospital_message WHERE platform_id = %(platform)s AND state = 'unknown'
                   UNION ALL
                   SELECT min(claimed_at) + make_interval(secs => %(grace)s) FROM hospital_message
                    WHERE platform_id = %(platform)s AND caller_state = 'open'
               ) AS times""",
            platform=self.platform.id,
            grace=GRACE,
        )
        [row] = self.env.execute_query(query)
        now = fields.Datetime.now()
        if row[0] and self._over():
            self.platform._trigger_at(now)
        elif row[0]:
            # what is due and could not be sent just now is held up by something: do not run in circles
            soon = now + timedelta(seconds=30)
            self.platform._trigger_at(max(row[0], soon, self.platform._breaker_opens_at() or soon))
        self.cr.commit()

    def _insure(self):
        """Should this process die, the scheduled action comes again in a minute and not only by its own clock."""
        if time.monotonic() - self.insured > 30:
            self.insured = time.monotonic()
            self.platform._trigger_at(fields.Datetime.now() + timedelta(seconds=60))
            self.cr.commit()
