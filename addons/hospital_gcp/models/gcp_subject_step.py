from odoo import api, fields, models
from odoo.exceptions import UserError

from .gcp_subject import STATUSES


class HospitalGcpSubjectStep(models.Model):
    """One change of a trial status: who, when, from what to what. Never edited."""

    _name = "hospital.gcp.subject.step"
    _description = "Step of a trial subject"
    _order = "id desc"
    _rec_name = "status"

    subject_id = fields.Many2one("hospital.gcp.subject", required=True, index=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="subject_id.company_id", store=True)
    old_status = fields.Selection(STATUSES, "From", readonly=True)
    status = fields.Selection(STATUSES, "To", required=True, readonly=True)
    at = fields.Datetime("When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True, ondelete="restrict")
    reason = fields.Char(readonly=True)
    is_undo = fields.Boolean("Taken back", readonly=True)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The history of a trial status is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The history of a trial status is never deleted."))
