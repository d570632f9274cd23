from odoo import fields, models
from odoo.tools import SQL

from .research_line import in_the_trial

WHO_MAY_KNOW = "hospital_base.group_hospital_finance_clerk,hospital_base.group_hospital_gcp_office"


class HospitalTransferLine(models.Model):
    """A.32 says which of the transferred patients belong to a research-ward project."""

    _inherit = "hospital.transfer.line"
    _depends = {
        "hospital.gcp.subject": ["patient_id", "project_id", "is_research_ward", "bound_on", "out_on"],
        "hospital.gcp.project": ["company_id"],
        "res.company": ["hospital_tz"],
    }

    is_research_ward = fields.Boolean("Research-ward project", readonly=True, groups=WHO_MAY_KNOW)

    def _query_columns(self):
        return {
            **super()._query_columns(),
            "is_research_ward": SQL(
                """EXISTS (SELECT FROM hospital_gcp_subject AS subject
                     JOIN hospital_gcp_project AS project ON project.id = subject.project_id
                    WHERE subject.patient_id = encounter.patient_id AND project.company_id = encounter.company_id
                      AND %s)""",
                in_the_trial(),
            ),
        }


class HospitalTransferReport(models.TransientModel):
    _inherit = "hospital.transfer.report"

    only_research_ward = fields.Boolean("Only research-ward projects", groups=WHO_MAY_KNOW)

    def _knows_research_wards(self):
        return self._has_field_access(self._fields["only_research_ward"], "read")

    def _line_domain(self):
        domain = super()._line_domain()
        if self._knows_research_wards() and self.only_research_ward:
            domain &= fields.Domain("is_research_ward", "=", True)
        return domain

    def _report_columns(self):
        columns = super()._report_columns()
        if self._knows_research_wards():
            label = self.env["hospital.transfer.line"]._fields["is_research_ward"]._description_string(self.env)
            columns.append({"name": "is_research_ward", "label": label, "kind": "text", "total": False, "once": False})
        return columns
