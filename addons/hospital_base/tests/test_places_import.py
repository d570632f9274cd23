import io
from zipfile import ZipFile

from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import proves
from .test_places_places import PlacesCase

OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportCase(PlacesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"].search([("name", "=", "hospital_base")])._update_translations(["zh_CN"])

    def import_file(self, model, content, user, lang, name="file.xlsx"):
        """What the import screen does: preview, take the columns it recognised, import."""
        importer = (
            self.env["base_import.import"]
            .with_user(user)
            .with_context(lang=lang)
            .create({"res_model": model, "file": content, "file_type": XLSX, "file_name": name})
        )
        preview = importer.parse_preview(dict(OPTIONS))
        self.assertNotIn("error", preview)
        matched = ["/".join(preview["matches"].get(index, [])) for index in range(len(preview["headers"]))]
        return matched, importer.execute_import(matched, preview["headers"], dict(OPTIONS))

    def assert_template_imports(self, model, user):
        """The template of a model, in Chinese and in English, is recognised whole and its example row goes in."""
        for lang in ("zh_CN", "en_US"):
            with self.subTest(model=model, lang=lang):
                records = self.env[model].with_user(user).with_context(lang=lang)
                name, content = records._hospital_import_template()
                self.assertTrue(name.endswith(".xlsx"))
                self.assertEqual(content, records._hospital_import_template()[1], "the same file every time")
                matched, result = self.import_file(model, content, user, lang)
                self.assertEqual(matched, list(records._hospital_import_fields))
                self.assertFalse(result["messages"])
                imported = self.env[model].browse(result["ids"])
                self.assertEqual(len(imported), 1)
                imported.unlink()


@tagged("post_install", "-at_install")
class TestPlacesImport(ImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.doctor = cls.env["hospital.practitioner"].create({"name": "甲", "code": "PLACES-9"})

    @proves("S2-1.2", "S2-5.2", "S2-5.3")
    def test_every_template_is_read_back(self):
        for model in (
            "hospital.department",
            "hospital.ward",
            "hospital.bed",
            "hospital.practitioner",
            "hospital.practitioner.role",
            "hospital.code",
        ):
            self.assert_template_imports(model, self.operator)

    def test_headings_are_in_the_language_of_the_user(self):
        for lang in ("zh_CN", "en_US"):
            departments = self.env["hospital.department"].with_context(lang=lang)
            text = ZipFile(io.BytesIO(departments._hospital_import_template()[1])).read("xl/sharedStrings.xml").decode()
            for label in departments.fields_get(departments._hospital_import_fields, ["string"]).values():
                self.assertIn(f">{label['string']}<", text)

    def test_words_a_clerk_would_write(self):
        header = "Staff number,Name,Kind,Sex,Title,Functions switched on\n"
        rows = "0077,曾小强,Doctor,Male,主任医师,处方权，互联网诊疗\n"
        importer = (
            self.env["base_import.import"]
            .with_user(self.operator)
            .create(
                {
                    "res_model": "hospital.practitioner",
                    "file": (header + rows).encode(),
                    "file_type": "text/csv",
                    "file_name": "staff.csv",
                }
            )
        )
        options = {**OPTIONS, "encoding": "utf-8"}
        preview = importer.parse_preview(dict(options))
        fields = ["/".join(preview["matches"][index]) for index in range(6)]
        result = importer.execute_import(fields, preview["headers"], dict(options))
        self.assertFalse(result["messages"])
        doctor = self.env["hospital.practitioner"].browse(result["ids"])
        self.assertEqual((doctor.code, doctor.initials, doctor.title_id.code), ("0077", "ZXQ", "231"))
        self.assertEqual(set(doctor.practice_right_ids.mapped("code")), {"prescribe", "online_consultation"})

    def test_a_wrong_row_imports_nothing(self):
        header = "Code,Name,Kind,Campus\n"
        rows = "8001,新科室,Clinic,东院区\n8002,错科室,Clinic,没有的院区\n"
        importer = (
            self.env["base_import.import"]
            .with_user(self.operator)
            .create(
                {
                    "res_model": "hospital.department",
                    "file": (header + rows).encode(),
                    "file_type": "text/csv",
                    "file_name": "departments.csv",
                }
            )
        )
        options = {**OPTIONS, "encoding": "utf-8"}
        result = importer.execute_import(
            ["code", "name", "kind", "campus_id"], ["Code", "Name", "Kind", "Campus"], options
        )
        self.assertTrue(result["messages"])
        self.assertFalse(self.env["hospital.department"].search([("code", "in", ["8001", "8002"])]))

    def test_namesakes_on_two_campuses(self):
        same = self.env["hospital.department"].create({"name": "心血管内科", "code": "77", "campus_id": self.west.id})
        roles = self.env["hospital.practitioner.role"].with_user(self.operator)
        result = roles.load(
            ["practitioner_id", "department_id", "job"], [["PLACES-9", "西院区/心血管内科", "attending"]]
        )
        self.assertFalse(result["messages"])
        self.assertEqual(roles.browse(result["ids"]).department_id, same)


@tagged("post_install", "-at_install")
class TestPlacesImportDownload(HttpCase):
    def test_only_who_may_import_gets_the_template(self):
        campus = self.env["hospital.campus"].create({"name": "东院区", "code": "PLACES-E"})
        for login, group in (("places_http_it", "it_operator"), ("places_http_nurse", "nurse")):
            self.env["res.users"].with_context(no_reset_password=True).create(
                {
                    "name": login,
                    "login": login,
                    "password": f"{login}-password",
                    "group_ids": [Command.set(self.env.ref(f"hospital_base.group_hospital_{group}").ids)],
                    "hospital_campus_ids": [Command.set(campus.ids)],
                }
            )
        address = "/hospital/import_template/hospital.department"
        self.authenticate("places_http_it", "places_http_it-password")
        response = self.url_open(address)
        self.assertEqual((response.status_code, response.headers["Content-Type"]), (200, XLSX))
        self.assertEqual(ZipFile(io.BytesIO(response.content)).testzip(), None)
        self.assertEqual(self.url_open("/hospital/import_template/res.partner").status_code, 404)
        self.assertEqual(self.url_open("/hospital/import_template/no.model").status_code, 404)
        templates = self.env["hospital.department"].get_import_templates()
        self.assertEqual(templates[0]["template"], address)
        self.authenticate("places_http_nurse", "places_http_nurse-password")
        self.assertEqual(self.url_open(address).status_code, 403)
