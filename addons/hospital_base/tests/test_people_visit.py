from odoo.tests import tagged

from .common import proves
from .people_common import PeopleCase
from .test_people_registration import FOREIGN_2023


@tagged("post_install", "-at_install")
class TestPeopleVisit(PeopleCase):
    @proves("S3-8.4")
    def test_doctor_finds_a_foreign_patient_and_starts_the_visit(self):
        department = self.env["hospital.department"].create(
            {"name": "国际门诊", "code": "PVD", "campus_id": self.campus.id, "kind": "clinic"}
        )
        doctor = self.users["doctor"]
        old = self.make_patient("SMITH JOHN", document="ZZZ119900010100")
        new = self.make_patient("MARTIN CLAIRE", document="931999199001010026")
        cards = {patient: patient._ensure_virtual_card().number for patient in (old, new)}
        Patient = self.env["hospital.patient"].with_user(doctor)
        for patient, keys in (
            (old, ("ZZZ119900010100", "zzz1199 0001 0100", cards[old])),
            (new, ("931999199001010026", "９３１９９９１９９００１０１００２６", FOREIGN_2023, cards[new])),
        ):
            for key in keys:
                self.assertEqual([found[0] for found in Patient.name_search(key)], patient.ids, key)
                self.assertEqual(Patient.search([("search_text", "ilike", key)]), patient, key)
            encounter = self.env["hospital.encounter"].create(
                {
                    "patient_id": patient.id,
                    "kind": "outpatient",
                    "campus_id": self.campus.id,
                    "department_id": department.id,
                }
            )
            mine = self.env["hospital.encounter"].with_user(doctor)
            self.assertEqual(mine.search([("patient_id", "ilike", keys[0])]), encounter)
            encounter.with_user(doctor).action_start()
            self.assertEqual(encounter.state, "in_progress")
