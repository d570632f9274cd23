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
            if is_main or not condition._siblings().filtered("is_main"):
                condition.is_main = True
        return conditions

    def write(self, vals):
        if not {"is_main", "stage", "encounter_id"} & vals.keys():
            return super().write(vals)
        for condition in self:
            stage = vals.get("stage", condition.stage)
            main = vals.get("is_main", condition.is_main)
            before = condition._siblings()
            if main:
                others = condition._siblings(stage).filtered("is_main")
                super(HospitalCondition, others).write({"is_main": False})
                others.flush_recordset(["is_main"])  # the index allows one at a time
            super(HospitalCondition, condition).write(dict(vals, is_main=main))
            for siblings in (condition._siblings() | condition, before):
                if siblings and not siblings.filtered("is_main"):
                    super(HospitalCondition, siblings[0]).write({"is_main": True})
        return True

    def unlink(self):
        left = {(condition.encounter_id, condition.stage) for condition in self}
        result = super().unlink()
        for encounter, stage in left:
            rest = encounter.condition_ids.filtered(lambda condition: condition.stage == stage)
            if encounter.exists() and rest and not rest.filtered("is_main"):
                rest[0].is_main = True
        return result

    # === BUSINESS ===

    def _siblings(self, stage=None):
        """The other diagnoses of the same encounter and stage."""
        self.ensure_one()
        return self.encounter_id.condition_ids.filtered(lambda other: other.stage == (stage or self.stage)) - self
