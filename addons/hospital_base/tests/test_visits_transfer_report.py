import io
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL
from openpyxl import load_workbook

from .common import proves
from .pdf import Printed
from .visits_common import VisitsCase


@tagged("post_install", "-at_install")
class TestVisitsTransferReport(VisitsCase):
    """Amounts below are worked out by hand from the table in `setUp`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls.env["product.product"].create(
            {
                "name": "换药",
                "is_hospital_item": True,
                "hospital_kind": "treatment",
                "list_price": 10.0,
                "type": "service",
                "hospital_charge_category_id": cls.env["hospital.charge.category"].search([], limit=1).id,
            }
        )
        cls.finance = cls.users["finance_clerk"]
        cls.ward_m.department_ids |= cls.surgery  # 外科 lies in two wards
        cls.ward_s.department_ids |= cls.medicine
        cls.finance.hospital_campus_ids = cls.campus | cls.other_campus
        cls.first = cls.new_encounter(patient=cls.new_patient("转科甲"))
        cls.first._admit(cls.m1, cls.ago(100), cls.medicine, reason="x")

    def charge(self, encounter, hours_ago, amount, quantity=1):
        return self.env["hospital.charge"]._charge(
            [
                {
                    "encounter_id": encounter.id,
                    "product_id": self.item.id,
                    "quantity": quantity,
                    "price_unit": amount,
                    "service_at": self.ago(hours_ago),
                }
            ]
        )

    def rows(self, encounter):
        """[(hours ago, from ward, to ward, before, after, total)] in order of time."""
        self.env.flush_all()
        self.env.invalidate_all()
        lines = (
            self.env["hospital.transfer.line"]
            .with_user(self.finance)
            .search([("encounter_id", "=", encounter.id)], order="transferred_at")
        )
        return [
            (
                round((self.now - line.transferred_at).total_seconds() / 3600),
                line.from_ward_id.name,
                line.to_ward_id.name,
                line.amount_before,
                line.amount_after,
                line.amount_total,
            )
            for line in lines
        ]

    def three_wards(self):
        """一病区 [100, 60) → 二病区 [60, 20) → 一病区 [20, now); a bed move at 80 and a change of doctor at 40 count for nothing."""
        first = self.first
        first._transfer(self.s1, self.ago(60), self.surgery, reason="x")
        first._transfer(self.m2, self.ago(20), self.medicine)
        first._transfer(self.m3, self.ago(80), self.medicine, reason="x")
        first._transfer(self.s1, self.ago(40), self.surgery, self.other_doctor, reason="x")
        self.charge(first, 120, 7.00)  # before the admission: first ward
        self.charge(first, 99, 100.10)
        self.charge(first, 70, 20.00)  # after the bed move: still the first ward
        self.at_sixty = self.charge(
            first, 60, 3.33, quantity=3
        )  # 9.99, at the very moment of the transfer: the second ward
        self.charge(first, 30, 200.00)
        self.charge(first, 19, 0.01)
        return first

    @proves("S3-14.4")
    def test_amounts_by_hand(self):
        encounter = self.three_wards()
        self.assertEqual(
            self.rows(encounter),
            [(60, "一病区", "二病区", 127.10, 209.99, 337.10), (20, "二病区", "一病区", 209.99, 0.01, 337.10)],
        )

    def test_reversals_go_to_the_ward_of_what_they_reverse(self):
        encounter = self.three_wards()
        self.at_sixty._reverse(1, "多记")
        self.assertEqual(self.rows(encounter)[0][3:], (127.10, 206.66, 333.77))
        settled = self.charge(encounter, 98, 50.00)
        settled._settle()
        settled._reverse(reason="退费")  # reversed now, when the patient lies elsewhere
        self.assertEqual([row[3:] for row in self.rows(encounter)], [(127.10, 206.66, 333.77), (206.66, 0.01, 333.77)])
        self.at_sixty._reverse(2, "多记")
        self.assertEqual([row[3:] for row in self.rows(encounter)], [(127.10, 200.00, 327.11), (200.00, 0.01, 327.11)])

    def test_back_dated_transfer_moves_the_charges(self):
        encounter = self.three_wards()
        encounter._undo_transfer("弄错", encounter.stay_ids.sorted("start_at")[1])
        encounter._transfer(self.s2, self.ago(75), self.surgery, reason="补录")
        self.assertEqual(
            self.rows(encounter),
            [(75, "一病区", "二病区", 107.10, 229.99, 337.10), (20, "二病区", "一病区", 229.99, 0.01, 337.10)],
            "the 20.00 of 70 hours ago was done in the second ward after all",
        )

    def test_late_charges_belong_to_the_last_ward(self):
        encounter = self.three_wards()
        encounter._discharge(self.ago(10))
        self.charge(encounter, 5, 40.00)
        self.assertEqual([row[3:] for row in self.rows(encounter)], [(127.10, 209.99, 377.10), (209.99, 40.01, 377.10)])

    def test_no_transfer_no_row(self):
        self.first._transfer(self.m2, self.ago(50), self.medicine, reason="x")
        self.assertEqual(self.rows(self.first), [])
        self.first._transfer(self.m3, self.ago(10), self.surgery)
        self.assertEqual(
            self.rows(self.first), [(10, "一病区", "一病区", 0.0, 0.0, 0.0)], "another department in the same ward"
        )

    def test_sums_count_a_stay_once(self):
        encounter = self.three_wards()
        second = self.new_inpatient(self.s2, 20, patient=self.new_patient("转科乙"), department_id=self.surgery.id)
        second._transfer(self.m1, self.ago(10), self.medicine)
        self.charge(second, 15, 337.10)  # the same total as the other patient's
        lines = self.env["hospital.transfer.line"].with_user(self.finance)
        domain = [("encounter_id", "in", (encounter | second).ids)]
        [(before, after, total, count)] = lines._read_group(
            domain, [], ["amount_before:sum", "amount_after:sum", "amount_total:sum", "__count"]
        )
        self.assertEqual([round(float(value), 2) for value in (before, after, total)], [674.19, 210.00, 674.20])
        self.assertEqual(count, 3)
        groups = lines.formatted_read_group(
            domain, ["to_department_id"], ["amount_total:sum", "currency_id:array_agg_distinct"]
        )
        self.assertEqual(
            {group["to_department_id"][1]: round(float(group["amount_total:sum"]), 2) for group in groups},
            {"外科": 337.10, "内科": 674.20},
        )

    def wizard(self, **values):
        values = {
            "date_from": self.ago(200).date(),
            "date_to": self.env.company._hospital_today(),
            "campus_id": self.campus.id,
            **values,
        }
        return self.env["hospital.transfer.report"].with_user(self.finance).create(values)

    @proves("S3-14.4")
    def test_screen_pdf_and_excel_say_the_same(self):
        encounter = self.three_wards()
        report = self.wizard()
        self.assertEqual((report.line_count, report.patient_count), (2, 1))
        action = report.action_show()
        self.assertEqual(len(self.env["hospital.transfer.line"].search(action["domain"])), 2)

        rows = report._report_rows()
        self.assertEqual([row[7:10] for row in rows], [[127.10, 209.99, 337.10], [209.99, 0.01, None]])
        self.assertEqual(report._report_totals(rows)[7:10], [337.09, 210.00, 337.10])

        _name, content = report._xlsx_file()
        sheet = load_workbook(io.BytesIO(content)).active
        table = [list(row) for row in sheet.iter_rows(values_only=True)]
        self.assertEqual(table[-1][7:10], [337.09, 210.00, 337.10])
        self.assertEqual(table[-3][:2], [encounter.number, "转科甲"])
        self.assertEqual(table[-2][9], None)

        pdf, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.finance)
            ._render_qweb_pdf("hospital_base.report_hospital_transfer", report.ids)
        )
        printed = Printed(pdf)
        self.assertEqual(printed.size_mm(), (297, 210))
        for text in (encounter.number, "转科甲", "一病区", "二病区", "127.10", "209.99", "337.10", "337.09", "A.32"):
            self.assertIn(text, printed.text)
        logs = self.env["hospital.access.log"].search(
            [("model", "=", "hospital.transfer.line"), ("user_id", "=", self.finance.id)]
        )
        self.assertEqual(logs.mapped("action"), ["print", "export"], "who took the list out of the system is on record")

    def test_selection(self):
        encounter = self.three_wards()
        self.assertEqual(self.wizard(department_ids=[Command.set(self.medicine.ids)]).line_count, 2)
        self.assertEqual(self.wizard(department_ids=[Command.set(self.far_medicine.ids)]).line_count, 0)
        self.assertEqual(self.wizard(campus_id=self.other_campus.id).line_count, 0)
        encounter._transfer(self.s2, self.ago(2), self.medicine)
        self.assertEqual((self.wizard().line_count, self.wizard(only_departments=True).line_count), (3, 2))
        with self.assertRaisesRegex(UserError, "ends before it begins"):
            self.wizard(date_from=date(2026, 5, 2), date_to=date(2026, 5, 1))
        with Form(self.env["hospital.transfer.report"].with_user(self.finance)) as form:
            self.assertEqual(form.date_from.day, 1)

    def test_period_is_in_the_hospitals_days(self):
        first, _last = self.env.company._hospital_day_bounds(self.env.company._hospital_today())
        self.first._transfer(self.s1, first - timedelta(seconds=1), self.surgery, reason="x")
        yesterday, today = (
            self.env.company._hospital_date(first - timedelta(seconds=1)),
            self.env.company._hospital_today(),
        )
        self.assertEqual(self.wizard(date_from=yesterday, date_to=yesterday).line_count, 1)
        self.assertEqual(self.wizard(date_from=today, date_to=today).line_count, 0)

    def test_an_addon_adds_a_column(self):
        """As the drug-trial addon will: a field, its SQL, and a place in the report."""
        self.three_wards()
        lines, reports = type(self.env["hospital.transfer.line"]), type(self.env["hospital.transfer.report"])
        columns, report_columns = lines._query_columns, reports._report_columns
        self.patch(lines, "_query_columns", lambda model: {**columns(model), "rec_extra": SQL("'是'")})
        self.patch(
            lines, "_query_joins", lambda model: SQL("LEFT JOIN res_partner AS extra ON extra.id = company.partner_id")
        )
        self.assertEqual(
            self.env.execute_query(
                SQL("SELECT DISTINCT rec_extra FROM (%s) AS lines", self.env["hospital.transfer.line"]._table_query)
            ),
            [("是",)],
        )
        self.patch(
            reports,
            "_report_columns",
            lambda report: [
                *report_columns(report),
                {"name": "is_department_change", "label": "研究型", "kind": "text", "total": False, "once": False},
            ],
        )
        report = self.wizard()
        self.assertEqual([row[-1] for row in report._report_rows()], ["Yes", "Yes"])
        sheet = load_workbook(io.BytesIO(report._xlsx_file()[1])).active
        self.assertIn("研究型", [cell.value for cell in sheet[4]])

    def test_who_may(self):
        self.three_wards()
        for role in ("nurse", "doctor", "registrar", "pharmacist", "it_operator"):
            with self.assertRaises(AccessError):
                self.env["hospital.transfer.line"].with_user(self.users[role]).search([]).read(["amount_total"])
        with self.assertRaises(AccessError):
            self.env["hospital.transfer.line"].with_user(self.finance).create({})
        manager = new_test_user(
            self.env,
            "visits_manager",
            groups="hospital_base.group_hospital_finance_manager",
            hospital_campus_ids=[Command.set(self.campus.ids)],
        )
        self.assertTrue(
            self.env["hospital.transfer.line"].with_user(manager).search([("encounter_id", "=", self.first.id)])
        )
