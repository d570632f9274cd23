import datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..tools import card_reader, identity
from .common import proves
from .people_common import PeopleCase


def chip(card_type, **values):
    """The 128 characters of a chip, as a reader hands them over."""
    return "".join(values.get(name, "")[:width].ljust(width) for name, width in card_reader.LAYOUTS[card_type])


RESIDENT = chip(
    "0",
    name="张晓明",
    sex="1",
    ethnicity="02",
    birth_date="19900101",
    address="某省某市某路1号",
    number="119999199001010012",
    issuer="某市公安局",
    valid_from="20200101",
    valid_to="20400101",
)
FOREIGN_2017 = chip(
    "1",
    name_latin="SMITH, JOHN",
    sex="1",
    number="ZZZ119900010100",
    country="ZZZ",
    valid_from="20180101",
    valid_to="20280101",
    birth_date="19000101",
    _flag="I",
)
PERMIT = chip(
    "2",
    name="陈大文",
    sex="1",
    birth_date="18000101",
    address="某市某路2号",
    number="810000180001010019",
    valid_from="20200101",
    valid_to="20250101",
    travel_number="H00000000",
    issue_count="01",
    _flag="J",
)
FOREIGN_2023 = chip(
    "3",
    name="史密斯",
    sex="2",
    issue_count="00",
    birth_date="19900101",
    name_latin="SMITH ANNA MARIA JOSEPHINE ELISABET",
    name_latin_rest="ROSE",
    number="931999199001010026",
    valid_from="20240101",
    valid_to="20340101",
    _flag="Y",
)


@tagged("post_install", "-at_install")
class TestPeopleRegistration(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Registration = (
            cls.env["hospital.patient.registration"].with_user(cls.users["registrar"]).with_context(lang="en_US")
        )

    def register(self, scan=None, **values):
        form = Form(self.Registration)
        if scan:
            form.scan = scan
        for name, value in values.items():
            setattr(form, name, value)
        form.print_slip = False
        action = form.save().action_register()
        return self.env["hospital.patient"].browse(action["params"]["patient_id"])

    @proves("S3-8.1")
    def test_one_parser_reads_every_card(self):
        for text, card_type, number, name, birth in (
            (RESIDENT, "0", "119999199001010012", "张晓明", "1990-01-01"),
            (FOREIGN_2017, "1", "ZZZ119900010100", "SMITH JOHN", "1900-01-01"),
            (PERMIT, "2", "810000180001010019", "陈大文", "1800-01-01"),
            (FOREIGN_2023, "3", "931999199001010026", "史密斯", "1990-01-01"),
        ):
            for given in (None, card_type):
                card = card_reader.read(text, given)
                self.assertEqual(
                    (card.card_type, card.number, card.full_name, str(card.birth_date)),
                    (card_type, number, name, birth),
                )
            # a reader or a form may cut the spaces at the end
            self.assertEqual(card_reader.read(text.rstrip(), card_type).number, number)
        piped = "0|张晓明|男|汉|1990-01-01|某路1号|119999199001010012|某市公安局|2020.01.01|长期"
        card = card_reader.read(piped)
        self.assertEqual((card.sex, card.valid_to, str(card.valid_from)), ("1", None, "2020-01-01"))
        self.assertIsNone(card_reader.read("119999199001010012"))
        self.assertIsNone(card_reader.read("7|a|b|c|d|e|f"))
        self.assertIsNone(card_reader.read(" " * 128))
        self.assertEqual(card_reader.read(FOREIGN_2023).name_latin, "SMITH ANNA MARIA JOSEPHINE ELISABETROSE")

    @proves("S3-8.1")
    def test_scan_of_a_resident_id(self):
        patient = self.register(RESIDENT, phone="13800001234")
        self.assertEqual((patient.name, patient.sex, str(patient.birth_date)), ("张晓明", "1", "1990-01-01"))
        self.assertEqual(patient.identifier_ids.type_id.code, "resident_id")
        self.assertEqual((patient.ethnicity_id.code, patient.address), ("02", "某省某市某路1号"))
        self.assertEqual(patient.nationality_id.code, "CHN")
        self.assertEqual(str(patient.identifier_ids.valid_to), "2040-01-01")
        self.assertFalse(patient.card_ids)

    @proves("S3-8.1", "S3-8.2")
    def test_foreigners_get_a_virtual_card(self):
        for scan, code, name, sex in (
            (FOREIGN_2017, "prc_2017", "SMITH JOHN", "1"),
            (FOREIGN_2023, "prc_2023", "史密斯", "2"),
        ):
            patient = self.register(scan)
            self.assertEqual((patient.name, patient.sex, patient.identifier_ids.type_id.code), (name, sex, code))
            self.assertRegex(patient.card_number, r"^900\d{9}$")
            self.assertEqual(patient.card_ids.kind, "virtual")

    @proves("S3-8.2")
    def test_typed_foreign_numbers(self):
        patient = self.register("911999 19900101 0014", name="MARTIN CLAIRE")
        self.assertEqual((patient.sex, str(patient.birth_date)), ("1", "1990-01-01"))
        self.assertTrue(patient.card_number.startswith("900"))
        patient = self.register("zzz119900010100", name="DUPONT JEAN", sex="1")
        self.assertTrue(patient.card_number.startswith("900"))
        self.assertFalse(patient.birth_date)

    def test_foreigner_with_a_card_of_the_hospital(self):
        patient = self.register("911999199001010014", name="MARTIN CLAIRE", card_number="3300000009")
        self.assertEqual(patient.card_ids.mapped("number"), ["3300000009"])

    @proves("S3-8.1")
    def test_permit_also_files_the_travel_permit(self):
        patient = self.register(PERMIT)
        self.assertEqual(set(patient.identifier_ids.mapped("type_id.code")), {"hk_permit", "hk_mo_travel"})
        self.assertIn(patient, patient.search([("search_text", "ilike", "H0000000001")]))

    def test_contradiction_asks(self):
        form = Form(self.Registration)
        form.name, form.sex, form.birth_date = "李芳", "2", datetime.date(1991, 2, 3)
        form.scan = "119999199001010012"
        self.assertEqual((form.sex, form.birth_date), ("2", datetime.date(1991, 2, 3)))
        self.assertIn("birth date", form.conflict)
        registration = form.save()
        with self.assertRaisesRegex(UserError, "Choose which is right"):
            registration.action_register()
        form = Form(registration)
        form.conflict_choice = "document"
        self.assertEqual((form.sex, form.birth_date), ("1", datetime.date(1990, 1, 1)))
        self.assertFalse(form.conflict)
        form.sex, form.conflict_choice, form.print_slip = "2", "typed", False
        patient = self.env["hospital.patient"].browse(form.save().action_register()["params"]["patient_id"])
        self.assertEqual(patient.sex, "2")

    def test_wrong_number_says_so_at_once(self):
        form = Form(self.Registration)
        form.scan = "119999199001010013"
        self.assertIn("check character", form.message)
        self.assertFalse(form.document_number)
        form.scan = "911999199001010015"
        self.assertIn("check character", form.message)
        form.scan = "119999199001010012"
        self.assertFalse(form.message)
        form.scan = "12345"
        self.assertIn("neither", form.message)
        form.scan = "13800001234"
        self.assertEqual(form.phone, "13800001234")
        form.scan = "王小明"
        self.assertEqual(form.name, "王小明")
        form.scan = "3300000077"
        self.assertEqual((form.card_number, form.card_type_id.code), ("3300000077", "self_33"))

    def test_doubles_while_typing(self):
        known = self.make_patient(
            "王芳", document=self.resident_number(20), birth_date="1990-01-01", phone="13800001111", sex="2"
        )
        form = Form(self.Registration)
        form.name, form.sex = "王 芳", "2"
        self.assertFalse(form.doubles)
        form.phone = "138-0000-1111"
        self.assertEqual([(card["id"], card["reason"]) for card in form.doubles], [(known.id, "phone")])
        self.assertNotIn("13800001111", str(form.doubles))
        form.name, form.birth_date = "王芳", datetime.date(1990, 1, 1)
        self.assertEqual(form.doubles[0]["reason"], "name")
        registration = form.save()
        with self.assertRaisesRegex(UserError, "name and birth date"):
            registration.action_register()
        form = Form(registration)
        form.is_other_person, form.print_slip = True, False
        form.save().action_register()
        form = Form(self.Registration)
        form.scan = self.resident_number(20)
        self.assertEqual(form.doubles[0]["reason"], "document")
        form.name = "别人"
        with self.assertRaisesRegex(UserError, "holds this document already"):
            form.save().action_register()

    def test_old_and_new_numbers_of_one_person(self):
        known = self.make_patient("赵云", document="119999900101001")
        Patient = self.env["hospital.patient"]
        self.assertEqual(Patient._find_by_document(self.types["resident_id"], "119999199001010012"), known)
        known = self.make_patient("钱云", document="H0000000001")
        self.assertEqual(Patient._find_by_document(self.types["hk_mo_travel"], "H0000000002"), known)

    def test_new_foreign_card_of_a_known_patient(self):
        patient = self.make_patient("SMITH JOHN", document="ZZZ119900010100")
        patient.with_user(self.users["registrar"])._add_document(
            {
                "document_type_id": self.types["prc_2023"].id,
                "document_number": "911999199001010014",
            }
        )
        old, new = patient.identifier_ids.sorted("is_current")
        self.assertEqual((old.type_id.code, new.type_id.code, new.is_current), ("prc_2017", "prc_2023", True))
        for number in ("ZZZ119900010100", "911999199001010014"):
            self.assertEqual(patient.search([("search_text", "ilike", number)]), patient)

    def test_passport_needs_its_country(self):
        form = Form(self.Registration)
        form.name, form.sex = "DUPONT JEAN", "1"
        form.document_type_id = self.types["passport"]
        form.document_number = "12ab 345"
        registration = form.save()
        with self.assertRaisesRegex(UserError, "country"), self.env.cr.savepoint():
            registration.action_register()
        form.issuing_country_id = self.env["hospital.code"]._get("nationality", "FRA")
        form.print_slip = False
        form.save().action_register()
        found = self.env["hospital.patient"].search([("search_text", "ilike", "12AB345")])
        self.assertEqual(found.name, "DUPONT JEAN")

    def test_what_is_missing_is_said_at_once(self):
        with self.assertRaisesRegex(UserError, "Full name, Sex"):
            self.Registration.create({}).action_register()
        with self.assertRaisesRegex(UserError, "phone number"), self.env.cr.savepoint():
            self.register(name="李四", sex="1", phone="12")
        self.assertFalse(self.env["hospital.patient"].search([("name", "=", "李四")]))

    def test_card_of_somebody_else(self):
        owner = self.make_patient("孙权", card_ids=[Command.create({"number": "3300000088"})])
        form = Form(self.Registration)
        form.scan = "3300000088"
        self.assertIn(owner.display_name, form.message)
        with self.assertRaisesRegex(UserError, "already in use"), self.env.cr.savepoint():
            self.register(name="李四", sex="1", card_number="3300000088")

    def test_nothing_of_the_person_stays_in_the_wizard(self):
        self.register(RESIDENT)
        self.assertFalse(
            self.env["hospital.patient.registration"].search([("document_number", "=", "119999199001010012")])
        )

    def test_everyone_has_a_valid_test_number(self):
        self.assertTrue(identity.check_mod11_2(self.resident_number(5)))
