import datetime

from freezegun import freeze_time
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import proves
from .people_common import PeopleCase


@tagged("post_install", "-at_install")
class TestPeoplePatient(PeopleCase):
    def test_numbers_and_names(self):
        first, second = self.make_patient("曾  晓明"), self.make_patient("Smith  John")
        self.assertNotEqual(first.number, second.number)
        self.assertEqual((first.name, first.initials, first.pinyin), ("曾 晓明", "ZXM", "zeng xiao ming"))
        self.assertEqual(second.name, "Smith John")
        self.assertEqual(first.display_name, f"曾 晓明 ({first.number})")

    @freeze_time("2026-06-01 20:00:00")
    def test_age_in_the_time_zone_of_the_hospital(self):
        patient = self.make_patient(birth_date="2026-05-21")  # it is June 2 already in Shanghai
        self.assertEqual(patient.with_context(lang="en_US").age, "12 days")
        patient.birth_date = "2025-12-30"
        self.assertEqual(patient.with_context(lang="en_US").age, "5 months")
        patient.birth_date = "2023-06-02"
        self.assertEqual(patient.with_context(lang="en_US").age, "3 years")
        patient.write({"birth_date": "2026-06-02", "birth_at": "2026-06-01 17:00:00"})
        self.assertEqual(patient.with_context(lang="en_US").age, "3 hours")
        with self.assertRaisesRegex(ValidationError, "future"):
            patient.write({"birth_date": "2026-06-03", "birth_at": False})
        with self.assertRaisesRegex(ValidationError, "time of birth"):
            patient.write({"birth_date": "2026-05-03", "birth_at": "2026-06-01 17:00:00"})

    def test_document_is_normalised_and_masked(self):
        patient = self.make_patient(document="１１９９９９ 19900101 0012")
        document = patient.identifier_ids
        self.assertEqual(document.sudo().number_full, "119999199001010012")
        self.assertEqual(document.number, "1199**********0012")
        self.assertEqual(patient.main_document, "1199**********0012")

    def test_wrong_document_is_refused_whole(self):
        patients = self.env["hospital.patient"].search_count([])
        with self.assertRaisesRegex(ValidationError, "check character"), self.env.cr.savepoint():
            self.env["hospital.patient"].create(
                {
                    "name": "错",
                    "identifier_ids": [
                        Command.create(
                            {
                                "type_id": self.types["resident_id"].id,
                                "number": "119999199001010013",
                            }
                        )
                    ],
                }
            )
        self.assertEqual(self.env["hospital.patient"].search_count([]), patients)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.env["hospital.identifier"].create(
                {"patient_id": self.make_patient().id, "type_id": self.types["other"].id}
            )

    def test_document_unique_among_active_patients(self):
        first = self.make_patient(document=self.resident_number(1))
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.make_patient("李四", document=self.resident_number(1))
        first.active = False
        self.assertFalse(first.with_context(active_test=False).identifier_ids.active)
        second = self.make_patient("李四", document=self.resident_number(1))
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            first.active = True
        second.active = False
        first.active = True
        self.assertTrue(first.identifier_ids.active)

    def test_renewed_travel_permit_is_the_same_document(self):
        self.make_patient(document="H0000000001")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.make_patient("李四", document="H00000000")

    def test_allergies(self):
        patient = self.make_patient()
        self.assertEqual(patient.allergy_state, "unknown")
        patient.allergy_state = "none"
        allergy = (
            self.env["hospital.allergy"]
            .with_user(self.users["doctor"])
            .create(
                {"patient_id": patient.id, "substance": "青霉素", "reaction": "皮疹"},
            )
        )
        self.assertEqual((patient.allergy_state, patient.allergy_text), ("known", "青霉素 (皮疹)"))
        allergy.active = False
        self.assertEqual(patient.allergy_state, "unknown")

    def test_phones(self):
        patient = self.make_patient(phone="１３８-0000-1234")
        self.assertEqual((patient.sudo().phone_full, patient.phone), ("13800001234", "138****1234"))
        patient.phone = "138****1234"
        self.assertEqual(patient.sudo().phone_full, "13800001234")
        patient.phone = "020 8123 4567"
        self.assertEqual(patient.sudo().phone_full, "02081234567")
        with self.assertRaisesRegex(UserError, "phone number"):
            patient.phone = "12"
        patient.phone = False
        self.assertFalse(patient.sudo().phone_full)

    def test_form_of_a_registrar(self):
        with Form(self.env["hospital.patient"].with_user(self.users["registrar"])) as form:
            form.name = "王芳"
            form.phone = "13900005678"
            with form.identifier_ids.new() as line:
                line.number = "911999199001010014"
                self.assertEqual(line.type_id.code, "prc_2023")
        patient = form.record
        self.assertEqual((patient.phone, patient.identifier_ids.number), ("139****5678", "9119**********0014"))

    def test_changes_are_noted_without_their_values(self):
        patient = self.make_patient("旧名字")
        patient.write({"name": "新名字", "phone": "13800001234"})
        notes = " ".join(str(body) for body in patient.message_ids.mapped("body"))
        self.assertIn("Full name", notes)
        self.assertIn("Phone", notes)
        for secret in ("旧名字", "新名字", "13800001234"):
            self.assertNotIn(secret, notes)

    @proves("S3-12.1")
    def test_card_classes(self):
        patient = self.make_patient()
        Card = self.env["hospital.card"].with_user(self.users["registrar"])
        for number, kind, money in (
            ("3300000001", "self_paid", True),
            ("3500000001", "self_paid", True),
            ("5800000001", "self_paid", True),
            ("1000000001", "insured", False),
            ("900000009999", "virtual", False),
        ):
            card = Card.create({"patient_id": patient.id, "number": number})
            self.assertEqual((card.kind, card.may_hold_money), (kind, money))
        found = Card.search(
            [("patient_id", "=", patient.id), ("may_hold_money", "=", True), ("kind", "=", "self_paid")]
        )
        self.assertEqual(len(found), 3)

    def test_longest_prefix_decides(self):
        longer = self.env["hospital.card.type"].create({"name": "Staff", "code": "staff", "prefix": "3399"})
        card = self.env["hospital.card"].create({"patient_id": self.make_patient().id, "number": "33 9900 0001"})
        self.assertEqual((card.type_id, card.number), (longer, "3399000001"))

    def test_unknown_card_number(self):
        with self.assertRaisesRegex(UserError, "card type"):
            self.env["hospital.card"].create({"patient_id": self.make_patient().id, "number": "7700000001"})

    def test_virtual_cards_have_twelve_digits(self):
        virtual = self.env.ref("hospital_base.card_type_virtual")
        card = (
            self.env["hospital.card"]
            .with_user(self.users["registrar"])
            .create(
                {"patient_id": self.make_patient().id, "type_id": virtual.id},
            )
        )
        self.assertRegex(card.number, r"^900\d{9}$")

    def test_roles(self):
        patient = self.make_patient()
        for role, may_write in (
            ("registrar", True),
            ("doctor", True),
            ("nurse", True),
            ("cashier", False),
            ("user", False),
        ):
            record = patient.with_user(self.users[role])
            self.assertEqual(record.has_access("write"), may_write, role)
            self.assertFalse(record.has_access("unlink"), role)
        with self.assertRaises(AccessError):
            patient.with_user(self.users["cashier"]).write({"name": "别名"})

    def test_birth_of_a_newborn_in_the_form(self):
        with Form(self.env["hospital.patient"]) as form:
            form.name = "张晓明之子"
            form.birth_date = self.env.company._hospital_today()
            form.birth_at = fields.Datetime.now() - datetime.timedelta(seconds=1)
        self.assertEqual(form.record.birth_date, self.env.company._hospital_date(form.record.birth_at))
