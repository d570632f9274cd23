from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.masked_field import masked_char
from ..tools.masking import mask_phone


class HospitalPractitioner(models.Model):
    _name = "hospital.practitioner"
    _description = "Practitioner"
    _inherit = [
        "hospital.pinyin.mixin",
        "hospital.archive.mixin",
        "hospital.import.mixin",
        "hospital.masked.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "avatar.mixin",
    ]
    _order = "code, id"
    _hospital_pinyin_style = "person"
    _hospital_import_fields = (
        "code",
        "name",
        "kind",
        "sex",
        "title_id",
        "licence_number",
        "licence_scope",
        "licence_valid_to",
        "phone",
        "practice_right_ids",
        "specialities",
    )
    _hospital_reveal_groups = (
        "hospital_base.group_hospital_user"  # colleagues ring each other up; the log shows who asked
    )

    code = fields.Char(string="Staff number", required=True, copy=False, tracking=True)
    name = fields.Char(string="Full name", tracking=True)
    kind = fields.Selection(
        [
            ("doctor", "Doctor"),
            ("nurse", "Nurse"),
            ("pharmacist", "Pharmacist"),
            ("technician", "Technician"),
            ("other", "Other"),
        ],
        required=True,
        default="doctor",
        tracking=True,
    )
    sex = fields.Selection(
        [("0", "Unknown"), ("1", "Male"), ("2", "Female"), ("9", "Unspecified")], default="0", required=True
    )
    title_id = fields.Many2one(
        "hospital.code",
        domain=[("set_id.code", "=", "practitioner_title")],
        ondelete="restrict",
        index="btree_not_null",
        tracking=True,
    )
    licence_number = fields.Char(string="Licence number", tracking=True, help="Number of the licence to practise.")
    licence_scope = fields.Char(
        string="Scope of practice", tracking=True, help="Scope of practice as written on the licence."
    )
    licence_valid_to = fields.Date(
        string="Licence valid to", tracking=True, help="Leave empty when the licence has no end."
    )
    licence_state = fields.Selection(
        [("none", "No licence"), ("valid", "Valid"), ("expiring", "Ends soon"), ("expired", "Expired")],
        string="Licence state",
        compute="_compute_licence_state",
        search="_search_licence_state",
    )
    specialities = fields.Text(help="What the practitioner is good at, as patients read it.")
    introduction = fields.Html()
    phone_full = fields.Char(groups=fields.NO_ACCESS, copy=False)
    phone = masked_char("Phone", full="phone_full", mask=mask_phone, normalise="_hospital_clean_phone", prefix=7)
    user_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain=[("share", "=", False)],
        help="The account with which the practitioner logs in.",
    )
    practice_right_ids = fields.Many2many(
        "hospital.code",
        "hospital_practitioner_right_rel",
        "practitioner_id",
        "code_id",
        string="Functions switched on",
        domain=[("set_id.code", "=", "practice_right")],
        copy=False,
        tracking=True,
        help="What the practitioner may do in the systems. A suspended practitioner may do none of it.",
    )
    state = fields.Selection(
        [("draft", "Not registered"), ("registered", "Registered"), ("suspended", "Suspended")],
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
        index=True,
    )
    role_ids = fields.One2many("hospital.practitioner.role", "practitioner_id", string="Roles")
    department_ids = fields.Many2many(
        "hospital.department", string="Departments", compute="_compute_departments", search="_search_department_ids"
    )
    campus_ids = fields.Many2many(
        "hospital.campus", string="Campuses", compute="_compute_departments", search="_search_campus_ids"
    )
    primary_department_id = fields.Many2one(
        "hospital.department",
        string="Main department",
        compute="_compute_primary_department",
        store=True,
        index="btree_not_null",
    )

    _code_unique = models.Constraint(
        "UNIQUE (code)", "Another practitioner has this staff number already. Check the number."
    )
    _user_unique = models.Constraint(
        "UNIQUE (user_id)", "This user belongs to another practitioner already. Choose another user."
    )

    @api.depends("name", "title_id.name")
    @api.depends_context("hospital_show_title")
    def _compute_display_name(self):
        with_title = self.env.context.get("hospital_show_title")
        for practitioner in self:
            title = practitioner.title_id.name if with_title else False
            practitioner.display_name = f"{practitioner.name} ({title})" if title else practitioner.name

    @api.depends("licence_number", "licence_valid_to")
    def _compute_licence_state(self):
        today = self.env.company._hospital_today()
        soon = fields.Date.add(today, days=30)
        for practitioner in self:
            valid_to = practitioner.licence_valid_to
            if not practitioner.licence_number:
                practitioner.licence_state = "none"
            elif valid_to and valid_to < today:
                practitioner.licence_state = "expired"
            else:
                practitioner.licence_state = "expiring" if valid_to and valid_to <= soon else "valid"

    def _search_licence_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = self.env.company._hospital_today()
        soon = fields.Date.add(today, days=30)
        licensed = Domain("licence_number", "not in", [False, ""])
        domains = {
            "none": ~licensed,
            "expired": licensed & Domain("licence_valid_to", "<", today),
            "expiring": licensed & Domain("licence_valid_to", ">=", today) & Domain("licence_valid_to", "<=", soon),
            "valid": licensed & (Domain("licence_valid_to", "=", False) | Domain("licence_valid_to", ">", soon)),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("role_ids.active", "role_ids.department_id", "role_ids.date_from", "role_ids.date_to")
    def _compute_departments(self):
        for practitioner in self:
            departments = practitioner.role_ids.filtered(lambda role: role._is_current()).department_id
            practitioner.department_ids = departments
            practitioner.campus_ids = departments.campus_id

    def _search_department_ids(self, operator, value):
        return self._search_roles("department_id", operator, value)

    def _search_campus_ids(self, operator, value):
        return self._search_roles("campus_id", operator, value)

    def _search_roles(self, field_name, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        today = self.env.company._hospital_today()
        return Domain(
            "role_ids",
            "any",
            Domain(field_name, operator, value)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today)),
        )

    @api.depends("role_ids.is_primary", "role_ids.active", "role_ids.department_id")
    def _compute_primary_department(self):
        for practitioner in self:
            roles = practitioner.role_ids.filtered("active")
            practitioner.primary_department_id = (roles.filtered("is_primary") or roles)[:1].department_id

    @api.constrains("active", "state")
    def _check_active(self):
        for practitioner in self:
            if not practitioner.active and practitioner.state == "registered":
                raise ValidationError(
                    self.env._(
                        "%s is registered and may still be booked. Suspend the practitioner before archiving.",
                        practitioner.name,
                    )
                )

    @api.model
    def _hospital_import_example(self):
        codes = self.env["hospital.code"]
        return {
            "code": "9999-X",
            "name": self.env._("Example doctor"),
            "kind": dict(self._fields["kind"]._description_selection(self.env))["doctor"],
            "sex": dict(self._fields["sex"]._description_selection(self.env))["2"],
            "title_id": codes._get("practitioner_title", "233").name,
            "licence_number": "110000000000000",
            "licence_valid_to": fields.Date.to_date("2030-12-31"),
            "practice_right_ids": ",".join(
                filter(None, (codes._get("practice_right", code).name for code in ("prescribe", "online_consultation")))
            ),
        }

    def action_register(self):
        for practitioner in self:
            if practitioner.state != "draft":
                raise UserError(self.env._("%s is registered already.", practitioner.name))
            practitioner._check_may_practise()
        self.write({"state": "registered"})

    def action_suspend(self):
        return self._open_state_wizard("suspend")

    def action_resume(self):
        return self._open_state_wizard("resume")

    def _open_state_wizard(self, step):
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_practitioner_state")
        action["name"] = (
            self.env._("Suspend practitioners") if step == "suspend" else self.env._("Resume practitioners")
        )
        action["context"] = {"default_practitioner_ids": [fields.Command.set(self.ids)], "default_step": step}
        return action

    def _suspend(self, reason):
        for practitioner in self:
            if practitioner.state != "registered":
                raise UserError(self.env._("%s is not registered, so there is nothing to suspend.", practitioner.name))
            practitioner.state = "suspended"
            practitioner.message_post(body=self.env._("Suspended: %s", reason))

    def _resume(self, reason):
        for practitioner in self:
            if practitioner.state != "suspended":
                raise UserError(self.env._("%s is not suspended.", practitioner.name))
            practitioner._check_may_practise()
            practitioner.state = "registered"
            practitioner.message_post(body=self.env._("Resumed: %s", reason))

    def _check_may_practise(self):
        """Say everything that is missing at once."""
        self.ensure_one()
        missing = []
        if self.kind in ("doctor", "nurse") and not self.licence_number:
            missing.append(self.env._("the licence number is missing"))
        if self.licence_state == "expired":
            missing.append(self.env._("the licence has expired"))
        if not self.department_ids:
            missing.append(self.env._("there is no department in which he works now"))
        if missing:
            raise UserError(
                self.env._("%(name)s cannot be registered: %(reasons)s.", name=self.name, reasons="; ".join(missing))
            )

    def _may(self, right_code):
        """Whether a function of the systems is open to the practitioner today."""
        self.ensure_one()
        return (
            self.active
            and self.state == "registered"
            and self.licence_state != "expired"
            and right_code in self.practice_right_ids.filtered("active").mapped("code")
        )
