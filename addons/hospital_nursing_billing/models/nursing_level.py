from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .nursing_plan import LEVELS


class HospitalNursingLevel(models.Model):
    """The nursing level of an inpatient from a moment on: it names the item of days that are not whole care."""

    _name = "hospital.nursing.level"
    _description = "Nursing level"
    _order = "start_at desc, id desc"
    _rec_name = "level"

    encounter_id = fields.Many2one(
        "hospital.encounter",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('kind', '=', 'inpatient'), ('state', 'in', ('in_progress', 'finished'))]",
    )
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    campus_id = fields.Many2one(related="encounter_id.campus_id", store=True, precompute=True, index=True)
    level = fields.Selection(LEVELS, required=True)
    start_at = fields.Datetime("From", required=True, default=lambda self: fields.Datetime.now().replace(microsecond=0))
    recorded_by_id = fields.Many2one(
        "res.users", "Recorded by", required=True, readonly=True, default=lambda self: self.env.uid
    )

    _moment_unique = models.Constraint(
        "UNIQUE (encounter_id, start_at)", "The patient has another nursing level from this very moment on."
    )

    @api.constrains("start_at", "encounter_id")
    def _check_moment(self):
        for row in self:
            if row.start_at > fields.Datetime.now():
                raise ValidationError(
                    self.env._("The level begins in the future. Enter the time from which it is in force.")
                )
            begun = row.encounter_id.start_at
            company = row.encounter_id.company_id
            if not begun or company._hospital_date(row.start_at) < company._hospital_date(begun):
                raise ValidationError(
                    self.env._("The level begins before the admission. Enter a time after the admission.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create([{**vals, "recorded_by_id": self.env.uid} for vals in vals_list])
        rows.encounter_id._nursing_changed()
        return rows

    def write(self, vals):
        if "encounter_id" in vals and any(row.encounter_id.id != vals["encounter_id"] for row in self):
            raise UserError(self.env._("A nursing level stays with its patient. Delete it and enter it there."))
        result = super().write({key: value for key, value in vals.items() if key != "recorded_by_id"})
        self.encounter_id._nursing_changed()
        return result

    def unlink(self):
        encounters = self.encounter_id
        result = super().unlink()
        encounters._nursing_changed()
        return result
