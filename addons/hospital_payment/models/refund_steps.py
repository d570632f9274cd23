from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL

STEPS = {
    "draft": {"requested"},
    "requested": {"approved", "rejected", "cancelled"},
    "approved": {"executing", "done", "cancelled"},
    "executing": {"approved", "done", "failed", "unknown", "cancelled"},
    "unknown": {"approved", "executing", "done", "failed", "cancelled"},
    "failed": {"approved", "executing", "done", "unknown", "cancelled"},
    "done": set(),
    "rejected": set(),
    "cancelled": set(),
}


class HospitalRefund(models.Model):
    """The one place where a refund changes its state, and what follows from the states of its lines."""

    _inherit = "hospital.refund"

    def _lock(self, wait=False):
        """Lock the rows and forget what was read of them before.

        A person is told when somebody else has a row; a job waits for it.
        """
        if not self:
            return
        _sudo = self.sudo()  # a lock needs no right to write
        _sudo.flush_recordset()
        if wait:
            self.env.execute_query(
                SQL("SELECT id FROM hospital_refund WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", self.ids)
            )
        else:
            try:
                _sudo.lock_for_update(allow_referencing=True)
            except LockError:
                raise UserError(
                    self.env._("Somebody else is deciding about this refund right now. Look at it again in a moment.")
                ) from None
        self.invalidate_recordset()
        self.line_ids.invalidate_recordset()

    def _step(self, state, **facts):
        """Take a step of the table; the rows are locked by now."""
        for refund in self.sudo():  # nobody writes refunds, their steps do
            if state not in STEPS[refund.state]:
                labels = dict(refund._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "Refund %(number)s is “%(now)s” and cannot become “%(then)s”. Open it again: somebody else may "
                        "have decided already.",
                        number=refund.number,
                        now=labels[refund.state],
                        then=labels[state],
                    )
                )
            refund.write({"state": state, "state_at": fields.Datetime.now(), **facts})
            refund._after_step()

    def _after_step(self):
        """One task for one person while money hangs, and none before or afterwards. Also for addons."""
        self.ensure_one()
        if self.state == "failed":
            self._make_task()
        elif self.state in ("executing", "approved", "done", "cancelled"):
            self.activity_ids.unlink()

    def _make_task(self):
        if self.activity_ids:
            return
        responsible = self.second_approved_by_id or self.approved_by_id or self._managers()[:1]
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=(responsible or self.env.user).id,
            summary=self.env._("Refund %s failed: try again, pay it out or give it up", self.number),
        )

    def _managers(self):
        _users_sudo = self.env["res.users"].sudo()  # who is responsible is found on behalf of a job
        return _users_sudo.search(
            [
                ("all_group_ids", "in", self.env.ref("hospital_base.group_hospital_finance_manager").ids),
                ("hospital_campus_ids", "in", self.campus_id.ids),
                ("share", "=", False),
            ],
            order="id",
        )

    def _follow_lines(self):
        """The state that follows from the lines."""
        for refund in self.sudo():  # nobody writes refunds, their steps do
            lines = refund.line_ids
            done = refund.currency_id.round(sum(lines.filtered(lambda line: line.state == "done").mapped("amount")))
            if refund.done_amount != done:
                refund.done_amount = done
            state = refund._state_of(lines)
            if state == refund.state:
                continue
            facts = {"done_at": fields.Datetime.now()} if state == "done" else {}
            refund._step(state, **facts)
            if state == "done":
                refund._on_done()

    def _state_of(self, lines):
        states = set(lines.mapped("state"))
        if "failed" in states:
            return "failed"
        if "unknown" in states:
            return "unknown"
        if "processing" in states or lines.filtered(lambda line: line.state == "pending" and not line.by_hand):
            return "executing"
        if "pending" in states:
            return "approved"
        return "done" if "done" in states else "cancelled"

    def _on_done(self):
        """All of it has gone back. For addons."""
