from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalGcpBinding(models.TransientModel):
    """Bind several patients to one trial in one go."""

    _name = "hospital.gcp.binding"
    _description = "Bind patients to a trial"

    project_id = fields.Many2one(
        "hospital.gcp.project", required=True, domain=[("state", "!=", "closed")], ondelete="cascade"
    )
    bound_on = fields.Date(required=True, default=lambda self: self.env.company._hospital_today())
    line_ids = fields.One2many("hospital.gcp.binding.line", "binding_id", "Patients")
    warning_count = fields.Integer(compute="_compute_warning_count")

    @api.depends("line_ids.warning")
    def _compute_warning_count(self):
        for binding in self:
            binding.warning_count = len(binding.line_ids.filtered("warning"))

    def action_confirm(self):
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Enter at least one patient."))
        subjects = self.env["hospital.gcp.subject"].create(
            [
                {
                    "project_id": self.project_id.id,
                    "patient_id": line.patient_id.id,
                    "subject_number": line.subject_number,
                    "is_research_ward": line.is_research_ward,
                    "bound_on": self.bound_on,
                }
                for line in self.line_ids
            ]
        )
        action = self.project_id.action_subjects()
        return {**action, "domain": [("id", "in", subjects.ids)]}


class HospitalGcpBindingLine(models.TransientModel):
    _name = "hospital.gcp.binding.line"
    _description = "Patient to be bound to a trial"

    binding_id = fields.Many2one("hospital.gcp.binding", required=True, ondelete="cascade")
    patient_id = fields.Many2one("hospital.patient", required=True, ondelete="cascade")
    patient_age = fields.Char(related="patient_id.age", string="Age")
    patient_document = fields.Char(related="patient_id.main_document", string="Document")
    subject_number = fields.Char("Subject no.", required=True)
    is_research_ward = fields.Boolean("Research-ward patient")
    warning = fields.Char(compute="_compute_warning")

    @api.depends("patient_id", "binding_id.project_id")
    def _compute_warning(self):
        for line in self:
            subject = self.env["hospital.gcp.subject"].new(
                {"project_id": line.binding_id.project_id.id, "patient_id": line.patient_id.id}
            )
            line.warning = subject._warning() if line.patient_id and subject.other_projects else False
