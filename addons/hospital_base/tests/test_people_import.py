from odoo.tests import tagged

from .people_common import Users
from .test_places_import import ImportCase


@tagged("post_install", "-at_install")
class TestPeopleImport(ImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.campus = cls.env["hospital.campus"].create({"name": "People Campus", "code": "PEOPLE"})
        cls.people = Users(cls)

    def test_template_of_patients(self):
        user = self.people["registrar"]
        for lang in ("zh_CN", "en_US"):
            Patient = self.env["hospital.patient"].with_user(user).with_context(lang=lang)
            _name, content = Patient._hospital_import_template()
            matched, result = self.import_file("hospital.patient", content, user, lang)
            self.assertEqual(matched, list(Patient._hospital_import_fields))
            self.assertFalse(result["messages"])
            patient = self.env["hospital.patient"].browse(result["ids"])
            self.assertEqual(
                (patient.name, patient.sex, patient.phone, patient.main_document, patient.card_number),
                ("张晓明", "1", "138****1234", "1199**********0012", "3300000001"),
            )
            patient.card_ids.unlink()
            patient.unlink()

    def test_bad_rows_say_why_and_leave_nothing(self):
        user = self.people["registrar"]
        Patient = self.env["hospital.patient"]
        before = Patient.search_count([])
        header = "name,sex,phone,identifier_ids/type_id,identifier_ids/number,number\n"
        for row, word in (
            ("错一,1,12,,,", "phone number"),
            ("错二,1,,Resident ID card,119999199001010013,", "check character"),
        ):
            importer = (
                self.env["base_import.import"]
                .with_user(user)
                .with_context(lang="en_US")
                .create(
                    {
                        "res_model": "hospital.patient",
                        "file": (header + row).encode(),
                        "file_type": "text/csv",
                        "file_name": "p.csv",
                    }
                )
            )
            options = {"has_headers": True, "quoting": '"', "separator": ",", "encoding": "utf-8"}
            columns = header.strip().split(",")
            result = importer.execute_import(columns, columns, options)
            self.assertIn(word, str(result["messages"]))
            self.assertEqual(Patient.search_count([]), before)

    def test_numbers_of_another_system_are_kept(self):
        Patient = self.env["hospital.patient"].with_user(self.people["registrar"])
        result = Patient.load(["name", "number"], [["旧一", "OLD-000１"]])
        self.assertFalse(result["messages"])
        self.assertEqual(Patient.browse(result["ids"]).number, "OLD-0001")
        following = int(Patient.create({"name": "探"}).number) + 1
        Patient.create({"name": "旧二", "number": str(following)})
        self.assertEqual(Patient.create({"name": "新"}).number, str(following + 1))
