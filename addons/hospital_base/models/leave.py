from odoo import fields, models


class HospitalLeave(models.Model):
    """Leave of absence: the patient is out, his bed is kept. It lies within one stay; `_start_leave` and `_end_leave` of the encounter write it."""

    _name = "hospital.leave"
    _description = "Leave of absence"
    _order = "start_at desc, id desc"

    encounter_id = fields.Many2one("hospital.encounter", required=True, index=True, ondelete="cascade")
    patient_id = fields.Many2one(related="encounter_id.patient_id", store=True, precompute=True, index=True)
    campus_id = fields.Many2one(related="encounter_id.campus_id", store=True, precompute=True, index=True)
    start_at = fields.Datetime("From", required=True)
    expected_back_at = fields.Datetime("Expected back")
    end_at = fields.Datetime("Back", help="Empty while the patient is out.")
    reason = fields.Char()
    approved_by_id = fields.Many2one(
        "hospital.practitioner", "Approved by", ondelete="restrict", index="btree_not_null"
    )
    ended_by_discharge = fields.Boolean(readonly=True, help="The patient was discharged while on leave.")
    is_overdue = fields.Boolean(compute="_compute_is_overdue")

    _dates_in_order = models.Constraint(
        "CHECK (end_at > start_at)", "A leave must end after it begins. Correct the time."
    )
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist (encounter_id WITH =, tsrange(start_at, end_at) WITH &&)",
        "Another leave of absence is recorded for this time. Correct the time.",
    )

    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for leave in self:
            leave.is_overdue = not leave.end_at and bool(leave.expected_back_at) and leave.expected_back_at < now

    def _compute_display_name(self):
        for leave in self:
            leave.display_name = leave._period_label()

    def _covers(self, moment):
        self.ensure_one()
        return self.start_at <= moment and (not self.end_at or moment < self.end_at)

    def _period_label(self):
        self.ensure_one()
        show = self.encounter_id._show_time
        return f"{show(self.start_at)} – {show(self.end_at) if self.end_at else '…'}"

    def action_remove(self):
        self.ensure_one()
        return self.encounter_id._open_wizard(
            "hospital.stay.undo", self.env._("Remove the leave"), operation="leave", leave_id=self.id
        )
