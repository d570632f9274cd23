from odoo import fields, models
from odoo.tools import SQL

from .gcp_research_line import in_the_trial

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
