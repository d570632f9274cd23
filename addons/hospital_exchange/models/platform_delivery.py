from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import workers
from ..tools.call import Call
from ..tools.delivery import Delivery
from ..tools.errors import ExchangeError
from ..tools.perform import perform

RARELY = {"interval_number": 10, "interval_type": "minutes"}
"""New messages wake the scheduled action at once; this is only for what nobody woke it for."""


class HospitalPlatform(models.Model):
    """Delivery: the scheduled action of a platform, the state of its line, and who is told."""

    _inherit = "hospital.platform"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        platforms = super().create(vals_list)
        for platform in platforms:
            platform._make_cron()
        return platforms

    def write(self, vals):
        result = super().write(vals)
        _crons_sudo = self.sudo().cron_id  # the scheduled action belongs to the platform, not to who edits it
        if "active" in vals:
            _crons_sudo.write({"active": vals["active"]})
        if "name" in vals:
            for platform in self:
                platform.sudo().cron_id.name = platform._cron_name()
        if "mode" in vals:
            self._close_line()
            self._trigger_delivery()
        return result

    def unlink(self):
        _crons_sudo = self.sudo().cron_id  # made by the platform and gone with it
        actions = _crons_sudo.ir_actions_server_id
        result = super().unlink()
        _crons_sudo.unlink()
        actions.unlink()
        return result

    def _cron_name(self):
        return self.env._("Deliver: %s", self.name)

    def _make_cron(self):
        # who sets up a platform need not be allowed to make scheduled actions
        _crons_sudo = self.env["ir.cron"].sudo()
        self.sudo().cron_id = _crons_sudo.create(
            {
                "name": self._cron_name(),
                "model_id": self.env["ir.model"]._get_id("hospital.platform"),
                "state": "code",
                "code": f"model.browse({self.id})._cron_deliver()",
                "user_id": self.env.ref("base.user_root").id,
                "active": self.active,
                "priority": 1,
                **RARELY,
            }
        )

    # === DELIVERY ===

    def _cron_deliver(self):
        """Hand the platform over to a thread of its own: the scheduler has others to look after."""
        for platform in self:
            workers.submit(self.env.cr.dbname, platform.id)

    def _deliver(self):
        """Deliver what is due, here and now, committing message by message; gives the number of messages worked on."""
        self.ensure_one()
        _sudo = self.sudo()  # deliveries work on rows that nobody may write
        return Delivery(_sudo).run()

    def _trigger_delivery(self):
        """Have the delivery run as soon as this transaction is committed: once, however many messages it writes."""
        woken = self.env.cr.postcommit.data.setdefault("hospital_exchange_woken", {})
        for cron in self.sudo().cron_id:  # the scheduled action is started on behalf of anybody
            if cron.id not in woken or not woken[cron.id].exists():  # gone: undone together with a savepoint
                woken[cron.id] = cron._trigger()

    def _trigger_at(self, at):
        """Wake the delivery at this time, unless it is woken before."""
        self.ensure_one()
        _cron_sudo = self.sudo().cron_id
        if (
            not self.env["ir.cron.trigger"]
            .sudo()
            .search_count([("cron_id", "=", _cron_sudo.id), ("call_at", "<=", at)], limit=1)
        ):
            _cron_sudo._trigger(at=at)

    # === READINESS ===

    def _setup_error(self):
        """Why nothing can be sent as this platform is set up now; None when all is well."""
        self.ensure_one()
        _sudo = self.sudo()  # certificates are for their administrators
        now = fields.Datetime.now()
        if _sudo.mode == "disabled" or not _sudo.active:
            sentence = self.env._("%s is switched off. Ask the interface administrator to switch it on.", _sudo.name)
        elif _sudo.certificate_id.date_end and _sudo.certificate_id.date_end < now:
            sentence = self.env._("The certificate for %s has expired. Ask the interface administrator.", _sudo.name)
        elif not _sudo._is_addressed():
            sentence = self.env._("%s has no address for this mode. Ask the interface administrator.", _sudo.name)
        else:
            return None
        return ExchangeError("config", sentence=sentence, detail=f"platform {_sudo.code}, mode {_sudo.mode}")

    def _is_addressed(self):
        return bool(self.url)

    def _not_ready(self):
        """The same for a person who waits: a line that is cut is said at once instead of waited for."""
        if error := self._setup_error():
            return error
        if not self._breaker_lets_through(probe=False) and self.breaker_retry_at > fields.Datetime.now():
            since = fields.Datetime.context_timestamp(self, self.breaker_opened_at)
            sentence = self.env._(
                "%(platform)s has not answered since %(time)s. Nothing was sent; try again later.",
                platform=self.name,
                time=f"{since:%H:%M}",
            )
            return ExchangeError("network", sentence=sentence, detail="the line is cut after failures in a row")
        return None

    def _timeouts(self, interface):
        read = self.read_timeout
        if interface.timing == "now" and interface.wait_limit:
            read = min(read, interface.wait_limit)
        return (self.connect_timeout, read)

    def _secret_values(self):
        """The secrets in the clear, to be hidden wherever they turn up; decrypted once per batch."""
        cache = self.env.cr.cache
        key = ("hospital_secret_values", self.id, self.mode)
        if key not in cache:
            values = []
            for secret in self.sudo().secret_ids:  # nobody may read secrets; here they are made unreadable
                try:
                    values.append(secret._decrypt() if secret.value_encrypted else None)
                except ExchangeError:
                    continue
            cache[key] = tuple(filter(None, values))
        return cache[key]

    # === THE LINE ===

    def _breaker_lets_through(self, probe=True):
        """Closed: yes. Open: once the pause is over one call may try, if `probe` allows to take that turn."""
        self.ensure_one()
        self.invalidate_recordset(["breaker_state", "breaker_retry_at", "breaker_failures"], flush=False)
        if self.breaker_state != "open":
            return True
        if not probe or self.breaker_retry_at > fields.Datetime.now():
            return False
        self._write_line(breaker_state="half_open")
        return True

    def _breaker_opens_at(self):
        return self.breaker_retry_at if self.breaker_state == "open" else None

    def _note_outcome(self, outcome):
        """Count failures in a row: not reached and not answered. A no of the platform is an answer."""
        self.ensure_one()
        now = fields.Datetime.now()
        if outcome.kind in ("config", "bug"):
            return
        if outcome.kind not in ("network", "unknown"):
            was_cut = self.breaker_state != "closed"
            self._write_line(
                breaker_state="closed",
                breaker_failures=0,
                breaker_retry_at=None,
                breaker_opened_at=None,
                last_success_at=now,
            )
            if was_cut:
                self._alert_over("line")
            return
        failures = self.breaker_failures + 1
        values = {"breaker_failures": failures, "last_failure_at": now}
        first = self.breaker_state == "closed"
        if failures >= self.breaker_threshold or not first:
            pause = min(
                self.breaker_pause * 2 ** max(0, failures - self.breaker_threshold), max(900, self.breaker_pause)
            )
            values.update(breaker_state="open", breaker_retry_at=now + timedelta(seconds=pause))
            values.update({"breaker_opened_at": now} if first else {})
        self._write_line(**values)
        if first and failures >= self.breaker_threshold:
            self._alert_line()

    def _close_line(self):
        for platform in self.filtered("breaker_failures"):
            platform.sudo()._write_line(
                breaker_state="closed", breaker_failures=0, breaker_retry_at=None, breaker_opened_at=None
            )

    def _write_line(self, **values):
        """Columns that change with every call: written past the form, so that nobody's edit is in the way."""
        self.flush_recordset()
        assignments = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
        self.env.cr.execute(
            SQL("UPDATE hospital_platform SET %s WHERE id = %s", assignments, self.id), log_exceptions=False
        )
        self.invalidate_recordset(values, flush=False)

    # === HEALTH ===

    def _check_health(self):
        """Call the health interface; raises ExchangeError."""
        self.ensure_one()
        if not self.health_interface_id:
            raise ExchangeError("config", sentence=self.env._("%s has no health check.", self.name))
        return self.health_interface_id._call(payload=self.health_interface_id._health_payload())

    def _perform_health(self, session=None):
        interface = self.health_interface_id
        call = Call(
            platform=self,
            interface=interface,
            payload=interface._health_payload(),
            number=interface._numbers(1)[0],
            key=interface.code,
            session=session,
            timeout=self._timeouts(interface),
        )
        return perform(self._protocol(), call)
