from odoo import api, fields, models


class HospitalPractitionerRole(models.Model):
    """One practitioner in one department: a doctor may work in several, on several campuses."""

    _name = "hospital.practitioner.role"
    _description = "Practitioner role"
    _inherit = ["hospital.archive.mixin", "hospital.import.mixin"]
    _order = "is_primary desc, campus_id, department_id, id"
    _rec_names_search = ["practitioner_id", "department_id"]
    _hospital_import_fields = ("practitioner_id", "department_id", "job", "is_primary", "date_from", "date_to")

    practitioner_id = fields.Many2one("hospital.practitioner", required=True, index=True, ondelete="cascade")
    department_id = fields.Many2one("hospital.department", required=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one(related="department_id.campus_id", store=True, index=True)
    job = fields.Selection(
        [
            ("head", "Head of department"),
            ("deputy_head", "Deputy head"),
            ("attending", "Attending doctor"),
            ("resident", "Resident"),
            ("head_nurse", "Head nurse"),
            ("nurse", "Nurse"),
            ("pharmacist", "Pharmacist"),
            ("technician", "Technician"),
            ("other", "Other"),
        ],
        required=True,
        default="attending",
    )
    is_primary = fields.Boolean(
        string="Main department", help="Where the practitioner belongs. One role of a practitioner is the main one."
    )
    date_from = fields.Date(string="From", default=lambda self: self.env.company._hospital_today())
    date_to = fields.Date(string="To")

    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day of a role lies before its first day. Correct the dates."
    )
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            practitioner_id WITH =, department_id WITH =, job WITH =, daterange(date_from, date_to, '[]') WITH &&
        ) WHERE (active IS TRUE)""",
        "The practitioner has this role in this department already during these dates. End the earlier role first.",
    )

    @api.depends("practitioner_id.name", "department_id.name")
    def _compute_display_name(self):
        for role in self:
            role.display_name = f"{role.practitioner_id.name or ''} · {role.department_id.name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        self.flush_model()  # a role ended in the same breath is out of the way first
        roles = super().create(vals_list)
        roles._settle_primary()
        return roles

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint({"is_primary", "active", "practitioner_id"}):
            self._settle_primary()
        return result

    @api.model
    def _hospital_import_example(self):
        department = self.env["hospital.department"].search(
            [("campus_id", "=", self.env.user._hospital_campus().id)], limit=1
        )
        return {
            "practitioner_id": self.env["hospital.practitioner"].search([], limit=1).code,
            "department_id": f"{department.campus_id.name}/{department.name}" if department else None,
            "job": dict(self._fields["job"]._description_selection(self.env))["other"],
            "is_primary": False,
            "date_from": fields.Date.to_date("2020-01-01"),
            "date_to": fields.Date.to_date("2020-12-31"),
        }

    def _settle_primary(self):  # pylint: disable=missing-return
        """Keep exactly one main role per practitioner: the one just marked, or else the first."""
        for practitioner in self.practitioner_id:
            roles = practitioner.role_ids.filtered("active")
            marked = roles.filtered("is_primary")
            main = (marked & self)[:1] or marked[:1] or roles[:1]
            if others := marked - main:
                super(HospitalPractitionerRole, others).write({"is_primary": False})  # pylint: disable=super-method-mismatch
            if main and not main.is_primary:
                super(HospitalPractitionerRole, main).write({"is_primary": True})  # pylint: disable=super-method-mismatch

    def _is_current(self, date=None):
        self.ensure_one()
        date = date or self.env.company._hospital_today()
        return (
            self.active
            and (not self.date_from or self.date_from <= date)
            and (not self.date_to or self.date_to >= date)
        )
