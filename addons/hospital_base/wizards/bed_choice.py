from odoo import api, fields, models


class HospitalBedChoice(models.AbstractModel):
    """Choosing a free bed: ward, then bed; department and doctor follow."""

    _name = "hospital.bed.choice"
    _description = "Choice of a bed"
    _inherit = ["hospital.encounter.step"]

    ward_id = fields.Many2one("hospital.ward", required=True, domain="[('campus_id', '=', campus_id)]")
    bed_id = fields.Many2one(
        "hospital.bed",
        required=True,
        compute="_compute_bed_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', free_bed_ids)]",
    )
    free_bed_ids = fields.Many2many("hospital.bed", compute="_compute_free_bed_ids")
    department_id = fields.Many2one(
        "hospital.department",
        required=True,
        compute="_compute_department_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', ward_department_ids)]",
    )
    ward_department_ids = fields.Many2many("hospital.department", compute="_compute_ward_department_ids")
    practitioner_id = fields.Many2one(
        "hospital.practitioner",
        "Doctor",
        compute="_compute_practitioner_id",
        store=True,
        readonly=False,
        domain=[("kind", "=", "doctor")],
    )

    @api.depends("ward_id", "encounter_id")
    def _compute_free_bed_ids(self):
        for choice in self:
            beds = choice.ward_id.bed_ids.filtered(lambda bed: bed.state == "free")
            sex = choice.encounter_id.patient_id.sex
            choice.free_bed_ids = (
                beds.filtered(lambda bed: not choice.encounter_id or bed.sex_limit in ("any", sex)) | choice._own_bed()
            )

    @api.depends("ward_id", "encounter_id")
    def _compute_bed_id(self):
        for choice in self:
            if choice.bed_id.ward_id != choice.ward_id:
                choice.bed_id = choice.free_bed_ids[:1]

    @api.depends("ward_id")
    def _compute_ward_department_ids(self):
        for choice in self:
            ward = choice.ward_id
            choice.ward_department_ids = ward.department_ids or self.env["hospital.department"].search(
                [("campus_id", "=", ward.campus_id.id)]
            )

    @api.depends("ward_id", "encounter_id")
    def _compute_department_id(self):
        for choice in self:
            encounter = choice.encounter_id
            choice.department_id = (
                encounter._default_department(choice.ward_id) if choice.ward_id and encounter else choice.department_id
            )

    @api.depends("encounter_id")
    def _compute_practitioner_id(self):
        for choice in self:
            choice.practitioner_id = choice.encounter_id.practitioner_id or choice.practitioner_id

    def _own_bed(self):
        """A bed that may be chosen although somebody lies in it: himself."""
        return self.env["hospital.bed"]
