from datetime import timedelta

from odoo import api, fields, models


class HospitalLeaveStart(models.TransientModel):
    _name = "hospital.leave.start"
    _description = "Start of a leave of absence"
    _inherit = ["hospital.encounter.step"]

    reason = fields.Char(required=True)
    expected_back_at = fields.Datetime(
        "Expected back", compute="_compute_expected_back_at", store=True, readonly=False, required=True
    )
    end_at = fields.Datetime("Already back", help="Fill in only to record a leave that is over.")
    approved_by_id = fields.Many2one(
        "hospital.practitioner",
        "Approved by",
        compute="_compute_approved_by_id",
        store=True,
        readonly=False,
        domain=[("kind", "=", "doctor")],
    )

    @api.depends("at")
    def _compute_expected_back_at(self):
        for leave in self:
            leave.expected_back_at = leave.at and leave.at + timedelta(hours=24)

    @api.depends("encounter_id")
    def _compute_approved_by_id(self):
        for leave in self:
            leave.approved_by_id = leave.encounter_id.practitioner_id

    def action_confirm(self):
        self.ensure_one()
        self.encounter_id._start_leave(self.at, self.expected_back_at, self.reason, self.approved_by_id, self.end_at)
        return {"type": "ir.actions.act_window_close"}
