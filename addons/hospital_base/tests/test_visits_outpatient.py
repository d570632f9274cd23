from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import proves
from .visits_common import VisitsCase


def new_permanent_residence_number(nation="276", sequence="001"):
    """18 digits of the 2023 card: 9, region 11, nation, birth date, sequence, check digit by MOD 11-2."""
    body = f"911{nation}19751102{sequence}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


@tagged("post_install", "-at_install")
class TestVisitsOutpatient(VisitsCase):
    def start(self, term, user="doctor", **values):
        """The doctor scans or types, and presses Enter."""
        with Form(self.env["hospital.visit.start"].with_user(self.users[user])) as form:
            form.term = term
            for name, value in values.items():
                setattr(form, name, value)
        action = form.record.action_confirm()
        return self.env["hospital.encounter"].browse(action["res_id"])

    @proves("S3-8.4")
    def test_foreign_permanent_residence_cards_old_and_new(self):
        types = {kind.code: kind for kind in self.env["hospital.identifier.type"].search([])}
        for code, number, typed in (
            ("prc_2017", "DEU110075110212", "deu110075110212"),
            ("prc_2023", new_permanent_residence_number(), f" {new_permanent_residence_number()} "),
        ):
            patient = self.new_patient(f"Müller {code}", birth_date="1975-11-02")
            self.env["hospital.identifier"].create(
                {"patient_id": patient.id, "type_id": types[code].id, "number": number}
            )
            visit = self.start(typed)
            self.assertEqual((visit.patient_id, visit.state, visit.kind), (patient, "in_progress", "outpatient"), code)
            self.assertEqual((visit.practitioner_id, visit.department_id), (self.doctor, self.clinic))

    @proves("S3-8.4")
    def test_virtual_card_of_a_foreigner(self):
        virtual = self.env["hospital.card.type"].search([("kind", "=", "virtual")], limit=1)
        patient = self.new_patient("Smith")
        self.env["hospital.card"].create({"patient_id": patient.id, "number": "900000123456", "type_id": virtual.id})
        self.assertEqual(self.start("900000123456").patient_id, patient)

    def test_any_other_number_and_name(self):
        patient = self.new_patient("欧阳候诊", phone="13900008821")
        inpatient = self.new_encounter(patient)
        for term in (patient.number, "13900008821", inpatient.number, "欧阳候诊", "OYHZ"):
            self.assertEqual(self.start(term).patient_id, patient, term)
        self.assertEqual(len(patient.encounter_ids), 2, "a visit in care is opened again, not made twice")

    def test_registered_visit_is_started(self):
        patient = self.new_patient("挂号甲")
        other = self.new_encounter(patient, kind="outpatient", department_id=self.surgery.id, practitioner_id=False)
        mine = self.new_encounter(patient, kind="outpatient", department_id=self.clinic.id, practitioner_id=False)
        self.assertEqual(self.start(patient.number), mine, "the one of his department")
        self.assertEqual((mine.state, mine.practitioner_id), ("in_progress", self.doctor))
        self.assertTrue(mine.start_at)
        self.assertEqual(other.state, "registered")

    def test_nobody_and_several(self):
        self.new_patient("同名同姓")
        second = self.new_patient("同名同姓")
        with self.assertRaisesRegex(UserError, "Nobody is registered"):
            self.start("900999999999")
        with self.assertRaisesRegex(UserError, "Choose the patient"):
            self.start("同名同姓")
        self.assertEqual(self.start("同名同姓", patient_id=second).patient_id, second)

    def test_life_of_a_visit(self):
        visit = self.new_encounter(kind="outpatient", department_id=self.clinic.id).with_user(self.users["doctor"])
        with self.assertRaisesRegex(UserError, "Only a visit in care"):
            visit.action_finish()
        visit.action_start()
        with self.assertRaisesRegex(UserError, "Only a registered visit"):
            visit.action_start()
        visit.action_finish()
        self.assertEqual(visit.state, "finished")
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            visit._cancel("x")
        visit.action_reopen()
        self.assertEqual((visit.state, visit.end_at), ("in_progress", False))
        visit.action_finish()
        visit.sudo().end_at = fields.Datetime.subtract(self.now, days=2)
        with self.assertRaisesRegex(UserError, "Only a visit finished today"):
            visit.action_reopen()
        inpatient = self.new_encounter()
        with self.assertRaisesRegex(UserError, "needs a bed"):
            inpatient.action_start()

    def test_worklists(self):
        mine = self.new_encounter(kind="outpatient", department_id=self.clinic.id)
        colleague = self.new_encounter(
            kind="outpatient", department_id=self.clinic.id, practitioner_id=self.other_doctor.id
        )
        elsewhere = self.new_encounter(
            kind="outpatient", department_id=self.surgery.id, practitioner_id=self.other_doctor.id
        )
        made = mine | colleague | elsewhere
        encounters = self.env["hospital.encounter"].with_user(self.users["doctor"])

        def found(domain):
            return encounters.search([*domain, ("id", "in", made.ids)])

        self.assertEqual(found([("is_mine", "=", True)]), mine)
        self.assertEqual(found([("is_mine", "=", False)]), colleague | elsewhere)
        self.assertEqual(found([("is_my_department", "=", True)]), mine | colleague)
        self.assertEqual((made.with_user(self.users["doctor"])).mapped("is_mine"), [True, False, False])
        self.assertEqual(encounters._expand_states([], []), ["registered", "in_progress", "finished"])

    def test_conditions(self):
        code = self.env["hospital.code"].search([("set_id.code", "=", "icd10")], limit=3)
        doctor = self.users["doctor"]
        visit = self.new_encounter(kind="outpatient", department_id=self.clinic.id).with_user(doctor)
        with Form(visit) as form:
            for one in code:
                with form.condition_ids.new() as line:
                    line.code_id = one
        conditions = visit.condition_ids.sorted("id")
        self.assertEqual(conditions.mapped("is_main"), [True, False, False], "the first one is the main one")
        self.assertEqual(conditions.mapped("name"), code.mapped("name"))
        self.assertEqual(conditions[0].practitioner_id, self.doctor)
        conditions[2].is_main = True
        self.assertEqual(conditions.mapped("is_main"), [False, False, True])
        self.assertEqual(visit.main_condition, code[2].name)
        conditions[2].stage = "discharge"
        self.assertEqual(conditions.mapped("is_main"), [True, False, True], "each stage has its own")
        conditions[0].unlink()
        self.assertTrue(conditions[1].is_main)
        conditions[1].is_main = False
        self.assertTrue(conditions[1].is_main, "the only one is the main one")
        with self.assertRaisesRegex(ValidationError, "in the future"):
            conditions[1].onset_date = fields.Date.add(self.now.date(), days=3)
        with mute_logger("odoo.sql_db"), self.assertRaises(AccessError):
            conditions[1].with_user(self.users["nurse"]).write({"name": "x"})

    def test_wrong_department_and_coverage(self):
        with self.assertRaisesRegex(ValidationError, "does not belong to 东院"):
            self.new_encounter(kind="outpatient", department_id=self.far_medicine.id)

    def test_doctor_sees_own_campus(self):
        """The rule itself is that of the campus; an encounter elsewhere is not in any list."""
        far = self.env["hospital.encounter"].create(
            {
                "patient_id": self.new_patient().id,
                "kind": "outpatient",
                "campus_id": self.other_campus.id,
                "department_id": self.far_medicine.id,
            }
        )
        homeless = new_test_user(
            self.env,
            "visits_homeless",
            groups="hospital_base.group_hospital_doctor",
            hospital_campus_ids=[Command.clear()],
        )
        for user in (self.users["doctor"], homeless):
            self.assertFalse(self.env["hospital.encounter"].with_user(user).search([("id", "=", far.id)]))

    def test_patient_shows_his_visits(self):
        patient = self.new_patient()
        encounter = self.new_encounter(patient)
        patient = patient.with_user(self.users["nurse"])
        self.assertEqual((patient.encounter_count, patient.open_inpatient_id), (1, encounter))
        self.assertEqual(patient.action_open_inpatient()["res_id"], encounter.id)
        action = patient.with_user(self.users["registrar"]).action_register_visit()
        with Form(
            self.env["hospital.encounter"].with_user(self.users["registrar"]).with_context(**action["context"])
        ) as form:
            self.assertEqual(form.patient_id, patient)
            form.department_id = self.clinic
        self.assertTrue(form.record.number.startswith("OP"))
