import random

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed
from odoo.addons.hospital_payment.tests.test_settle_capitals import read

from .paper_common import PaperCase


@tagged("post_install", "-at_install")
class TestBillPrints(PaperCase):
    """What stands on paper, read back from the PDF, and who printed it how often and why."""

    def printed(self, layout, bills, user=None, reason=None):
        reports = self.env["ir.actions.report"].with_user(user or self.cashier)
        if reason:
            reports = reports.with_context(hospital_invoice_reason=reason)
        return Printed(reports._render_qweb_pdf(f"hospital_invoice.report_{layout}", bills.ids)[0])

    def assert_nothing_beyond_the_edge(self, paper):
        """Every piece of text ends before the right margin, reckoned with half a point size for each sign."""
        for page in paper.reader.pages:
            width = float(page.mediabox.width)
            found = []

            def look(text, _cm, matrix, _font, size, found=found, width=width):
                ends = matrix[4] + sum(size * (1 if ord(sign) > 0x2E7F else 0.5) for sign in text.strip())
                if text.strip() and ends * 0.75 > width:
                    found.append(text)

            page.extract_text(visitor_text=look)
            self.assertFalse(found)

    def test_a_bill_says_everything(self):
        bill = self.bill(amount=1409.50, fund_amount=900, account_amount=9.5, self_amount=500)
        for layout, size in (("bill_a5", (210, 148)), ("bill_80mm", None)):
            with self.subTest(layout=layout):
                paper = self.printed(layout, bill, reason="again")
                for wanted in (
                    "市第一医院", "东院", bill.batch_code, bill.bill_number, bill.check_code, bill.number, "张三丰",
                    self.patient.number, self.outpatient.number, "检查费", "西药费", "1,057.12", "352.38", "1,409.50",
                    "人民币壹仟肆佰零玖元伍角整", "900.00", "9.50", "500.00", "现金1,409.50", "2026-01-1509:30",
                ):  # fmt: skip
                    self.assertIn(wanted, paper.text)
                self.assert_nothing_beyond_the_edge(paper)
                self.assertTrue(all(paper.fonts().values()), paper.fonts())
                self.assertTrue(any("Noto" in name for name in paper.fonts()))
                if size:
                    self.assertEqual(paper.size_mm(), size)
                    self.assertIn("阿莫西林胶囊", paper.text)
                else:
                    self.assertEqual(paper.size_mm()[0], 80)
                    self.assertLess(paper.size_mm()[1], 250)

    def test_every_page_of_a_long_list_says_of_which_bill_it_is(self):
        bill = self.bill(payer_name="阿卜杜热西提·买买提依明·吐尔逊尼亚孜")
        self.env["hospital.invoice.detail"].create(
            [
                {"invoice_id": bill.id, "sequence": number, "category_code": "09", "category_name": "西药费",
                 "name": "注射用头孢哌酮钠舒巴坦钠（进口分装）", "spec": "1.5g(1.0g:0.5g)×10瓶/盒", "unit": "盒",
                 "quantity": 1234567, "price": 12345.67, "amount": 2}
                for number in range(10, 70)
            ]
        )  # fmt: skip
        paper = self.printed("bill_a5", bill)
        self.assertGreater(len(paper.texts), 3)
        for text in paper.texts[1:]:
            self.assertIn(f"{bill.bill_number}{bill.payer_name}", text)
        self.assertIn("1234567盒12,345.67", paper.texts[2], "neither number is cut")
        self.assert_nothing_beyond_the_edge(paper)

    def test_a_machine_has_no_cashier(self):
        bill = self.bill(channel="kiosk")
        text = Printed(bill.with_user(self.users["nurse"]).sudo()._pdf()).text
        self.assertIn("Self-servicemachine", text)
        self.assertNotIn(bill.user_id.name, text)
        self.assertNotIn(self.env.ref("base.user_root").name, text)

    def test_the_notice_of_a_red_bill_does_not_call_it_valid(self):
        bill = self.bill()
        self.assertIn("validwithoutpaper", self.printed("notice_a5", bill).text)
        red = self.flush(bill)
        self.assertNotIn("validwithoutpaper", self.printed("notice_a5", red).text)

    def test_the_notice(self):
        bill = self.bill(amount=88)
        for layout in ("notice_80mm", "notice_a5"):
            paper = self.printed(layout, bill)
            for wanted in (bill.batch_code, bill.bill_number, bill.check_code, "88.00", "人民币捌拾捌元整", "张三丰"):
                self.assertIn(wanted, paper.text)
        self.assertEqual(bill.print_count, 0, "a notice is no print of the bill")
        self.assertEqual(bill.print_ids.mapped("medium"), ["notice", "notice"])

    def test_a_red_bill_is_below_zero(self):
        bill = self.bill(amount=119.85)
        red = self.flush(bill)
        paper = self.printed("bill_a5", red)
        for wanted in (
            "-119.85",
            "人民币负壹佰壹拾玖元捌角伍分",
            bill.bill_number,
            red.bill_number,
            "未做检查",
            "Redbill",
            "-29.96",
        ):
            self.assertIn(wanted, paper.text)
        self.assertIn("notvalidanymore", self.printed("bill_a5", bill).text)

    def test_several_in_one_run(self):
        bills = (
            self.bill(amount=10) | self.bill(kind="inpatient", amount=20000) | self.bill(kind="deposit", amount=3000)
        )
        paper = self.printed("bill_a5", bills)
        self.assertEqual(len(paper.texts), 3)
        for text, bill in zip(paper.texts, bills, strict=True):
            self.assertIn(bill.bill_number, text)
        self.assertNotIn("阿莫西林", paper.texts[1], "a stay is printed by category")
        self.assertEqual(bills.mapped("print_count"), [1, 1, 1])
        roll = self.printed("bill_80mm", bills, reason="once more")
        self.assertEqual(len(roll.texts), 3)

    def test_long_lists_go_over_to_the_next_page(self):
        bill = self.bill(amount=500)
        bill.detail_ids.sudo().copy()
        for number in range(60):
            bill.detail_ids[:1].copy({"sequence": number + 2, "name": f"项目{number:03d}"})
        bill.invalidate_recordset()
        paper = self.printed("bill_a5", bill)
        self.assertGreater(len(paper.texts), 1)
        self.assertIn("项目059", paper.text)

    @proves("S3-1.5", "S3-1.10")
    def test_printed_again_with_a_reason_and_counted(self):
        bill = self.bill()
        action = self.as_(self.cashier, bill).action_print()
        self.assertEqual(
            action["report_name"],
            "hospital_invoice.report_bill_80mm"
            if self.env.company.hospital_receipt_paper != "a5"
            else "hospital_invoice.report_bill_a5",
        )
        self.printed("bill_a5", bill)
        self.assertEqual((bill.print_count, bool(bill.printed_at)), (1, True))
        with self.assertRaisesRegex(UserError, "Print again"):
            self.printed("bill_a5", bill)
        action = self.as_(self.cashier, bill).action_print()
        self.assertEqual(action["res_model"], "hospital.invoice.reprint")
        wizard = (
            self.env["hospital.invoice.reprint"].with_user(self.cashier).with_context(**action["context"]).create({})
        )
        self.assertEqual((wizard.bill_count, wizard.amount, wizard.patient_id), (1, bill.amount, self.patient))
        wizard.reason_kind = "other"
        with self.assertRaisesRegex(UserError, "remark"):
            wizard.action_print()
        wizard.write({"reason_kind": "lost", "note": "报销"})
        action = wizard.action_print()
        reason = action["context"]["hospital_invoice_reason"]
        self.assertIn("报销", reason)
        self.assertIn("Printno.2", self.printed("bill_a5", bill, reason=reason).text)
        bill.invalidate_recordset()
        last = bill.print_ids[0]
        self.assertEqual((bill.print_count, last.reason, last.user_id), (2, reason, self.cashier))
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error), self.env.cr.savepoint():
            last.sudo().write({"reason": "x"})
            last.flush_recordset()

    def test_what_is_not_issued_is_not_printed(self):
        bill = self.bill(issued=False)
        for work in (bill.action_print, bill.action_reprint, bill.action_print_notice):
            with self.assertRaisesRegex(UserError, "not issued yet"):
                work()
        with self.assertRaisesRegex(UserError, "not issued yet"):
            self.printed("bill_a5", bill)

    def test_who_may_print(self):
        bill = self.bill()
        self.printed("bill_a5", bill, user=self.users["finance_clerk"])
        with self.assertRaises(AccessError):
            self.printed("bill_a5", bill, user=self.far_cashier, reason="x")
        for role in ("auditor", "nurse", "doctor"):
            with self.assertRaises(AccessError):
                self.printed("bill_a5", bill, user=self.users[role], reason="x")
        self.assertEqual(bill.print_count, 1)

    def test_handed_to_the_patient_is_not_counted(self):
        bill = self.bill()
        self.assertIn(bill.bill_number, Printed(bill.with_user(self.users["nurse"]).sudo()._pdf()).text)
        self.assertEqual((bill.print_count, bill.print_ids), (0, self.env["hospital.invoice.print"]))

    def test_amounts_in_capitals(self):
        """The reckoning itself is proven in hospital_payment; here that a bill uses it, read back by the other way."""
        draw = random.Random(6)
        bill = self.bill()
        for _count in range(10_000):
            amount = draw.randrange(1, 10 ** draw.randint(1, 11)) / 100
            bill.amount = amount
            self.assertEqual(float(read(bill.capitals)), amount)
        bill.invalidate_recordset()
