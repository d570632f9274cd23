from datetime import timedelta

from odoo import api, fields, models


class HospitalEncounterStep(models.AbstractModel):
    """What the small windows of an encounter share: whom, when (now) and, for something long ago, why."""

    _name = "hospital.encounter.step"
    _description = "Step of an encounter"

    encounter_id = fields.Many2one("hospital.encounter", required=True)
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    campus_id = fields.Many2one(related="encounter_id.campus_id")
    current_place = fields.Char("Now in", compute="_compute_current_place")
    at = fields.Datetime("Time", required=True, default=lambda self: fields.Datetime.now())
    reason = fields.Char()
    needs_reason = fields.Boolean(compute="_compute_needs_reason")

    @api.depends("encounter_id")
    def _compute_current_place(self):
        for step in self:
            last = step.encounter_id.stay_ids.sorted("start_at")[-1:]
            step.current_place = last and last._place_label()

    @api.depends("at", "encounter_id")
    def _compute_needs_reason(self):
        now = fields.Datetime.now()
        for step in self:
            hours = (step.encounter_id.company_id or self.env.company).hospital_backdate_hours
            step.needs_reason = bool(step.at) and step.at < now - timedelta(hours=hours)
