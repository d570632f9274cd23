from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .charges_common import ChargesCase
from .pdf import Printed


@tagged("post_install", "-at_install", "slow")
class TestPrintingCharges(ChargesCase):
    def print(self, report, records, role="cashier"):
        reports = self.env["ir.actions.report"].with_user(self.users[role])
        return Printed(reports._render_qweb_pdf(f"hospital_base.{report}", records.ids)[0])

    def test_charge_list_by_category_with_subtotals_and_what_was_taken_back(self):
        self.charge(self.blood, 3)
        self.charge(self.blood, 2)._reverse(1, "多收")
        self.charge(self.drug, 2)._reverse(reason="退药")
        self.charge(self.bed_day, 10)
        printed = self.print("report_charge_list", self.inpatient)
        self.assertEqual((len(printed.reader.pages), printed.size_mm()), (1, (210, 297)))
        text = printed.text
        for part in (
            "市第一医院",
            "东院",
            "张三丰",
            self.inpatient.number,
            self.patient.number,
            "内科",
            "ZXCX静脉采血次6.505126.00",  # charged 5, one taken back, 4 × 6.50
            "ZAMX阿莫西林胶囊次18.90220.00",
            "Subtotal床位费450.00",
            "Subtotal化验费26.00",
            "Total(44.30takenback)476.00",
            "Page1of1",
        ):
            self.assertIn(part, text)
        self.assertLess(text.index("床位费"), text.index("化验费"))
        self.assertTrue(all(printed.fonts().values()) and printed.fonts())

    def test_the_sum_on_paper_is_the_sum_of_the_charges(self):
        for number in range(1, 40):
            self.charge(self.gauze, number)
        self.env["hospital.charge"].search([("quantity", "in", (7, 8, 9))])._reverse(reason="x")
        sheet = self.env["report.hospital_base.report_charge_list"]._sheet(self.inpatient)
        charges = self.env["hospital.charge"].search([("encounter_id", "=", self.inpatient.id)])
        self.assertEqual(sheet["total"], round(sum(charges.mapped("amount")), 2))
        self.assertEqual((sheet["count"], sheet["unsettled"]), (1, sheet["total"]))

    def test_long_lists_repeat_their_head_and_count_pages_per_patient(self):
        items = [self.new_item(f"ZL{number:03}", f"项目{number}", 1, "lab", "04") for number in range(70)]
        self.env["hospital.charge"]._charge(
            [{"encounter_id": self.inpatient.id, "product_id": item.id} for item in items]
        )
        self.charge(encounter=self.outpatient)
        printed = self.print("report_charge_list", self.inpatient | self.outpatient)
        self.assertEqual(len(printed.reader.pages), 3)
        self.assertEqual([text[text.rindex("Page") :] for text in printed.texts], ["Page1of2", "Page2of2", "Page1of1"])
        for text in printed.texts:
            self.assertIn("CodeItemSpecification", text)
        self.assertIn("张三丰" + self.inpatient.number, printed.texts[1])
        self.assertTrue(all(f"项目{number}次" in printed.text for number in range(70)))

    def test_an_empty_list_says_so(self):
        self.assertIn("Nothingwascharged", self.print("report_charge_list", self.inpatient).text)

    def test_daily_lists_of_a_ward(self):
        company = self.env.company
        yesterday = company._hospital_today() - timedelta(days=1)
        noon = company._hospital_day_bounds(yesterday)[0] + timedelta(hours=12)
        self.charge(self.bed_day, service_at=noon)
        self.charge(self.blood, 2, service_at=noon - timedelta(days=1))
        self.charge(self.gauze, 5, service_at=self.now)
        wizard = self.env["hospital.daily.list"].with_user(self.users["nurse"]).create({"ward_id": self.ward.id})
        self.assertEqual((wizard.day, wizard.patient_count), (yesterday, 1))
        action = wizard.action_print()
        self.assertEqual(
            (action["report_name"], action["hospital_engine"]), ("hospital_base.report_daily_list", "weasyprint")
        )
        printed = self.print("report_daily_list", wizard, "nurse")
        self.assertEqual(len(printed.reader.pages), 1)
        self.assertIn("三人间床位费", printed.text)
        self.assertIn("Chargedsofar:58.00", printed.text)
        self.assertNotIn("静脉采血", printed.text)
        self.assertNotIn("纱布块", printed.text)

    def test_daily_list_asks_for_somebody_and_a_day_that_was(self):
        lists = self.env["hospital.daily.list"].with_user(self.users["nurse"])
        old = self.env.company._hospital_today() - timedelta(days=100)
        with self.assertRaisesRegex(UserError, "No patient lay there"):
            lists.create({"ward_id": self.ward.id, "day": old}).action_print()
        with self.assertRaisesRegex(UserError, "future"):
            lists.create(
                {"encounter_id": self.inpatient.id, "day": self.env.company._hospital_today() + timedelta(days=1)}
            ).action_print()
        nothing = lists.create({"ward_id": self.ward.id})
        with self.assertRaisesRegex(UserError, "nothing to print"):
            self.print("report_daily_list", nothing, "nurse")

    def test_slip_wristband_and_label(self):
        self.charge(encounter=self.outpatient)
        self.env["hospital.allergy"].create({"patient_id": self.patient.id, "substance": "青霉素"})
        slip = self.print("report_registration_slip", self.outpatient, "registrar")
        self.assertEqual((slip.size_mm()[0], len(slip.reader.pages)), (80, 1))
        self.assertLess(slip.size_mm()[1], 140)
        for text in ("张三丰", self.outpatient.number, "内科", "王医生", "6.50"):
            self.assertIn(text, slip.text)
        band = self.print("report_wristband", self.inpatient, "nurse")
        self.assertEqual((band.size_mm(), len(band.reader.pages)), ((70, 40), 1))
        for text in ("张三丰", self.inpatient.number, "一病区", "青霉素"):
            self.assertIn(text, band.text)
        label = self.print("report_patient_label", self.patient, "registrar")
        self.assertEqual((label.size_mm(), len(label.reader.pages)), ((70, 40), 1))
        self.assertIn(self.patient.number, label.text)

    def test_paper_with_a_patient_on_it_leaves_a_row_in_the_access_log(self):
        logs = self.env["hospital.access.log"]
        last = logs.search([], limit=1).id or 0
        self.print("report_wristband", self.inpatient, "nurse")
        row = logs.search([("id", ">", last)])
        self.assertEqual(
            (row.action, row.user_id, row.model, row.res_id),
            ("print", self.users["nurse"], "hospital.encounter", self.inpatient.id),
        )

    def test_another_campus_s_visit_is_not_printed(self):
        far = self.new_encounter("outpatient", campus_id=self.other_campus.id, department_id=self.far.id)
        for report in ("report_charge_list", "report_registration_slip"):
            with self.subTest(report=report), self.assertRaises(AccessError):
                self.print(report, far)
