import io
from datetime import timedelta

from odoo.tests import tagged
from openpyxl import load_workbook

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .gcp_common import GcpCase


@tagged("post_install", "-at_install")
class TestGcpReports(GcpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moved = cls.new_inpatient(hours_ago=100, patient=cls.new_patient("转科研究甲"))
        cls.moved._transfer(cls.s1, cls.ago(50), cls.surgery, reason="x")
        cls.stayed = cls.new_inpatient(bed=cls.m2, hours_ago=90, patient=cls.new_patient("未转研究乙"))
        cls.plain = cls.new_inpatient(bed=cls.m3, hours_ago=80, patient=cls.new_patient("普通丙"))
        cls.plain._transfer(cls.s2, cls.ago(40), cls.surgery, reason="x")
        for encounter, research in ((cls.moved, True), (cls.stayed, True), (cls.plain, False)):
            cls.bind(encounter.patient_id, is_research_ward=research, bound_on="2020-01-01")

    def report(self, user, **vals):
        return self.env["hospital.gcp.research.report"].with_user(user).create({"date_from": "2020-01-01", **vals})

    def names(self, report):
        self.env.flush_all()
        self.env.invalidate_all()
        return {line.patient_name: line.is_transferred for line in report._lines()}

    @proves("S3-14.4")
    def test_research_ward_patients(self):
        found = self.names(self.report(self.office))
        self.assertEqual({name: found.get(name) for name in ("转科研究甲", "未转研究乙", "普通丙")},
                         {"转科研究甲": True, "未转研究乙": False, "普通丙": None})  # fmt: skip
        self.assertEqual(
            list(self.names(self.report(self.office, project="甲药", only_transferred=True))), ["转科研究甲"]
        )
        self.assertFalse(self.names(self.report(self.office, project="没有这个项目")))
        day = self.env.company._hospital_today().replace(year=2020)
        self.assertFalse(self.names(self.report(self.office, date_to=day)))

    @proves("S3-14.4")
    def test_on_screen_on_paper_and_in_excel(self):
        finance = self.users["finance_clerk"]
        report = self.report(finance, project="GCPT1").with_context(lang="zh_CN")
        self.assertEqual((report.line_count, report.transferred_count), (2, 1))
        lines = self.env["hospital.gcp.research.line"].with_user(finance).search(report.action_show()["domain"])
        self.assertEqual(set(lines.mapped("number")), {self.moved.number, self.stayed.number})
        _name, content = report._xlsx_file()
        sheet = load_workbook(io.BytesIO(content)).active
        cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
        self.assertLessEqual({self.moved.number, "转科研究甲", "GCPT1"}, cells)
        paper = self.env["ir.actions.report"].with_user(finance).with_context(lang="zh_CN")
        content, _kind = paper._render_qweb_pdf("hospital_gcp.report_hospital_gcp_research", report.ids)
        text = Printed(content).text
        for wanted in (self.moved.number, "转科研究甲", "未转研究乙", "GCPT1"):
            self.assertIn(wanted, text)
        logged = self.env["hospital.access.log"].sudo().search([("user_id", "=", finance.id)], order="id desc", limit=2)
        self.assertEqual(set(logged.mapped("action")), {"export", "print"})

    @proves("S3-14.4")
    def test_transferred_patients_say_whether_they_belong_to_a_research_ward(self):
        finance = self.users["finance_clerk"]
        lines = self.env["hospital.transfer.line"].with_user(finance)
        marked = {line.number: line.is_research_ward for line in lines.search([])}
        self.assertEqual((marked[self.moved.number], marked[self.plain.number]), (True, False))
        report = (
            self.env["hospital.transfer.report"]
            .with_user(finance)
            .create({"date_from": "2020-01-01", "only_research_ward": True})
        )
        self.assertEqual(report._lines().mapped("number"), [self.moved.number])
        label = report._report_columns()[-1]["label"]
        self.assertIn("esearch", label)
        self.assertEqual(report._report_rows()[0][-1], "Yes")
        _name, content = report._xlsx_file()
        cells = {str(cell.value) for row in load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row}
        self.assertIn(label, cells)
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(finance)
            ._render_qweb_pdf("hospital_base.report_hospital_transfer", report.ids)
        )
        self.assertIn(label.replace(" ", ""), Printed(content).text)
        for user in (self.office,):
            self.assertTrue(self.env["hospital.transfer.line"].with_user(user).search_count([]))

    def test_only_stays_during_the_trial_count(self):
        subject = self.env["hospital.gcp.subject"].search([("patient_id", "=", self.moved.patient_id.id)])
        today = self.env.company._hospital_today()
        subject.out_on = today - timedelta(days=10)  # left the trial before the stay began
        self.assertNotIn("转科研究甲", self.names(self.report(self.office)))
        subject.out_on = today - timedelta(days=1)
        self.assertIn("转科研究甲", self.names(self.report(self.office)))
        subject.write({"out_on": False, "bound_on": today})  # bound in the middle of the stay
        self.assertIn("转科研究甲", self.names(self.report(self.office)))

    def test_another_campus_is_not_seen(self):
        finance = self.users["finance_clerk"]
        far = self.new_encounter(
            patient=self.new_patient("西院研究丁"), campus_id=self.other_campus.id, department_id=self.far_medicine.id
        )
        far._admit(self.far_bed, self.ago(30), reason="x")
        self.bind(far.patient_id, is_research_ward=True)
        self.assertIn("西院研究丁", self.names(self.report(self.office)))
        self.assertNotIn("西院研究丁", self.names(self.report(finance)))
