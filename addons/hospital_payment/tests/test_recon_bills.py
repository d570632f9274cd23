import base64
import io
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from openpyxl import Workbook, load_workbook

from odoo.addons.hospital_base.tests.common import proves

from .recon_common import ReconCase


@tagged("post_install", "-at_install")
class TestReconBills(ReconCase):
    """How bills come in: fetched, uploaded by hand, from a bank's statement."""

    def at(self, clock, days=1):
        """That many days after the day, at this time in the hospital, as stored."""
        return self.moment(clock, days)

    # === FETCHING ===

    def test_every_missed_day_is_fetched(self):
        self.merchant.platform_id = self.env.ref("hospital_payment.platform_wechat")
        self.merchant.platform_id.mode = "sandbox"
        order = self.order(10)
        self.order(20, at=self.moment("10:00:00", 1))
        asked = []

        def answer(recon):
            asked.append(recon.day)
            return self.file(self.paid(order)) if recon.day == self.day else b""

        self.channel_answers(answer)
        recons = self.env["hospital.recon"]
        recons._open_days(now=self.at("10:00:00", 2))
        mine = recons.search([("merchant_id", "=", self.merchant.id)], order="day")
        self.assertEqual(mine.mapped("day"), [self.day, self.next_day])
        for recon in recons._due(now=self.at("10:00:00", 2)) & mine:
            recon._fetch()
        self.assertEqual(asked, [self.day, self.next_day])
        self.assertEqual(mine.mapped("state"), ["settled", "open"])
        recons._open_days(now=self.at("10:00:00", 2))
        self.assertFalse(recons._due(now=self.at("23:00:00", 2)) & mine, "what is there is not asked for again")

    def test_nobody_asks_before_ten(self):
        self.merchant.platform_id = self.env.ref("hospital_payment.platform_wechat")
        self.merchant.platform_id.mode = "sandbox"
        self.order(10)
        recons = self.env["hospital.recon"]
        recons._open_days(now=self.at("09:59:59"))
        self.assertFalse(recons.search([("merchant_id", "=", self.merchant.id)]))
        recons._open_days(now=self.at("10:00:00"))
        mine = recons.search([("merchant_id", "=", self.merchant.id)])
        self.assertEqual(mine.mapped("day"), [self.day])
        self.assertFalse(recons._due(now=self.at("09:59:59")) & mine)
        self.assertEqual(recons._due(now=self.at("10:00:00")) & mine, mine)

    def test_a_platform_that_is_off_is_not_asked(self):
        self.merchant.platform_id = self.env.ref("hospital_payment.platform_wechat")
        self.merchant.platform_id.mode = "disabled"
        self.order(10)
        self.env["hospital.recon"]._open_days(now=self.at("12:00:00"))
        self.assertFalse(self.env["hospital.recon"].search([("merchant_id", "=", self.merchant.id)]))

    def test_a_late_bill_is_asked_for_again(self):
        self.merchant.platform_id = self.env.ref("hospital_payment.platform_wechat")
        self.merchant.platform_id.mode = "sandbox"
        order = self.order(10)
        recon = self.env["hospital.recon"]._for(self.merchant, self.day)
        self.channel_answers(UserError("the channel is not ready"))
        recon._fetch()
        recon._fetch()
        self.assertEqual((recon.state, recon.fetch_tries), ("waiting", 2))
        self.assertIn("not ready", recon.fetch_error)
        self.assertEqual(recon.log_ids.mapped("operation"), ["late"], "told once")
        now = fields.Datetime.now()
        self.assertFalse(self.env["hospital.recon"]._due(now=now) & recon)
        self.assertTrue(self.env["hospital.recon"]._due(now=now + timedelta(hours=3)) & recon)
        with self.assertRaises(UserError):
            recon.with_user(self.clerk).action_fetch()
        self.channel_answers(self.file(self.paid(order)))
        recon.with_user(self.clerk).action_fetch()
        self.assertEqual((recon.state, recon.fetch_error, recon.bill_id.source), ("settled", False, "fetched"))

    def test_the_scheduled_action_goes_on_after_a_bad_day(self):
        self.merchant.platform_id = self.env.ref("hospital_payment.platform_wechat")
        self.merchant.platform_id.mode = "sandbox"
        order = self.order(10)
        later = self.order(20, at=self.moment("10:00:00", 1))

        def answer(recon):
            if recon.merchant_id != self.merchant:
                return UserError("not asked")
            return b"garbage" if recon.day == self.day else self.file(self.paid(later, at=later.paid_at))

        self.channel_answers(answer)
        with self.enter_registry_test_mode():
            self.env.ref("hospital_payment.ir_cron_hospital_recon_fetch").method_direct_trigger()
        self.env.invalidate_all()
        mine = self.env["hospital.recon"].search([("merchant_id", "=", self.merchant.id)], order="day")
        self.assertEqual(mine[:2].mapped("state"), ["waiting", "settled"])
        self.assertTrue(mine[0].fetch_error)
        self.assertEqual(order.state, "paid")

    # === BY HAND ===

    @proves("S2-7.9")
    def test_upload_shows_the_sums_first(self):
        order = self.order(10)
        [line] = self.refund(order, 4)
        upload = self.upload(self.file(self.paid(order), self.back(line)))
        with self.assertRaises(UserError):
            upload.action_load()
        upload.action_read()
        self.assertEqual(
            (upload.pay_count, upload.pay_amount, upload.refund_count, upload.refund_amount), (1, 10, 1, 4)
        )
        self.assertEqual((upload.our_pay_count, upload.our_pay_amount), (1, 10))
        self.assertFalse(
            self.env["hospital.bill"].search([("merchant_id", "=", self.merchant.id)]), "nothing is booked"
        )
        action = upload.action_load()
        recon = self.env["hospital.recon"].browse(action["res_id"])
        self.assertEqual(
            (recon.state, recon.bill_id.source, recon.bill_id.user_id), ("settled", "uploaded", self.clerk)
        )
        self.assertTrue(recon.bill_id.sha256)
        self.assertEqual(base64.b64decode(recon.bill_id.file), self.file(self.paid(order), self.back(line)))
        with self.assertRaisesRegex(UserError, "already"):
            again = self.upload(self.file(self.paid(order)))
            again.action_read()
            again.action_load()

    def test_wrong_files_are_refused_in_a_sentence(self):
        order = self.order(10)
        content = self.file(self.paid(order))
        wrong = (
            (self.upload(b"\x89PNG\r\n\x1a\n" + bytes(300)), ""),
            (self.upload("姓名,金额\r\n张三,5\r\n".encode()), ""),
            (self.upload(content[: len(content) // 2]), ""),
            (self.upload(self.file(self.paid(order), merchant=self.other_merchant)), "another merchant"),
            (self.upload(content, day=self.next_day), "is a bill of"),
            (self.upload(content, day=self.company._hospital_today()), "not over yet"),
        )
        for upload, words in wrong:
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                upload.action_read()
        self.assertFalse(self.env["hospital.bill"].search([("merchant_id", "=", self.merchant.id)]))

    def test_another_campus_is_out_of_reach(self):
        order = self.order(10, merchant=self.other_merchant)
        upload = self.upload(self.file(self.paid(order), merchant=self.other_merchant), merchant=self.other_merchant)
        with self.assertRaisesRegex(UserError, "campus you do not work at"):
            upload.action_read()
        auditor = self.make_user("recon_auditor", "hospital_base.group_hospital_auditor")
        with self.assertRaises(AccessError):
            self.upload(self.file(self.paid(order)), user=auditor)

    # === BANK STATEMENTS ===

    def make_pos(self):
        merchant = self.env["hospital.pay.merchant"].create(
            {
                "name": "POS",
                "channel_id": self.env.ref("hospital_payment.channel_bank_card").id,
                "campus_id": self.campus.id,
                "merchant_number": "898350180620001",
            }
        )
        return merchant, self.env.ref("hospital_payment.bill_template_pos")

    def statement(self, merchant, template, content, user=None):
        return (
            self.env["hospital.bank.import"]
            .with_user(user or self.clerk)
            .create(
                {
                    "merchant_id": merchant.id,
                    "template_id": template.id,
                    "file": base64.b64encode(content),
                    "file_name": "pos.csv",
                }
            )
        )

    def pos_csv(self, *rows, number="898350180620001"):
        head = "XX银行 POS 对账单\r\n\r\n商户编号,终端号,交易日期,交易时间,交易类型,卡号,交易金额,手续费,检索参考号\r\n"
        body = "".join(
            f"{number},T01,{at:%Y%m%d},{at:%H%M%S},{kind},622*****1,{amount},0.05,{reference}\r\n"
            for at, kind, amount, reference in rows
        )
        return (head + body + "合计,,,,,,1,1,\r\n").encode("gb18030")

    @proves("S2-6.1")
    def test_a_statement_of_card_machines(self):
        merchant, template = self.make_pos()
        slip = {"way": "manual", "channel_number": False}
        same = self.order(100, merchant=merchant, manual_reference="000000000011", **slip)
        less = self.order(200, merchant=merchant, manual_reference="000000000012", **slip)
        ours = self.order(300, merchant=merchant, manual_reference="000000000013", **slip)
        other_day = self.order(
            50, at=self.moment("08:00:00", 1), merchant=merchant, manual_reference="000000000015", **slip
        )
        nine = datetime.combine(self.day, datetime.min.time()) + timedelta(hours=9)
        content = self.pos_csv(
            (nine, "消费", "100.00", "000000000011"),
            (nine, "消费", "190.00", "000000000012"),
            (nine, "消费", "70.00", "000000000014"),
            (nine, "退货", "30.00", "000000000016"),
            (nine, "余额查询", "0.00", "000000000017"),
            (nine + timedelta(days=1), "消费", "50.00", "000000000015"),
        )
        one = self.statement(merchant, template, content)
        one.action_read()
        self.assertEqual(
            [
                (day.day, day.status, day.pay_count, day.pay_amount, day.refund_count, day.refund_amount)
                for day in one.day_ids
            ],
            [(self.day, "new", 3, 360, 1, 30), (self.next_day, "new", 1, 50, 0, 0)],
        )
        one.action_load()
        recon = self.env["hospital.recon"].search([("merchant_id", "=", merchant.id), ("day", "=", self.day)])
        self.assertEqual(
            {(item.our_number or item.channel_number, item.kind, item.difference) for item in recon.item_ids},
            {
                (less.number, "amount", 10),
                (ours.number, "only_ours", 300),
                ("000000000014", "only_theirs", -70),
                ("000000000016", "only_theirs", 30),
            },
        )
        self.assert_sums(recon)
        later = self.env["hospital.recon"].search([("merchant_id", "=", merchant.id), ("day", "=", self.next_day)])
        self.assertEqual((later.state, later.our_net), ("settled", 50))
        details = self.env["hospital.recon.detail"].search([("recon_id", "=", later.id)])
        self.assertEqual((details.order_id, details.kind), (other_day, "matched"))
        self.assertEqual(same.state, "paid")
        again = self.statement(merchant, template, content)
        again.action_read()
        self.assertEqual(again.day_ids.mapped("status"), ["same", "same"])
        with self.assertRaisesRegex(UserError, "imported before"):
            again.action_load()

    def test_an_excel_statement_with_two_columns(self):
        merchant, _template = self.make_pos()
        merchant.merchant_number = False
        template = self.env.ref("hospital_payment.bill_template_bank")
        order = self.order(88.5, merchant=merchant, way="manual", channel_number=False)
        book = Workbook()
        for row in (
            ["账户明细"],
            ["交易日期", "交易时间", "收入金额", "支出金额", "余额", "摘要", "流水号"],
            [
                datetime.combine(self.day, datetime.min.time()),
                "10:20:30",
                88.5,
                None,
                1000,
                f"转账 {order.number} 张",
                "L1",
            ],
            [f"{self.day}", "11:00", "", "1,020.00", 900, "退款", "L2"],
            ["", "", 88.5, 1020, "", "", ""],
        ):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        one = self.statement(merchant, template, stream.getvalue())
        one.action_read()
        one.action_load()
        recon = self.env["hospital.recon"].search([("merchant_id", "=", merchant.id)])
        self.assertEqual(self.found(recon), {"~L2": ("only_theirs", "refund", 1020)})
        self.assertEqual(recon.bill_id.line_ids.filtered(lambda line: line.kind == "pay").our_number, order.number)

    def test_statements_that_cannot_be_read_say_why(self):
        merchant, template = self.make_pos()
        nine = datetime.combine(self.day, datetime.min.time()) + timedelta(hours=9)
        today = datetime.combine(self.company._hospital_today(), datetime.min.time())
        for content, words in (
            (b"\xd0\xcf\x11\xe0" + bytes(100), "old Excel"),
            (bytes(range(256)), "neither CSV nor Excel"),
            ("日期,金额\n2026-01-01,5\n".encode(), "检索参考号"),
            (self.pos_csv(), "no line of a payment"),
            (self.pos_csv((nine, "消费", "五元", "1")), "五元"),
            (self.pos_csv((nine, "消费", "5", "1"), number="8983"), "8983"),
            (self.pos_csv((today, "消费", "5", "1")), "not over yet"),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.statement(merchant, template, content).action_read()

    def test_a_day_with_other_lines_is_not_overwritten(self):
        merchant, template = self.make_pos()
        nine = datetime.combine(self.day, datetime.min.time()) + timedelta(hours=9)
        first = self.statement(merchant, template, self.pos_csv((nine, "消费", "5", "1")))
        first.action_read()
        first.action_load()
        other = self.statement(merchant, template, self.pos_csv((nine, "消费", "6", "1")))
        other.action_read()
        self.assertEqual(other.day_ids.status, "differs")
        with self.assertRaisesRegex(UserError, "other lines"):
            other.action_load()

    # === SUMMARY ===

    @proves("S2-7.5", "S2-7.10")
    def test_summary_by_vendor_business_and_channel(self):
        first, second = self.order(10), self.order(20, business="settlement", at=self.moment("23:30:00"))
        self.refund(second, 5, 3)
        self.order(70, at=self.moment("00:00:00", 1))
        self.order(400, state="closed")
        self.order(40, merchant=self.other_merchant)
        report = (
            self.env["hospital.pay.summary.report"]
            .with_user(self.clerk)
            .create({"date_from": self.day, "date_to": self.day, "campus_id": self.campus.id})
        )
        moves = self.env["hospital.pay.movement"].with_user(self.clerk).search(report._line_domain())
        self.assertEqual(
            (sum(moves.mapped("pay_amount")), sum(moves.mapped("refund_amount")), sum(moves.mapped("net_amount"))),
            (30, 8, 22),
        )
        self.assertEqual(moves.order_id, first | second)
        name, content = report._xlsx_file()
        self.assertTrue(name.endswith(".xlsx"))
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        labels = dict(self.env["hospital.pay.movement"]._fields["business"]._description_selection(self.env))
        self.assertIn(["财付通", labels["other"], self.wechat.name, 1, 10, 0, 0, 10], rows)
        self.assertIn(["财付通", labels["settlement"], self.wechat.name, 1, 20, 2, 8, 12], rows)
        everywhere = report.copy({"campus_id": False})
        seen = self.env["hospital.pay.movement"].with_user(self.clerk).search(everywhere._line_domain())
        self.assertEqual(seen.campus_id, self.campus, "of own campuses only")
        action = report.action_show()
        self.assertEqual(action["res_model"], "hospital.pay.movement")
