from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalDailyList(models.TransientModel):
    """Print the daily lists of a ward or of one patient."""

    _name = "hospital.daily.list"
    _description = "Daily lists"

    day = fields.Date(required=True, default=lambda self: self.env.company._hospital_today() - timedelta(days=1))
    ward_id = fields.Many2one("hospital.ward", default=lambda self: self._default_ward())
    encounter_id = fields.Many2one(
        "hospital.encounter", string="One patient", domain="[('kind', 'in', ['inpatient', 'observation'])]"
    )
    only_charged = fields.Boolean("Only patients charged that day", default=True)
    patient_count = fields.Integer("Patients", compute="_compute_patient_count")

    @api.model
    def _default_ward(self):
        departments = self.env.user._hospital_practitioner().department_ids
        wards = (
            self.env["hospital.ward"].search([("department_ids", "in", departments.ids)], limit=2)
            if departments
            else []
        )
        return wards if len(wards) == 1 else False

    @api.depends("day", "ward_id", "encounter_id")
    def _compute_patient_count(self):
        for wizard in self:
            wizard.patient_count = len(wizard._encounters()) if wizard.day else 0

    def _end_of_day(self):
        return self.env.company._hospital_day_bounds(self.day)[1] - timedelta(seconds=1)

    def _encounters(self):
        """Who lay in the ward at the end of that day, or left it during the day."""
        self.ensure_one()
        if self.encounter_id:
            return self.encounter_id
        if not self.ward_id:
            return self.env["hospital.encounter"]
        start, end = self.env.company._hospital_day_bounds(self.day)
        stays = self.env["hospital.stay"].search(
            [
                ("ward_id", "=", self.ward_id.id),
                ("start_at", "<", end),
                "|",
                ("end_at", "=", False),
                ("end_at", ">=", start),
            ]
        )
        stays = stays.filtered(
            lambda stay: (
                not stay.end_at or stay.end_at >= end or stay == stay.encounter_id.stay_ids.sorted("start_at")[-1]
            )
        )
        return stays.encounter_id.sorted(
            lambda encounter: (encounter.bed_id.sequence, encounter.bed_id.name or "", encounter.id)
        )

    def action_print(self):
        self.ensure_one()
        if not self._encounters():
            raise UserError(self.env._("No patient lay there that day. Choose another ward, patient or day."))
        if self.day > self.env.company._hospital_today():
            raise UserError(self.env._("The day lies in the future. Choose today or an earlier day."))
        return self.env.ref("hospital_base.action_report_daily_list").report_action(self)
