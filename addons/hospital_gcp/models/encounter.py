from odoo import api, fields, models
from odoo.fields import Domain

from .gcp_subject import STATUSES

WHO_MAY_KNOW = (
    "hospital_base.group_hospital_doctor,hospital_base.group_hospital_nurse,hospital_base.group_hospital_gcp_office"
)


class HospitalEncounter(models.Model):
    """The doctor's lists show who takes part in a trial."""

    _inherit = "hospital.encounter"

    gcp_status = fields.Selection(
        STATUSES, "Trial status", compute="_compute_gcp", search="_search_gcp_status", groups=WHO_MAY_KNOW
    )
    gcp_projects = fields.Char("Trial projects", compute="_compute_gcp", groups=WHO_MAY_KNOW)

    @api.depends("patient_id")
    def _compute_gcp(self):
        """The status in the trial the patient is in; of several the one that changed last, of none the last one left."""
        _subjects_sudo = self.env["hospital.gcp.subject"].sudo()  # care teams know the status, not the projects' files
        subjects = _subjects_sudo.search(
            [("patient_id", "in", self.patient_id.ids), ("company_id", "in", self.company_id.ids)],
            order="status_at, id",
        )
        of_patient = {}
        for subject in subjects.sorted(lambda subject: subject.status != "out"):
            of_patient.setdefault(subject.patient_id, []).append(subject)
        for encounter in self:
            own = of_patient.get(encounter.patient_id.sudo(), [])
            encounter.gcp_status = own[-1].status if own else False
            encounter.gcp_projects = (
                ", ".join(f"{subject.project_id.code} {subject.project_id.name}" for subject in reversed(own)) or False
            )

    def _search_gcp_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        _subjects_sudo = self.env["hospital.gcp.subject"].sudo()  # as in _compute_gcp
        statuses = [status for status in value if status]
        domain = Domain(
            "patient_id", "in", _subjects_sudo._search([("status", "in", statuses)]).subselect("patient_id")
        )
        if False in value:
            domain |= Domain("patient_id", "not in", _subjects_sudo._search([]).subselect("patient_id"))
        return domain
