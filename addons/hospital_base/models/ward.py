from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalWard(models.Model):
    _name = "hospital.ward"
    _description = "Ward"
    _inherit = ["hospital.pinyin.mixin", "hospital.archive.mixin", "hospital.import.mixin", "mail.thread"]
    _order = "campus_id, sequence, code, id"
    _hospital_import_fields = (
        "code",
        "name",
        "campus_id",
        "department_ids",
        "nursing_department_id",
        "location",
        "phone",
        "sequence",
    )
    _hospital_path_field = "campus_id"

    code = fields.Char(required=True, copy=False, tracking=True)
    name = fields.Char(tracking=True)
    campus_id = fields.Many2one(
        "hospital.campus",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.user._hospital_campus(),
    )
    company_id = fields.Many2one(related="campus_id.company_id", string="Hospital", store=True)
    sequence = fields.Integer(default=10)
    department_ids = fields.Many2many(
        "hospital.department",
        "hospital_department_ward_rel",
        "ward_id",
        "department_id",
        string="Departments",
        domain="[('campus_id', '=', campus_id)]",
        help="Departments whose patients lie in this ward.",
    )
    nursing_department_id = fields.Many2one(
        "hospital.department",
        string="Nursing unit",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('campus_id', '=', campus_id)]",
        help="The unit that nurses the patients of this ward and carries out their orders.",
    )
    location = fields.Char(help="Building and floor.")
    phone = fields.Char()
    bed_ids = fields.One2many("hospital.bed", "ward_id", string="Beds")
    bed_count = fields.Integer(compute="_compute_bed_count")

    _campus_code_unique = models.Constraint(
        "UNIQUE (campus_id, code)", "Another ward of this campus has this code already. Choose another code."
    )

    @api.depends("bed_ids.active")
    def _compute_bed_count(self):
        counts = dict(self.env["hospital.bed"]._read_group([("ward_id", "in", self.ids)], ["ward_id"], ["__count"]))
        for ward in self:
            ward.bed_count = counts.get(ward._origin, 0)

    @api.constrains("campus_id", "department_ids", "nursing_department_id")
    def _check_departments(self):
        for ward in self:
            for department in ward.department_ids | ward.nursing_department_id:
                if department.campus_id != ward.campus_id:
                    raise ValidationError(
                        self.env._(
                            "Ward %(ward)s belongs to %(campus)s but department %(department)s does not. "
                            "Choose a department of the same campus.",
                            ward=ward.name,
                            campus=ward.campus_id.name,
                            department=department.name,
                        )
                    )

    def write(self, vals):
        """A closed ward has no bed to offer; a patient in one of its beds keeps it open."""
        if vals.get("active") is False:
            self.bed_ids.active = False
        return super().write(vals)

    @api.model
    def _hospital_import_example(self):
        campus = self.env.user._hospital_campus()
        department = self.env["hospital.department"].search(
            [("campus_id", "=", campus.id), ("kind", "=", "inpatient")], limit=1
        )
        return {
            "code": "W01-X",
            "name": self.env._("Example ward"),
            "campus_id": campus.name,
            "sequence": 10,
            "department_ids": f"{campus.name}/{department.name}" if department else None,
            "location": self.env._("Building 2, floor 3"),
        }

    def action_view_beds(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_bed")
        action.update(domain=[("ward_id", "=", self.id)], context={"default_ward_id": self.id}, display_name=self.name)
        return action
