from odoo import fields, models
from odoo.exceptions import UserError

from ..models.gcp_subject import STATUSES


class HospitalGcpStatus(models.TransientModel):
    """Change the trial status of one or several subjects, on another day, or take the last step back."""

    _name = "hospital.gcp.status"
    _description = "Change the trial status"

    subject_ids = fields.Many2many("hospital.gcp.subject", required=True, string="Subjects")
    undo = fields.Boolean("Take the last step back")
    status = fields.Selection(STATUSES, "New status")
    at = fields.Datetime("When", required=True, default=fields.Datetime.now)
    reason = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        if self.at > fields.Datetime.now():
            raise UserError(self.env._("The time lies in the future. Enter when it happened."))
        if self.undo:
            self._undo()
        elif not self.status:
            raise UserError(self.env._("Choose the new status."))
        else:
            self._check_order()
            self.subject_ids.with_context(gcp_at=self.at, gcp_reason=self.reason).status = self.status
        return {"type": "ir.actions.act_window_close"}

    def _check_order(self):
        for subject in self.subject_ids:
            if subject.status_at and self.at < subject.status_at.replace(second=0, microsecond=0):
                raise UserError(
                    self.env._(
                        "The last step of %s is later than that. Enter a later time.",
                        subject.display_name,
                    )
                )

    def _undo(self):
        if not (self.reason or "").strip():
            raise UserError(self.env._("Enter the reason for which the step is taken back."))
        for subject in self.subject_ids:
            last = subject.step_ids.sorted("id")[-1:]
            if not last.old_status or last.is_undo:
                raise UserError(self.env._("There is no step of %s to take back.", subject.display_name))
            subject.with_context(gcp_undo=True, gcp_reason=self.reason).status = last.old_status
