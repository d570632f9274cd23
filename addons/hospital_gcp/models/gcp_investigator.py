from odoo import api, fields, models


class HospitalGcpInvestigator(models.Model):
    """One practitioner in one trial, from one day to another."""

    _name = "hospital.gcp.investigator"
    _description = "Investigator"
    _order = "project_id, sequence, id"

    project_id = fields.Many2one("hospital.gcp.project", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    practitioner_id = fields.Many2one("hospital.practitioner", "Investigator", required=True, ondelete="restrict")
    department_ids = fields.Many2many(related="practitioner_id.department_ids", string="Departments")
    role = fields.Selection(
        [
            ("principal", "Principal investigator"),
            ("sub", "Sub-investigator"),
            ("nurse", "Research nurse"),
            ("pharmacist", "Drug administrator"),
            ("coordinator", "Coordinator"),
            ("quality", "Quality control"),
            ("other", "Other"),
        ],
        required=True,
        default="sub",
    )
    date_from = fields.Date("From", default=lambda self: self.env.company._hospital_today())
    date_to = fields.Date("To")
    note = fields.Char()

    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "An investigator's last day lies before the first one. Correct the dates."
    )
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            project_id WITH =, practitioner_id WITH =, role WITH =, daterange(date_from, date_to, '[]') WITH &&
        )""",
        "The practitioner has this role in the project already during these dates. End the earlier line first.",
    )

    @api.depends("practitioner_id.name", "role")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for investigator in self:
            investigator.display_name = f"{investigator.practitioner_id.name or ''} · {labels.get(investigator.role)}"
