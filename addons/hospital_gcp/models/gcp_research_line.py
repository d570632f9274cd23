from odoo import fields, models
from odoo.tools import SQL

from .gcp_subject import STATUSES

IN_THE_TRIAL = """
    subject.is_research_ward
    AND COALESCE(encounter.end_at, 'infinity') >= (subject.bound_on::timestamp AT TIME ZONE %(zone)s) AT TIME ZONE 'UTC'
    AND (subject.out_on IS NULL
         OR encounter.start_at < ((subject.out_on + 1)::timestamp AT TIME ZONE %(zone)s) AT TIME ZONE 'UTC')"""
"""Whether a stay (`encounter`) is one of a research-ward patient (`subject`): they overlap by at least a day."""


def in_the_trial():
    return SQL(IN_THE_TRIAL, zone=SQL("COALESCE(company.hospital_tz, 'Asia/Shanghai')"))


class HospitalGcpResearchLine(models.Model):
    """One row per inpatient stay of a research-ward patient and project; plain values, so that finance reads no more."""

    _name = "hospital.gcp.research.line"
    _description = "Research-ward patient"
    _inherit = ["hospital.access.mixin"]
    _auto = False
    _order = "start_at desc, id desc"
    _rec_name = "number"
    _depends = {
        "hospital.gcp.subject": ["patient_id", "project_id", "is_research_ward", "bound_on", "out_on", "status"],
        "hospital.gcp.project": ["code", "name"],
        "hospital.encounter": ["number", "patient_id", "campus_id", "company_id", "state", "start_at", "end_at"],
        "hospital.stay": ["encounter_id", "department_id", "ward_id", "start_at"],
        "hospital.patient": ["name"],
        "res.company": ["hospital_tz"],
    }

    encounter_id = fields.Many2one("hospital.encounter", readonly=True)
    number = fields.Char("Inpatient no.", readonly=True)
    patient_name = fields.Char("Patient", readonly=True)
    campus_id = fields.Many2one("hospital.campus", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    department_id = fields.Many2one("hospital.department", readonly=True)
    ward_id = fields.Many2one("hospital.ward", readonly=True)
    is_transferred = fields.Boolean(
        "Transferred", readonly=True, help="Whether the patient was moved to another ward or department in this stay."
    )
    project_code = fields.Char("Project code", readonly=True)
    project_name = fields.Char("Project name", readonly=True)
    subject_number = fields.Char("Subject no.", readonly=True)
    status = fields.Selection(STATUSES, "Trial status", readonly=True)
    start_at = fields.Datetime("Admitted", readonly=True)
    end_at = fields.Datetime("Discharged", readonly=True)
    state = fields.Selection([("in_progress", "In hospital"), ("finished", "Discharged")], readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT subject.id * 4294967296 + encounter.id AS id, encounter.id AS encounter_id, encounter.number,
                      patient.name AS patient_name, encounter.campus_id, encounter.company_id,
                      encounter.department_id, encounter.ward_id, encounter.state, encounter.start_at, encounter.end_at,
                      (SELECT COUNT(DISTINCT (stay.ward_id, stay.department_id)) > 1
                         FROM hospital_stay AS stay WHERE stay.encounter_id = encounter.id) AS is_transferred,
                      project.code AS project_code, project.name AS project_name,
                      subject.subject_number, subject.status
                 FROM hospital_gcp_subject AS subject
                 JOIN hospital_gcp_project AS project ON project.id = subject.project_id
                 JOIN hospital_encounter AS encounter ON encounter.patient_id = subject.patient_id
                 JOIN hospital_patient AS patient ON patient.id = encounter.patient_id
                 JOIN res_company AS company ON company.id = encounter.company_id AND company.id = project.company_id
                WHERE encounter.kind = 'inpatient' AND encounter.state IN ('in_progress', 'finished') AND %s""",
            in_the_trial(),
        )

    def action_open_encounter(self):
        self.ensure_one()
        return self.encounter_id._action_open()
