from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.hospital_base.tests.visits_common import VisitsCase


class GcpCase(VisitsCase):
    """A running trial, and a GCP office that sees both campuses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.office = new_test_user(
            cls.env,
            "trial_office",
            groups="hospital_base.group_hospital_gcp_office,base.group_allow_export",
            hospital_campus_ids=[Command.set((cls.campus | cls.other_campus).ids)],
            hospital_campus_id=cls.campus.id,
        )
        cls.project = cls.make_project("GCPT1", "甲药试验")

    @classmethod
    def make_project(cls, code, name, state="running"):
        return cls.env["hospital.gcp.project"].create({"code": code, "name": name, "state": state})

    @classmethod
    def bind(cls, patient, project=None, number=None, **vals):
        return cls.env["hospital.gcp.subject"].create(
            {
                "project_id": (project or cls.project).id,
                "patient_id": patient.id,
                "subject_number": number or f"T{patient.id}",
                **vals,
            }
        )
