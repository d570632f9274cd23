from odoo import fields, models
from odoo.exceptions import UserError


class HospitalLockDate(models.TransientModel):
    """The finance manager closes a period of charges, or opens it again; the campuses keep who did it and when."""

    _name = "hospital.lock.date"
    _description = "Lock the charges of a period"

    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, readonly=True, default=lambda self: self.env.company
    )
    current_lock_date = fields.Date(string="Locked up to now", related="company_id.hospital_lock_date")
    lock_date = fields.Date(
        string="Lock up to",
        default=lambda self: self.env.company.hospital_lock_date,
        help="Charges of this day and of earlier days can no longer be entered, changed or reversed. "
        "Leave it empty to open every period.",
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        if self.lock_date and self.lock_date >= self.company_id._hospital_today():
            raise UserError(self.env._("Only days that are over can be locked. Choose yesterday or an earlier day."))
        _company_sudo = (
            self.company_id.sudo()
        )  # only administrators write companies; this date is the finance manager's
        old = _company_sudo.hospital_lock_date
        _company_sudo.hospital_lock_date = self.lock_date
        message = self.env._(
            "Charges locked up to %(new)s (before: %(old)s). Reason: %(reason)s",
            new=self.lock_date or "–",
            old=old or "–",
            reason=self.reason,
        )
        for campus_sudo in _company_sudo.hospital_campus_ids:
            campus_sudo.message_post(body=message, author_id=self.env.user.partner_id.id)
        return {"type": "ir.actions.act_window_close"}
