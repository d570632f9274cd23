from odoo import api, fields, models
from odoo.exceptions import ValidationError

DEPARTMENT_KINDS = [
    ("clinic", "Clinic"),
    ("emergency", "Emergency"),
    ("inpatient", "Inpatient"),
    ("nursing", "Nursing unit"),
    ("operating", "Operating theatre"),
    ("lab", "Laboratory"),
    ("imaging", "Imaging"),
    ("function", "Function tests"),
    ("pharmacy", "Pharmacy"),
    ("finance", "Finance"),
    ("office", "Office"),
    ("other", "Other"),
]


class HospitalDepartment(models.Model):
    _name = "hospital.department"
    _description = "Department"
    _inherit = ["hospital.pinyin.mixin", "hospital.archive.mixin", "hospital.import.mixin", "mail.thread"]
    _order = "campus_id, sequence, code, id"
    _parent_store = True
    _hospital_import_fields = (
        "code",
        "name",
        "kind",
        "campus_id",
        "parent_id",
        "standard_code_id",
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
    company_id = fields.Many2one(related="campus_id.company_id", string="Hospital", store=True, index=True)
    kind = fields.Selection(DEPARTMENT_KINDS, required=True, default="clinic", tracking=True)
    parent_id = fields.Many2one(
        "hospital.department",
        string="Higher department",
        index=True,
        ondelete="restrict",
        tracking=True,
        domain="[('campus_id', '=', campus_id), ('id', '!=', id)]",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("hospital.department", "parent_id", string="Sub-departments")
    standard_code_id = fields.Many2one(
        "hospital.code",
        string="National standard department",
        domain=[("set_id.code", "=", "dept_standard")],
        ondelete="restrict",
        index="btree_not_null",
        help="Diagnosis and treatment subject under which the department is registered.",
    )
    sequence = fields.Integer(default=10)
    location = fields.Char(help="Building, floor and room, as a patient is told.")
    phone = fields.Char()
    introduction = fields.Html()
    role_ids = fields.One2many("hospital.practitioner.role", "department_id", string="Practitioners")
    ward_ids = fields.Many2many(
        "hospital.ward",
        "hospital_department_ward_rel",
        "department_id",
        "ward_id",
        string="Wards",
        domain="[('campus_id', '=', campus_id)]",
    )
    practitioner_count = fields.Integer(compute="_compute_counts")
    ward_count = fields.Integer(compute="_compute_counts")
    inpatient_count = fields.Integer(compute="_compute_inpatient_count")

    _campus_code_unique = models.Constraint(
        "UNIQUE (campus_id, code)", "Another department of this campus has this code already. Choose another code."
    )

    @api.depends("role_ids.active", "ward_ids")
    def _compute_counts(self):
        counts = dict(
            self.env["hospital.practitioner.role"]._read_group(
                [("department_id", "in", self.ids)], ["department_id"], ["practitioner_id:count_distinct"]
            )
        )
        for department in self:
            department.practitioner_count = counts.get(department._origin, 0)
            department.ward_count = len(department.ward_ids)

    def _compute_inpatient_count(self):
        encounters, counts = self.env["hospital.encounter"], {}
        if encounters.has_access("read"):
            domain = [("department_id", "in", self.ids), ("kind", "=", "inpatient"), ("state", "=", "in_progress")]
            counts = dict(encounters._read_group(domain, ["department_id"], ["__count"]))
        for department in self:
            department.inpatient_count = counts.get(department._origin, 0)

    @api.constrains("parent_id", "campus_id")
    def _check_parent(self):
        for department in (self | self.child_ids).filtered("parent_id"):
            if department.parent_id.campus_id != department.campus_id:
                raise ValidationError(
                    self.env._(
                        "%(department)s belongs to %(campus)s but its higher department %(parent)s does not. "
                        "Choose one of the same campus.",
                        department=department.name,
                        campus=department.campus_id.name,
                        parent=department.parent_id.name,
                    )
                )

    @api.constrains("campus_id")
    def _check_wards_on_campus(self):
        nursed = self.env["hospital.ward"].search([("nursing_department_id", "in", self.ids)])
        (self.ward_ids | nursed)._check_departments()

    @api.constrains("active")
    def _check_nobody_inside(self):
        _encounters_sudo = self.env["hospital.encounter"].sudo()  # patients of every campus count
        for department in self.filtered(lambda department: not department.active):
            patients = _encounters_sudo.search_count(
                [("department_id", "=", department.id), ("kind", "=", "inpatient"), ("state", "=", "in_progress")]
            )
            if patients:
                raise ValidationError(
                    self.env._(
                        "%(department)s still has %(count)s inpatients. Transfer or discharge them before archiving.",
                        department=department.name,
                        count=patients,
                    )
                )

    def write(self, vals):
        if vals.get("parent_id") and self.browse(vals["parent_id"]) & self.search([("id", "child_of", self.ids)]):
            raise ValidationError(
                self.env._("A department cannot stand above itself. Choose another higher department.")
            )
        return super().write(vals)

    @api.model
    def _hospital_import_example(self):
        return {
            "code": "0301-X",
            "name": self.env._("Example department"),
            "campus_id": self.env.user._hospital_campus().name,
            "kind": dict(self._fields["kind"]._description_selection(self.env))["clinic"],
            "standard_code_id": self.env["hospital.code"]._get("dept_standard", "03.04").display_name,
            "location": self.env._("Building 2, floor 3"),
            "sequence": 10,
        }

    def action_view_practitioners(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_practitioner")
        action.update(domain=[("role_ids.department_id", "=", self.id)], context={})
        return action

    def action_view_inpatients(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Inpatients of %s", self.name),
            "res_model": "hospital.encounter",
            "view_mode": "list,form",
            "domain": [("department_id", "=", self.id), ("kind", "=", "inpatient"), ("state", "=", "in_progress")],
        }

    def action_view_wards(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_ward")
        action.update(
            domain=[("department_ids", "in", self.ids)],
            context={"default_campus_id": self.campus_id.id, "default_department_ids": [fields.Command.set(self.ids)]},
        )
        return action
