from datetime import timedelta

from odoo import api, models

PROJECTS = (
    ("2001", "示例单抗注射液治疗晚期实体瘤的Ⅱ期临床试验", "示例生物制药有限公司", "2", "running"),
    ("2002", "示例缓释片在健康受试者中的生物等效性试验", "示例药业股份有限公司", "be", "running"),
    ("2003", "示例吸入剂治疗慢性气道疾病的Ⅲ期临床试验", "示例医药科技有限公司", "3", "running"),
    ("2004", "示例支架系统安全性与有效性试验", "示例医疗器械有限公司", "device", "preparing"),
)
COURSES = (("enrolled",), (), ("enrolled", "discharged"), ("enrolled", "discharged", "follow_up"), ("out",))


class HospitalDemo(models.AbstractModel):
    _inherit = "hospital.demo"

    @api.model
    def _demo_gcp(self):
        demo = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True, lang=None)
        draw = demo._draw("gcp")
        doctors = demo._family("practitioner").filtered(lambda practitioner: practitioner.kind == "doctor")
        projects = demo._load(
            "hospital.gcp.project",
            "project",
            {
                code: {
                    "code": f"GCP{code}",
                    "name": name,
                    "sponsor": sponsor,
                    "phase": phase,
                    "state": state,
                    "principal_id": draw.choice(doctors).id,
                    "created_on": demo._today() - timedelta(days=90),
                    "date_from": demo._today() - timedelta(days=80),
                    "date_to": demo._today() + timedelta(days=300),
                }
                for code, name, sponsor, phase, state in PROJECTS
            },
            module="hospital_gcp",
        )
        demo._demo_investigators(projects, doctors, draw)
        demo._demo_subjects(projects.filtered(lambda project: project.state == "running"), draw)

    def _demo_investigators(self, projects, doctors, draw):
        rows = {}
        for project in projects:
            for number, doctor in enumerate(
                [project.principal_id, *draw.sample(list(doctors - project.principal_id), 2)]
            ):
                rows[f"{project.code}_{number}"] = {
                    "project_id": project.id,
                    "practitioner_id": doctor.id,
                    "role": "principal" if not number else "sub",
                    "date_from": project.date_from,
                }
        self._load("hospital.gcp.investigator", "investigator", rows, module="hospital_gcp")

    def _demo_subjects(self, projects, draw):
        stays = self.env["hospital.encounter"].search(
            [("kind", "=", "inpatient"), ("state", "in", ("in_progress", "finished"))], order="number"
        )
        patients = draw.sample(list(stays.patient_id), min(15, len(stays.patient_id)))
        rows = {}
        for number, patient in enumerate(patients):
            project = projects[number % len(projects)]
            rows[f"{number:02}"] = {
                "project_id": project.id,
                "patient_id": patient.id,
                "subject_number": f"S{number + 1:03}",
                "bound_on": project.date_from + timedelta(days=number),
                "is_research_ward": number % 3 != 2,
            }
        subjects = self._load("hospital.gcp.subject", "subject", rows, module="hospital_gcp")
        for number, subject in enumerate(subjects.filtered(lambda subject: len(subject.step_ids) == 1)):
            for status in COURSES[number % len(COURSES)]:
                subject.status = status
