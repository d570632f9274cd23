from odoo import api, fields, models


class HospitalAdmission(models.TransientModel):
    _name = "hospital.admission"
    _description = "Admission to a bed"
    _inherit = ["hospital.bed.choice"]

    encounter_id = fields.Many2one(
        domain="[('kind', 'in', ['inpatient', 'observation']), ('state', '=', 'registered')]"
    )
    ward_id = fields.Many2one(compute="_compute_ward_id", store=True, readonly=False)
    condition_code_id = fields.Many2one("hospital.code", "Admission diagnosis", domain=[("set_id.code", "=", "icd10")])

    @api.depends("encounter_id")
    def _compute_ward_id(self):
        for admission in self:
            admission.ward_id = admission.ward_id or admission.encounter_id.department_id.ward_ids[:1]

    def action_confirm(self):
        self.ensure_one()
        self.encounter_id._admit(self.bed_id, self.at, self.department_id, self.practitioner_id, self.reason)
        if self.condition_code_id:
            self.encounter_id._add_condition("admission", self.condition_code_id)
        return {"type": "ir.actions.act_window_close"}
