import io

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from openpyxl import load_workbook

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .common import NursingCase


@tagged("post_install", "-at_install")
class TestCheck(NursingCase):
    """The wizard that shows day by day what should be and what is posted, and posts the difference."""

    def wizard(self, role, **vals):
        return self.env["hospital.nursing.check"].with_user(self.users[role]).create(vals)

    def run_through(self, check):
        self.assertEqual(check.action_post()["tag"], "hospital_progress")
        while True:
            answer = check.post_next()
            if not answer["left"]:
                return answer["action"]

    @proves("S3-5.1")
    def test_a_patient_day_by_day(self):
        encounter = self.admitted((("1 10:00", "W"), ("3 08:00", "S"), ("6 09:00", "out")))
        self.post(encounter, period=(self.day(1), self.day(2)))
        check = self.wizard("finance_clerk", scope="patient", encounter_id=encounter.id)
        check.action_reckon()
        self.assertEqual(
            [(line.number, line.kind, line.amount, line.posted_amount, line.step) for line in check.line_ids],
            [
                (1, "whole", 100, 100, "right"),
                (2, "whole", 100, 100, "right"),
                (3, "original", 9, 0, "charge"),
                (4, "original", 9, 0, "charge"),
                (5, "original", 9, 0, "charge"),
            ],
        )
        self.assertEqual((check.due_total, check.posted_total, check.charge_total), (227, 200, 27))
        self.run_through(check)
        self.assertEqual((check.state, check.posted_total, check.change_count), ("done", 227, 0))
        self.assertIn("3", check.outcome_text)
        self.assertEqual(self.total(encounter), 227)

    def test_a_ward_over_a_period(self):
        one = self.admitted((("1 10:00", "W"),))
        two = self.admitted((("1 10:00", "S"), ("4 10:00", self.m2), ("8 09:00", "out")))
        other = self.admitted((("1 10:00", self.s2),))
        check = self.wizard(
            "finance_clerk", scope="ward", ward_id=self.ward_m.id, date_from=self.day(3), date_to=self.day(5)
        )
        check.action_reckon()
        self.assertEqual(check.line_ids.encounter_id, one | two)
        self.assertEqual(set(check.line_ids.mapped("date")), {self.day(3), self.day(4), self.day(5)})
        self.run_through(check)
        self.assertEqual(set(self.charged(one)), {3, 4, 5})
        self.assertFalse(self.lines(other))

    def test_a_campus_and_what_cannot_be_posted(self):
        encounters = self.admitted((("45 10:00", "W"),)) | self.admitted((("45 10:00", "S"),))
        item = self.items["3"].product_tmpl_id
        check = self.wizard("finance_clerk", scope="campus", campus_id=self.campus.id, date_from=self.day(45))
        check.action_reckon()
        self.assertGreaterEqual(check.patient_count, 2)
        self.env.cr.execute("UPDATE product_template SET hospital_charge_category_id = NULL WHERE id = %s", (item.id,))
        self.env.invalidate_all()
        self.run_through(check)
        self.assertTrue(self.total(encounters[0]))
        self.assertFalse(self.total(encounters[1]))
        self.assertIn(encounters[1].number, check.failure_text)

    def test_the_ward_looks_and_finance_posts(self):
        encounter = self.admitted((("1 10:00", "W"),))
        check = self.wizard("nurse", scope="patient", encounter_id=encounter.id)
        check.action_reckon()
        self.assertTrue(check.line_ids)
        self.assertFalse(check.may_post)
        for step in (check.action_post, check.post_next):
            with self.assertRaises(AccessError):
                step()
        self.assertFalse(self.lines(encounter))

    def test_mistakes_are_told(self):
        with self.assertRaises(UserError):
            self.wizard("finance_clerk", scope="patient").action_reckon()
        with self.assertRaises(UserError):
            self.wizard("finance_clerk", scope="ward").action_reckon()
        with self.assertRaises(UserError):
            self.wizard("finance_clerk", scope="campus", campus_id=self.campus.id).action_post()


@tagged("post_install", "-at_install")
class TestPrints(NursingCase):
    def printed(self, report, record):
        content, kind = self.env["ir.actions.report"].with_context(lang="zh_CN")._render_qweb_pdf(report, record.ids)
        self.assertEqual(kind, "pdf")
        return Printed(content)

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("zh_CN")

    @proves("S3-5.3", "S3-5.4")
    def test_statement(self):
        encounter = self.admitted((("1 10:00", "W"), ("32 09:00", "out")))
        self.post(encounter)
        paper = self.printed("hospital_nursing_billing.report_nursing_statement", encounter)
        text = paper.text
        for wanted in (
            "一病区",
            self.day(1).isoformat(),
            self.day(31).isoformat(),
            "95%",
            "90%",
            "3,015.00",
            "1,425.00",
        ):
            self.assertIn(wanted, text)
        self.assertTrue(all(paper.fonts().values()))

    @proves("S3-5.2")
    def test_consent_form(self):
        encounter = self.admitted((("1 10:00", "W"),))
        choice = self.choose(encounter, "whole", signer="family", signer_name="李四")
        text = self.printed("hospital_nursing_billing.report_nursing_consent", choice).text
        for wanted in (encounter.patient_id.name, encounter.number, "☑", "李四", "100.00", "95.00", "90.00", "28.00"):
            self.assertIn(wanted, text)

    def test_printing_is_logged(self):
        encounter = self.admitted((("1 10:00", "W"),))
        before = self.env["hospital.access.log"].search_count([])
        self.printed("hospital_nursing_billing.report_nursing_statement", encounter)
        self.assertEqual(self.env["hospital.access.log"].search_count([]), before + 1)


@tagged("post_install", "-at_install")
class TestSummary(NursingCase):
    def test_by_ward(self):
        encounter = self.admitted((("1 10:00", "W"), ("18 10:00", "S"), ("21 09:00", "out")))
        self.post(encounter)
        encounter.nursing_day_ids.sorted("date")[0].charge_id._settle()
        report = self.env["hospital.nursing.summary.report"].create(
            {"date_from": self.day(1), "date_to": self.day(30), "campus_id": self.campus.id}
        )
        _name, content = report._xlsx_file()
        sheet = load_workbook(io.BytesIO(content)).active
        rows = {row[1]: row for row in sheet.iter_rows(values_only=True) if row[1]}
        # patients, bed-days, whole care, at 100 %, at 95 %, amount, original days, amount, leave, should be, posted, settled
        self.assertEqual(rows["一病区"][2:14], (1, 17, 17, 15, 2, 1690, 0, 0, 0, 1690, 1690, 100))
        self.assertEqual(rows["二病区"][2:14], (1, 3, 0, 0, 0, 0, 3, 27, 0, 27, 27, 0))
        shown = self.env["hospital.nursing.summary"].search(report._line_domain())
        self.assertEqual(sum(shown.mapped("posted_amount")), 1717)


@tagged("post_install", "-at_install")
class TestForms(NursingCase):
    def test_plan_form_begins_with_the_policy(self):
        with Form(self.env["hospital.nursing.plan"]) as form:
            form.name = "表单方案"
            form.campus_id = self.campus
            with form.price_ids.new() as line:
                line.kind = "whole"
                line.product_id = self.items["whole"]
        self.assertEqual(form.record.price_ids.price, 100)
        self.assertEqual(form.record.price_ids.price_rule, "fixed")
        self.assertEqual(len(form.record.tier_ids), 3)

    def test_copied_plan_waits_to_be_put_in_force(self):
        copy = self.plan.copy()
        self.assertFalse(copy.active)
        self.assertEqual(len(copy.ward_ids), 1)
        self.assertEqual(len(copy.tier_ids), 3)

    def test_cards(self):
        nurse = self.env["hospital.home"].with_user(self.users["nurse"])
        lain_long, asked = self.admitted((("45 10:00", "W"),)), self.admitted((("50 00:01", self.m2),))
        elsewhere = self.admitted((("50 00:01", "S"),))
        waiting = self.env["hospital.encounter"].search(
            [("nursing_may_choose", "=", True), ("nursing_choice", "=", False)]
        )
        self.assertEqual(waiting & (lain_long | asked | elsewhere), asked)
        self.assertEqual((asked | elsewhere).mapped("nursing_may_choose"), [True, False])
        self.assertIn("nursing_choices", [card["key"] for card in nurse.get_home()["cards"]])
        self.choose(asked, "whole")
        self.assertFalse(asked.filtered_domain([("nursing_may_choose", "=", True), ("nursing_choice", "=", False)]))
        self.plan.choice_days = False
        self.assertFalse(self.env["hospital.encounter"].search([("nursing_may_choose", "=", True)]) & asked)
        finance = self.env["hospital.home"].with_user(self.users["finance_clerk"])
        self.assertIn("nursing_exceptions", [card["key"] for card in finance.get_home()["cards"]])
