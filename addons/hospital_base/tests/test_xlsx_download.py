from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.xlsx import MIMETYPE
from .test_xlsx import read


@tagged("post_install", "-at_install")
class TestXlsxDownload(HttpCase):
    """The one route that hands out workbooks, tried with the report of transferred patients."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk, cls.nurse = [
            new_test_user(
                cls.env, f"xlsx_{role}", password="xlsx_password", groups=f"hospital_base.group_hospital_{role}"
            )
            for role in ("finance_clerk", "nurse")
        ]
        cls.report = cls.env["hospital.transfer.report"].with_user(cls.clerk).create({})

    def download(self, user, model="hospital.transfer.report", ids=None):
        self.authenticate(user.login, "xlsx_password")
        data = {"ids": ids or str(self.report.id), "csrf_token": http.Request.csrf_token(self)}
        return self.url_open(f"/hospital/xlsx/{model}", data)

    def test_the_action_leads_to_the_file(self):
        action = self.report.action_xlsx()
        self.assertEqual(
            (action["tag"], action["params"]["url"]), ("hospital_download", "/hospital/xlsx/hospital.transfer.report")
        )
        response = self.download(self.clerk)
        self.assertEqual((response.status_code, response.headers["Content-Type"]), (200, MIMETYPE))
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertTrue(read(response.content).sheetnames)

    def test_who_may_not_read_the_records_gets_no_file(self):
        response = self.download(self.nurse)
        self.assertEqual(response.status_code, 403)
        self.assertIn("odoo.exceptions.AccessError", response.text, "the web client shows the sentence in a dialog")
        self.assertNotIn(b"PK\x03\x04", response.content)

    def test_other_models_and_records_have_no_file(self):
        with mute_logger("odoo.http"):
            for model, ids in (
                ("res.partner", "1"),
                ("no.model", "1"),
                ("hospital.transfer.report", "999999999"),
                ("hospital.xlsx.mixin", "1"),
            ):
                with self.subTest(model=model):
                    self.assertEqual(self.download(self.clerk, model, ids).status_code, 404)

    def test_nobody_without_a_session(self):
        response = self.url_open("/hospital/xlsx/hospital.transfer.report?ids=1", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])
