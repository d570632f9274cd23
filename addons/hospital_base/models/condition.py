from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalCondition(models.Model):
    """A diagnosis of an encounter. At each stage exactly one of them is the main one."""

    _name = "hospital.condition"
    _description = "Diagnosis"
    _order = "encounter_id desc, stage, is_main desc, sequence, id"
    _rec_names_search = ["name", "code_id"]

    encounter_id = fields.Many2one("hospital.encounter", required=True, index=True, ondelete="cascade")
    patient_id = fields.Many2one(related="encounter_id.patient_id", store=True, precompute=True, index=True)
    campus_id = fields.Many2one(related="encounter_id.campus_id", store=True, precompute=True, index=True)
    code_id = fields.Many2one(
        "hospital.code", "ICD-10", domain=[("set_id.code", "=", "icd10")], index="btree_not_null", ondelete="restrict"
    )
    name = fields.Char("Diagnosis", compute="_compute_name", store=True, readonly=False, required=True, precompute=True)
    stage = fields.Selection(
        [
            ("outpatient", "Outpatient"),
            ("admission", "Admission"),
            ("during", "During the stay"),
            ("discharge", "Discharge"),
        ],
        required=True,
        default="outpatient",
    )
    is_main = fields.Boolean("Main")
    certainty = fields.Selection(
        [("confirmed", "Confirmed"), ("suspected", "Suspected"), ("ruled_out", "Ruled out")],
        required=True,
        default="confirmed",
    )
    onset_date = fields.Date("Since")
    sequence = fields.Integer(default=10)
    practitioner_id = fields.Many2one(
        "hospital.practitioner",
        "Doctor",
        index="btree_not_null",
        ondelete="restrict",
        default=lambda self: self.env.user._hospital_practitioner().filtered(lambda me: me.kind == "doctor"),
    )

    _one_main = models.UniqueIndex(
        "(encounter_id, stage) WHERE is_main", "There is already a main diagnosis at this stage."
    )

    # === COMPUTE ===

    @api.depends("code_id")
    def _compute_name(self):
        for condition in self:
            condition.name = condition.code_id.name or condition.name

    # === CONSTRAINS ===

    @api.constrains("onset_date")
    def _check_onset_date(self):
        for condition in self:
            company = condition.encounter_id.company_id
            if condition.onset_date and condition.onset_date > company._hospital_today():
                raise ValidationError(
                    self.env._("%s cannot have begun in the future. Correct the date.", condition.name)
                )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        """The last one marked as main wins; the first diagnosis of a stage is the main one unless another is."""
        vals_list = [dict(vals) for vals in vals_list]
        wanted = [vals.pop("is_main", False) for vals in vals_list]
        conditions = super().create(vals_list)
        for condition, is_main in zip(conditions, wanted, strict=True):
            if is_main:
                condition.is_main = True
        conditions._settle_main(conditions._stages())
        return conditions

    def write(self, vals):
        if not {"is_main", "stage", "encounter_id"} & vals.keys():
            return super().write(vals)
        stages = self._stages()
        for condition in self:
            if vals.get("is_main", condition.is_main):
                encounter_id, stage = (
                    vals.get("encounter_id", condition.encounter_id.id),
                    vals.get("stage", condition.stage),
                )
                others = condition._of_stage(encounter_id, stage).filtered("is_main") - condition
                super(HospitalCondition, others).write({"is_main": False})
                others.flush_recordset(["is_main"])  # the index allows one at a time
            super(HospitalCondition, condition).write(vals)
        self._settle_main(stages | self._stages(), not_these=self if vals.get("is_main") is False else None)
        return True

    def unlink(self):
        stages = self._stages()
        result = super().unlink()
        self._settle_main(stages)
        return result

    # === BUSINESS ===

    def _stages(self):
        return {(condition.encounter_id.id, condition.stage) for condition in self}

    def _of_stage(self, encounter_id, stage):
        return self.search([("encounter_id", "=", encounter_id), ("stage", "=", stage)])

    @api.model
    def _settle_main(self, stages, not_these=None):  # pylint: disable=missing-return
        """A stage without a main diagnosis gets its first one, rather another than one that was just unmarked."""
        for encounter_id, stage in stages:
            conditions = self._of_stage(encounter_id, stage)
            if conditions and not any(conditions.mapped("is_main")):
                first = (conditions - (not_these or conditions.browse()) or conditions)[0]
                super(HospitalCondition, first).write({"is_main": True})  # pylint: disable=super-method-mismatch
