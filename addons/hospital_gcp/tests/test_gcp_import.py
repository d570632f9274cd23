from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .gcp_common import GcpCase


@tagged("post_install", "-at_install")
class TestGcpImport(GcpCase):
    def load(self, *rows):
        fields = ["project_id", "patient_key", "subject_number", "is_research_ward"]
        return self.env["hospital.gcp.subject"].with_user(self.office).load(fields, [list(row) for row in rows])

    @proves("S3-14.2")
    def test_patients_come_from_excel_by_number_or_name(self):
        encounter = self.new_inpatient(hours_ago=5)
        named = self.new_patient("导入专用名")
        result = self.load(
            [self.project.display_name, encounter.number, "X1", "1"],
            [self.project.display_name, "导入专用名", "X2", "0"],
        )
        self.assertFalse(result["messages"], result)
        subjects = self.env["hospital.gcp.subject"].browse(result["ids"])
        self.assertEqual(subjects.patient_id, encounter.patient_id | named)
        self.assertEqual(subjects.mapped("is_research_ward"), [True, False])
        self.assertEqual(subjects.mapped("status"), ["screening", "screening"])

    def test_a_row_that_is_not_clear_says_so_and_nothing_is_written(self):
        for name in ("重名人", "重名人"):
            self.new_patient(name)
        before = self.env["hospital.gcp.subject"].search_count([])
        result = self.load(
            [self.project.display_name, "查无此人", "X1", "1"],
            [self.project.display_name, "重名人", "X2", "1"],
        )
        self.assertFalse(result["ids"])
        said = " ".join(message["message"] for message in result["messages"])
        self.assertIn("No patient is found", said)
        self.assertIn("Several patients", said)
        self.assertEqual(self.env["hospital.gcp.subject"].search_count([]), before)

    def test_the_template_offers_its_columns(self):
        templates = self.env["hospital.gcp.subject"].get_import_templates()
        self.assertIn("/hospital/import_template/hospital.gcp.subject", templates[0]["template"])
        name, content = self.env["hospital.gcp.subject"].with_user(self.office)._hospital_import_template()
        self.assertTrue(name.endswith(".xlsx"))
        self.assertTrue(content)
