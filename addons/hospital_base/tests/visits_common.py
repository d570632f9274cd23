from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user


class VisitsCase(TransactionCase):
    """Two campuses, two wards of one and one of the other, three departments, and one user per role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.env = env
        env.company.hospital_tz = "Asia/Shanghai"
        cls.campus, cls.other_campus = env["hospital.campus"].create(
            [{"name": "东院", "code": "VT1"}, {"name": "西院", "code": "VT2"}]
        )
        cls.medicine, cls.surgery, cls.clinic = env["hospital.department"].create(
            [
                {"name": "内科", "code": "VN", "campus_id": cls.campus.id, "kind": "inpatient"},
                {"name": "外科", "code": "VW", "campus_id": cls.campus.id, "kind": "inpatient"},
                {"name": "门诊内科", "code": "VM", "campus_id": cls.campus.id, "kind": "clinic"},
            ]
        )
        cls.far_medicine = env["hospital.department"].create(
            {"name": "西院内科", "code": "VX", "campus_id": cls.other_campus.id, "kind": "inpatient"}
        )
        cls.ward_m, cls.ward_s, cls.far_ward = env["hospital.ward"].create(
            [
                {"name": "一病区", "code": "V1", "campus_id": cls.campus.id, "department_ids": cls.medicine.ids},
                {"name": "二病区", "code": "V2", "campus_id": cls.campus.id, "department_ids": cls.surgery.ids},
                {
                    "name": "三病区",
                    "code": "V3",
                    "campus_id": cls.other_campus.id,
                    "department_ids": cls.far_medicine.ids,
                },
            ]
        )
        cls.m1, cls.m2, cls.m3, cls.s1, cls.s2, cls.far_bed = env["hospital.bed"].create(
            [
                {"name": name, "ward_id": ward.id}
                for name, ward in (
                    ("1", cls.ward_m),
                    ("2", cls.ward_m),
                    ("3", cls.ward_m),
                    ("1", cls.ward_s),
                    ("2", cls.ward_s),
                    ("1", cls.far_ward),
                )
            ]
        )
        cls.users = {
            role: new_test_user(
                env,
                f"visits_{role}",
                groups=f"hospital_base.group_hospital_{role}",
                hospital_campus_ids=[fields.Command.set(cls.campus.ids)],
                hospital_campus_id=cls.campus.id,
            )
            for role in ("registrar", "nurse", "doctor", "finance_clerk", "pharmacist", "it_operator")
        }
        cls.doctor, cls.other_doctor = env["hospital.practitioner"].create(
            [
                {
                    "name": "王医生",
                    "code": "VD1",
                    "kind": "doctor",
                    "state": "registered",
                    "user_id": cls.users["doctor"].id,
                },
                {"name": "李医生", "code": "VD2", "kind": "doctor", "state": "registered"},
            ]
        )
        env["hospital.practitioner.role"].create(
            [
                {"practitioner_id": cls.doctor.id, "department_id": department.id, "job": "attending"}
                for department in (cls.medicine, cls.clinic)
            ]
        )
        cls.icd = env["hospital.code.set"].search([("code", "=", "icd10")])
        cls.now = fields.Datetime.now().replace(microsecond=0)

    @classmethod
    def new_patient(cls, name="测试病人", **vals):
        return cls.env["hospital.patient"].create({"name": name, "sex": "1", "birth_date": "1980-02-03", **vals})

    @classmethod
    def new_encounter(cls, patient=None, **vals):
        patient = patient or cls.new_patient()
        vals = {
            "patient_id": patient.id,
            "kind": "inpatient",
            "campus_id": cls.campus.id,
            "department_id": cls.medicine.id,
            "practitioner_id": cls.doctor.id,
            **vals,
        }
        return cls.env["hospital.encounter"].create(vals)

    @classmethod
    def new_inpatient(cls, bed=None, hours_ago=20, **vals):
        encounter = cls.new_encounter(**vals)
        encounter._admit(bed or cls.m1, cls.ago(hours_ago), reason="test")
        return encounter

    @classmethod
    def ago(cls, hours=0, **delta):
        return cls.now - timedelta(hours=hours, **delta)

    def chain(self, encounter):
        """[(bed, hours ago from, hours ago to or None)]"""

        def hours(moment):
            return moment and round((self.now - moment).total_seconds() / 3600, 3)

        return [
            (stay.bed_id, hours(stay.start_at), hours(stay.end_at) or None)
            for stay in encounter.stay_ids.sorted("start_at")
        ]

    def local(self, text):
        """A moment in the hospital's time zone as stored."""
        zone = self.env.company._hospital_timezone()
        return zone.localize(datetime.fromisoformat(text)).astimezone(UTC).replace(tzinfo=None)
