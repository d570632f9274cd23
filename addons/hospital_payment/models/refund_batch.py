import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools.momentary import is_momentary

from .refund import APPROVER

_logger = logging.getLogger(__name__)

CHUNK = 20
LOST_AFTER = 3
"""Minutes after which a batch nobody works on is taken up by the scheduled action."""


class HospitalRefundBatch(models.Model):
    """Balances of cards that go back by the roads they came, together: gathered by one, confirmed by another.

    The run goes line by line, each with its refund in one transaction. Whoever asks for the next lines goes on where the
    last one stopped, so a run that breaks off anywhere is finished by starting it again, and nothing is done twice.
    """

    _name = "hospital.refund.batch"
    _description = "Batch of refunds"
    _inherit = ["hospital.access.mixin", "hospital.xlsx.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _xlsx_groups = "hospital_base.group_hospital_finance_clerk,hospital_base.group_hospital_auditor"

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    day = fields.Date(readonly=True, required=True, help="The day from which was counted back.")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "To be confirmed"), ("running", "Running"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    rule = fields.Char(readonly=True, help="The numbers of days that held when the cards were gathered.")
    prepared_by_id = fields.Many2one(
        "res.users", "Prepared by", readonly=True, default=lambda self: self.env.user, ondelete="restrict"
    )
    confirmed_by_id = fields.Many2one("res.users", "Confirmed by", readonly=True, copy=False, ondelete="restrict")
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    worked_at = fields.Datetime("Last step at", readonly=True, copy=False)
    done_at = fields.Datetime(readonly=True, copy=False)
    print_count = fields.Integer("Times printed", readonly=True, copy=False, default=0, aggregator=None)
    line_ids = fields.One2many("hospital.refund.batch.line", "batch_id", "Cards", readonly=True)
    line_count = fields.Integer("Cards in the batch", compute="_compute_totals")
    amount_total = fields.Monetary("To be paid back", compute="_compute_totals")
    sent_count = fields.Integer("Sent", compute="_compute_totals")
    sent_total = fields.Monetary("Sent off", compute="_compute_totals")
    done_total = fields.Monetary("Paid back", compute="_compute_totals")
    skipped_count = fields.Integer("Left out", compute="_compute_totals")
    why_not_confirm = fields.Char("Why you cannot confirm", compute="_compute_why_not_confirm")

    _number_unique = models.UniqueIndex("(number)", "This batch number is already used.")
    _maker_is_not_checker = models.Constraint(
        "CHECK (confirmed_by_id IS NULL OR confirmed_by_id <> prepared_by_id)",
        "Who prepared a batch cannot confirm it.",
    )
    _running_index = models.Index("(worked_at) WHERE state = 'running'")

    # === COMPUTE ===

    @api.depends("line_ids.state", "line_ids.amount", "line_ids.refund_ids.done_amount")
    def _compute_totals(self):
        for batch in self:
            live = batch.line_ids.filtered(lambda line: line.state in ("waiting", "sent"))
            sent = live.filtered(lambda line: line.state == "sent")
            batch.line_count = len(live)
            batch.amount_total = sum(live.mapped("amount"))
            batch.sent_count = len(sent)
            batch.sent_total = sum(sent.mapped("amount"))
            batch.done_total = sum(batch.line_ids.refund_ids.mapped("done_amount"))
            batch.skipped_count = len(batch.line_ids - live)

    @api.depends("state", "prepared_by_id")
    @api.depends_context("uid")
    def _compute_why_not_confirm(self):
        for batch in self:
            batch.why_not_confirm = " ".join(batch._why_not_confirm()) if batch.state == "draft" else False

    # === ACTIONS ===

    def action_confirm(self):
        """Let the batch go, and show how far it is."""
        self._confirm()
        return self._show_progress()

    def action_go_on(self):
        """A batch that was left half done."""
        self.ensure_one()
        return self._show_progress()

    def action_cancel(self):
        self.ensure_one()
        self._check_finance()
        self._lock()
        if self.state != "draft":
            raise UserError(self.env._("Batch %s runs or is over, so it cannot be cancelled.", self.number))
        _sudo = self.sudo()  # nobody writes batches, their steps do
        _sudo.state = "cancelled"

    def action_print(self):
        self.ensure_one()
        return self.env.ref("hospital_payment.report_hospital_refund_batch").report_action(self)

    def action_refunds(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_refund")
        return {**action, "domain": [("batch_line_id.batch_id", "=", self.id)], "context": {}}

    def run_next(self):
        """For the screen: the next lines; {"left": how many wait, "action": what to show when none does}."""
        self.ensure_one()
        self.check_access("read")
        self._check_finance()
        left = self._run_some()
        return {"left": left} if left else {"left": 0, "action": self._open_form()}

    # === GATHERING ===

    @api.model
    def _gather(self, accounts):
        """A new batch of these cards, as far as they stand in the daily list and something can go back by its road."""
        self._check_finance()
        listed = accounts.filtered("is_balance_listed")
        rows = [(account, account.original_amount) for account in listed]
        rows = [(account, amount) for account, amount in rows if amount > 0]
        if not rows:
            raise UserError(
                self.env._(
                    "Nothing of these cards can go back by the road it came today. Choose cards of the daily list."
                )
            )
        campus = self.env.user._hospital_campus()
        company = campus.company_id.sudo()
        _sequence_sudo = self.env["ir.sequence"].sudo()  # sequences are closed to clerks
        _sudo = self.sudo()  # nobody writes batches, their steps do
        batch = _sudo.create(
            {
                "number": f"RB{company._hospital_today():%Y%m%d}{_sequence_sudo.next_by_code('hospital.refund.batch')}",
                "day": company._hospital_today(),
                "campus_id": campus.id,
                "prepared_by_id": self.env.uid,
                "rule": self.env._(
                    "Topped up within %(topup)s days, no emergency visit within %(emergency)s days, nothing spent within "
                    "%(spend)s days",
                    topup=company.hospital_balance_topup_days,
                    emergency=company.hospital_balance_emergency_days,
                    spend=company.hospital_balance_spend_days,
                ),
                "line_ids": [fields.Command.create(self._prepare_line(account, amount)) for account, amount in rows],
            }
        )
        return batch.with_env(self.env)

    def _prepare_line(self, account, amount):
        return {
            "account_id": account.id,
            "balance": account.balance,
            "amount": amount,
            "is_due": account.is_balance_due,
            "last_topup_day": account.last_topup_day,
            "last_spend_day": account.last_spend_day,
            "last_emergency_at": account.last_emergency_at,
        }

    # === CONFIRMING ===

    def _why_not_confirm(self):
        self.ensure_one()
        user, _ = self.env.user, self.env._
        reasons = []
        if not user.has_group(APPROVER):
            reasons.append(_("Only refund approvers confirm a batch. Ask one of them."))
        if self.prepared_by_id == user:
            reasons.append(_("You prepared this batch yourself: somebody else must confirm it."))
        if self.campus_id not in user.sudo().hospital_campus_ids:
            reasons.append(_("The batch belongs to %s, where you do not work.", self.sudo().campus_id.name))
        return reasons

    def _confirm(self):
        self.ensure_one()
        self.check_access("read")
        self._lock()
        if reasons := self._why_not_confirm():
            raise UserError("\n".join(reasons))
        if self.state != "draft":
            raise UserError(self.env._("Batch %s was confirmed or cancelled already. Open it again.", self.number))
        if not self.line_ids.filtered(lambda line: line.state == "waiting"):
            raise UserError(self.env._("No card of the batch is left. Cancel it."))
        now = fields.Datetime.now()
        _sudo = self.sudo()  # nobody writes batches, their steps do
        _sudo.write({"state": "running", "confirmed_by_id": self.env.uid, "confirmed_at": now, "worked_at": now})

    # === RUN ===

    def _run_some(self, limit=CHUNK):
        """Carry out the next lines that nobody else has at hand; gives how many still wait."""
        self.ensure_one()
        _sudo = self.sudo()  # nobody writes batches, their steps do
        if _sudo.state != "running":
            return 0
        query = SQL(
            "SELECT id FROM hospital_refund_batch_line WHERE batch_id = %s AND state = 'waiting' ORDER BY id LIMIT %s "
            "FOR NO KEY UPDATE SKIP LOCKED",
            self.id,
            limit,
        )
        _sudo.line_ids.flush_recordset()
        lines = self.env["hospital.refund.batch.line"].browse(row[0] for row in self.env.execute_query(query))
        for line in lines.sudo():
            line._carry_out()
        waiting = _sudo.line_ids.search_count([("batch_id", "=", self.id), ("state", "=", "waiting")])
        _sudo.worked_at = fields.Datetime.now()
        if not waiting:
            _sudo.write({"state": "done", "done_at": fields.Datetime.now()})
        return waiting

    @api.model
    def _cron_run(self):
        """Finish what was left half done: the screen was closed, or the server died."""
        before = fields.Datetime.subtract(fields.Datetime.now(), minutes=LOST_AFTER)
        batches = self.search([("state", "=", "running"), ("worked_at", "<", before)])
        self.env["ir.cron"]._commit_progress(remaining=len(batches))
        for batch in batches:
            left = 1
            while left:
                try:
                    left = batch._run_some()
                except Exception as error:  # the others go on; this one is tried at the next run
                    self.env.cr.rollback()
                    if not is_momentary(error):
                        _logger.error("batch %s: its run broke off", batch.id, exc_info=error)
                    break
                if not self.env["ir.cron"]._commit_progress(0 if left else 1):
                    return

    # === HELPERS ===

    def _lock(self):
        _sudo = self.sudo()  # a lock needs no right to write
        _sudo.flush_recordset()
        self.env.execute_query(
            SQL("SELECT id FROM hospital_refund_batch WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", self.ids)
        )
        self.invalidate_recordset()

    def _check_finance(self):
        self.env["hospital.refund"]._check_finance()

    def _open_form(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "current",
        }

    def _show_progress(self):
        return {
            "type": "ir.actions.client",
            "tag": "hospital_progress",
            "name": self.env._("Refunds under way"),
            "target": "new",
            "params": {
                "model": self._name,
                "res_id": self.id,
                "method": "run_next",
                "total": len(self.line_ids.filtered(lambda line: line.state == "waiting")),
                "unit": self.env._("cards"),
                "hint": self.env._(
                    "Closing this window does no harm: what is left is finished by itself within minutes."
                ),
            },
        }
