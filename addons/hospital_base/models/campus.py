from odoo import api, fields, models
from odoo.exceptions import ValidationError

HOSPITAL_LEVELS = [
    ("3s", "Level III special"),
    ("3a", "Level III grade A"),
    ("3b", "Level III grade B"),
    ("3c", "Level III grade C"),
    ("2a", "Level II grade A"),
    ("2b", "Level II grade B"),
    ("2c", "Level II grade C"),
    ("1a", "Level I grade A"),
    ("1b", "Level I grade B"),
    ("1c", "Level I grade C"),
    ("0", "Ungraded"),
]


class HospitalCampus(models.Model):
    """A site of the hospital. The hospital itself is the company."""

    _name = "hospital.campus"
    _description = "Campus"
    _inherit = ["hospital.pinyin.mixin", "hospital.archive.mixin", "mail.thread", "image.mixin"]
    _order = "sequence, code, id"
    _check_company_auto = True

    code = fields.Char(required=True, copy=False, tracking=True)
    name = fields.Char(tracking=True)
    company_id = fields.Many2one(
        "res.company", string="Hospital", required=True, index=True, default=lambda self: self.env.company
    )
    sequence = fields.Integer(default=10)
    org_code = fields.Char(
        string="Institution code",
        tracking=True,
        help="Code of the medical institution as registered with the health authority.",
    )
    insurance_org_code = fields.Char(
        string="Insurance institution code",
        tracking=True,
        help="Code under which the medical insurance knows this site.",
    )
    licence_number = fields.Char(string="Practice licence number", tracking=True)
    licence_valid_to = fields.Date(string="Practice licence valid to", tracking=True)
    level = fields.Selection(HOSPITAL_LEVELS, tracking=True)
    approved_beds = fields.Integer(string="Approved beds", help="Number of beds the health authority approved.")
    address = fields.Char(tracking=True)
    phone = fields.Char(tracking=True)
    website = fields.Char()
    introduction = fields.Html()
    department_ids = fields.One2many("hospital.department", "campus_id", string="Departments")
    ward_ids = fields.One2many("hospital.ward", "campus_id", string="Wards")
    user_ids = fields.Many2many(
        "res.users",
        "hospital_campus_res_users_rel",
        "campus_id",
        "user_id",
        string="Users",
        help="Users who work here. They see the records of this campus.",
    )
    department_count = fields.Integer(compute="_compute_counts")
    ward_count = fields.Integer(compute="_compute_counts")
    bed_count = fields.Integer(compute="_compute_counts")
    practitioner_count = fields.Integer(compute="_compute_counts")

    _company_code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "Another campus has this code already. Choose another code."
    )

    def _compute_counts(self):
        def count(model, aggregate="__count"):
            return dict(self.env[model]._read_group([("campus_id", "in", self.ids)], ["campus_id"], [aggregate]))

        departments, wards, beds = map(count, ("hospital.department", "hospital.ward", "hospital.bed"))
        practitioners = count("hospital.practitioner.role", "practitioner_id:count_distinct")
        for campus in self:
            campus.department_count = departments.get(campus, 0)
            campus.ward_count = wards.get(campus, 0)
            campus.bed_count = beds.get(campus, 0)
            campus.practitioner_count = practitioners.get(campus, 0)

    @api.constrains("active")
    def _check_departments_archived(self):
        for campus in self.filtered(lambda campus: not campus.active):
            if campus.department_ids or campus.ward_ids:
                raise ValidationError(
                    self.env._("%s still has departments or wards. Archive them before the campus.", campus.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever opens a campus works at it; otherwise the new campus would be hidden from its maker."""
        campuses = super().create(vals_list)
        user_sudo = self.env.user.sudo()  # nobody may write his own user record
        user_sudo.write({"hospital_campus_ids": [fields.Command.link(campus.id) for campus in campuses]})
        return campuses

    def write(self, vals):
        result = super().write(vals)
        if "user_ids" in vals:
            self.env.registry.clear_cache()
        return result

    def _get_hospital_action(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action.update(domain=[("campus_id", "=", self.id)], context={"default_campus_id": self.id})
        return action

    def action_view_departments(self):
        return self._get_hospital_action("hospital_base.action_hospital_department")

    def action_view_wards(self):
        return self._get_hospital_action("hospital_base.action_hospital_ward")

    def action_view_beds(self):
        return self._get_hospital_action("hospital_base.action_hospital_bed")

    def action_view_practitioners(self):
        action = self._get_hospital_action("hospital_base.action_hospital_practitioner")
        action.update(domain=[("role_ids.campus_id", "=", self.id)], context={})
        return action
