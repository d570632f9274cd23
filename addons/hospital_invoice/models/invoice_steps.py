import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools.momentary import is_momentary

from .invoice_batch import OPEN

_logger = logging.getLogger(__name__)

STEPS = {
    "waiting": {"issuing", "void"},
    "issuing": {"waiting", "issued", "failed", "unknown", "void"},
    "unknown": {"issuing", "issued", "failed", "void"},
    "failed": {"issuing", "issued", "unknown", "void"},
    "issued": {"on_paper", "flushing", "stopped"},
    "on_paper": {"flushing", "stopped"},
    "flushing": {"issued", "on_paper", "flushed", "stopped"},
    "stopped": {"flushing"},
    "flushed": set(),
    "void": set(),
}
"""A red bill goes back from *issuing* to *waiting* when its bill stops; a receipt flushed in part is *issued* again."""


class HospitalInvoice(models.Model):
    """The one place where a bill changes its state, and the scheduled actions that look after what is left."""

    _inherit = "hospital.invoice"

    # === STEPS ===

    def _lock(self):
        """Lock every bill about the same payment, waiting for who has them, and forget what was read before."""
        self.flush_model()
        self.env.execute_query(
            SQL(
                """SELECT id FROM hospital_invoice
                    WHERE (res_model, res_id) IN (
                          SELECT res_model, res_id FROM hospital_invoice WHERE id = ANY(%(ids)s)
                           UNION SELECT original.res_model, original.res_id FROM hospital_invoice AS red
                            JOIN hospital_invoice AS original ON original.id = red.original_id WHERE red.id = ANY(%(ids)s))
                    ORDER BY id FOR NO KEY UPDATE""",
                ids=self.ids,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _lock_source(self, model, res_id):
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "SELECT id FROM hospital_invoice WHERE res_model = %s AND res_id = %s ORDER BY id FOR NO KEY UPDATE",
                model,
                res_id,
            )
        )
        self.invalidate_model()

    def _step(self, state, **facts):
        """Take a step of the table; the rows are locked by now."""
        for invoice in self.sudo():  # nobody writes bills, their steps do
            if state not in STEPS[invoice.state]:
                labels = dict(invoice._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "The bill %(number)s is “%(now)s” and cannot become “%(then)s”. Open it again: somebody else "
                        "may have been at it.",
                        number=invoice.number,
                        now=labels[invoice.state],
                        then=labels[state],
                    )
                )
            was = invoice.state
            if was == "stopped":
                facts.setdefault("stop_reason", False)
            invoice = invoice.with_context(tracking_disable=True)
            invoice.write({"state": state, "state_at": fields.Datetime.now(), **facts})
            invoice._after_step(was)

    def _after_step(self, was):
        """A bill that needs a decision is a task of one person, and none afterwards. Also for addons."""
        self.ensure_one()
        if self.state == "stopped":
            self._make_task()
        elif was == "stopped":
            self.activity_ids.unlink()

    def _make_task(self):
        if self.activity_ids:
            return
        reasons = dict(self._fields["stop_reason"]._description_selection(self.env))
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=(self._deciders()[:1] or self.env.ref("base.user_admin")).id,
            summary=self.env._(
                "Bill %(number)s cannot be flushed: %(reason)s",
                number=self.bill_number or self.number,
                reason=reasons.get(self.stop_reason, ""),
            ),
        )

    def _deciders(self):
        _users_sudo = self.env["res.users"].sudo()  # who is responsible is found on behalf of a job
        groups = self.env.ref("hospital_base.group_hospital_finance_manager")
        return _users_sudo.search(
            [
                ("all_group_ids", "in", groups.ids),
                ("hospital_campus_ids", "in", self.campus_id.ids),
                ("share", "=", False),
            ],
            order="id",
        )

    # === NOTHING HERE EVER UNDOES A PAYMENT ===

    @api.model
    def _try(self, work, *arguments):
        """Do something about bills inside somebody's payment. What fails is left to the scheduled action."""
        self.env.flush_all()  # what is not ours fails on its own account
        try:
            with self.env.cr.savepoint():
                work(*arguments)
        except Exception as error:  # whatever is wrong with a bill, the payment stands
            self.env.invalidate_all(flush=False)
            if not is_momentary(error):
                _logger.error("a bill could not be made or flushed (%s)", type(error).__name__, exc_info=error)
            self._wake()

    @api.model
    def _wake(self):
        """Have the scheduled action look after the bills as soon as this transaction is committed: once."""
        data = self.env.cr.postcommit.data
        trigger = data.get("hospital_invoice_woken")
        if trigger and trigger.exists():
            return
        _cron_sudo = self.env.ref("hospital_invoice.ir_cron_invoice_follow_up").sudo()  # on behalf of anybody
        data["hospital_invoice_woken"] = _cron_sudo._trigger()

    # === SCHEDULED ===

    @api.model
    def _cron_follow_up(self):
        """Make what is missing, then look after every bill that is on its way and does not move by itself."""
        self._each_due(self._missing(), lambda record: record._bill_now())
        self._each_due(self.env["hospital.invoice.batch"]._due(), lambda batch: batch._follow())
        self._each_due(self._waiting_together(), lambda bills: bills._go_together())
        self._each_due(self._due(), lambda invoice: invoice._follow())

    @api.model
    def _each_due(self, records, work):
        """One by one or batch by batch, each committed: one that fails holds up none of the others."""
        left = len(records)
        self.env["ir.cron"]._commit_progress(remaining=left)
        for record in records:
            left -= 1
            try:
                work(record)
                self.env.flush_all()
            except Exception as error:  # the others go on; this one is due again at the next run
                self.env.cr.rollback()
                if not is_momentary(error):
                    _logger.error(
                        "%s %s: its bill could not be followed up (%s)",
                        record._name,
                        record.ids,
                        type(error).__name__,
                        exc_info=error,
                    )
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break

    @api.model
    def _due(self):
        """What waits, and what stands although its message has come to an end; in the order in which it happened."""
        self.flush_model()
        query = SQL(
            """SELECT bill.id FROM hospital_invoice AS bill
                 LEFT JOIN hospital_invoice_batch AS batch ON batch.id = bill.batch_id AND batch.state = ANY(%(open)s)
                 LEFT JOIN LATERAL (
                      SELECT message.state, message.reply_state FROM hospital_message AS message
                       WHERE message.res_model = %(model)s AND message.res_id = bill.id AND message.direction = 'out'
                       ORDER BY message.id DESC LIMIT 1) AS last ON TRUE
                WHERE (bill.state IN ('waiting', 'issuing', 'unknown') OR bill.next_paper_id IS NOT NULL) AND (
                      bill.state = 'waiting'
                   OR (bill.state IN ('issuing', 'unknown') AND (batch.id IS NULL OR bill.is_asking) AND (
                        last.state IS NULL OR last.state IN ('refused', 'dead', 'closed')
                        OR (last.state = 'done' AND COALESCE(last.reply_state, '') NOT IN ('waiting', 'failed'))
                        OR (last.state = 'unknown') <> (bill.state = 'unknown')))
                   OR (bill.next_paper_id IS NOT NULL AND (
                        last.state IN ('refused', 'dead', 'closed')
                        OR (last.state = 'done' AND COALESCE(last.reply_state, '') NOT IN ('waiting', 'failed')))))
                ORDER BY bill.id""",
            model=self._name,
            open=list(OPEN),
        )
        return self.browse(row[0] for row in self.env.execute_query(query))

    @api.model
    def _missing(self):
        """Business that has no bill yet although it is done: settlements, deposits and what was paid back of them."""
        found = []
        for model in ("hospital.settlement", "hospital.account.entry", "hospital.refund.line"):
            found += self.env[model].sudo()._unbilled()  # a job on behalf of everybody
        return found
