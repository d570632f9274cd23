from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .invoice_common import InvoiceCase


@tagged("post_install", "-at_install")
class TestBillCheck(InvoiceCase):
    """The daily comparison: totals, totals of red bills, and details only where they differ."""

    def setUp(self):
        super().setUp()
        self.settlement = self.settle((self.blood, 2), (self.drug, 1))
        self.other = self.settle((self.drug, 2))
        self.deposited = self.deposit(200)
        self.go()
        self.back(self.settlement, (self.blood, 1))
        self.go(2)
        self.some_days_ago()

    def some_days_ago(self):
        """As if all of it had happened two days ago, on both sides: that day is over whatever the clock says."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE hospital_invoice SET bus_day = bus_day - 2, state_at = state_at - interval '2 days' WHERE id > %s",
            [self.last_before],
        )
        day = self.env.company._hospital_today()
        before = fields.Date.subtract(day, days=2)
        self.env.cr.execute(
            SQL(
                """UPDATE hospital_sandbox_record SET data = jsonb_set(data, '{busDateTime}', to_jsonb(
                          overlay(data ->> 'busDateTime' placing %s from 1 for 8))) WHERE platform_id = %s
                      AND data ? 'busDateTime'""",
                f"{before:%Y%m%d}",
                self.platform.id,
            )
        )
        self.env.invalidate_all()
        self.day = before

    def check(self):
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["hospital.recon"]._cron_check_invoices()
        self.env.invalidate_all()
        return self.env["hospital.recon"].search(
            [("day", "=", self.day), ("channel_id.code", "=", "invoice"), ("campus_id", "=", self.campus.id)]
        )

    def calls(self, code):
        return self.env["hospital.sandbox.call"].search_count([("operation", "=", f"POST /{code}")])

    def test_totals_that_agree_need_no_details(self):
        recon = self.check()
        self.assertEqual((recon.state, recon.difference), ("settled", 0))
        self.assertEqual((recon.our_pay_count, recon.our_refund_count), (4, 1))
        self.assertEqual(recon.our_net, recon.their_net)
        self.assertTrue(recon.bill_id.is_totals)
        self.assertFalse(self.calls("getBillByBusDate"))
        self.assertTrue(self.calls("checkWriteOffData"))

    def test_a_day_is_compared_once(self):
        self.check()
        before = self.calls("checkTotalData")
        self.check()
        self.assertEqual(self.calls("checkTotalData"), before)

    def test_only_ours(self):
        bill = self.bill(self.other)
        self.there_of(bill).unlink()
        recon = self.check()
        item = recon.item_ids
        self.assertEqual((item.kind, item.invoice_id, item.our_amount), ("only_ours", bill, bill.amount))
        self.assertEqual((recon.state, recon.open_difference), ("open", bill.amount))
        self.assertTrue(item.is_task)
        self.assertEqual(item.our_state_label, "Issued")

    def test_only_theirs(self):
        there = self.there_of(self.bill(self.other))
        data = {**there.data, "no": "9999999999", "busNo": "MZX"}
        there.copy({"key": "MZX", "number": f"{data['batch']}-9999999999", "data": data})
        item = self.check().item_ids
        self.assertEqual(
            (item.kind, item.invoice_id.id, item.their_amount), ("only_theirs", False, data["total"] / 100)
        )
        self.assertEqual(item.channel_number, f"{data['batch']}-9999999999")

    def test_another_amount(self):
        there = self.there_of(self.bill(self.other))
        there.data = {**there.data, "total": there.data["total"] + 100}
        item = self.check().item_ids
        self.assertEqual((item.kind, item.difference), ("amount", -1))

    def test_another_number(self):
        """The sums agree only because another bill is wrong as well."""
        there = self.there_of(self.bill(self.other))
        there.data = {**there.data, "no": "8888888888"}
        more = self.there_of(self.bill(self.settlement))
        more.data = {**more.data, "total": more.data["total"] + 1}
        kinds = {item.our_number: item.kind for item in self.check().item_ids}
        self.assertEqual(kinds, {there.key: "state", more.key: "amount"})

    def test_a_red_bill_that_is_missing_there(self):
        self.there("red").unlink()
        item = self.check().item_ids
        red = self.reds(self.settlement)
        self.assertEqual((item.kind, item.line_kind, item.invoice_id), ("only_ours", "refund", red))
        self.assertEqual(item.difference, red.amount)

    def test_we_have_not_got_the_answer(self):
        """Theirs, and ours still unknown: the states differ until it was asked about."""
        self.play(self.interface("invoiceEBillOutpatient"), "lose_after", times=1)
        settlement = self.settle((self.gauze, 3))
        self.deliver(self.platform)
        self.env.cr.execute(
            "UPDATE hospital_invoice SET bus_day = %s WHERE id = %s", [self.day, self.bill(settlement).id]
        )
        there = self.there_of(self.bill(settlement))
        there.data = {**there.data, "busDateTime": f"{self.day:%Y%m%d}120000000"}
        self.env.invalidate_all()
        recon = self.check()
        self.assertEqual((recon.item_ids.kind, recon.item_ids.invoice_id), ("state", self.bill(settlement)))

    def test_late_issues_are_looked_at_again(self):
        recon = self.check()
        self.assertEqual(recon.state, "settled")
        late = self.settle((self.gauze, 2))
        self.go()
        bill = self.bill(late)
        self.env.cr.execute("UPDATE hospital_invoice SET bus_day = %s WHERE id = %s", [self.day, bill.id])
        self.env.cr.execute("UPDATE hospital_bill SET loaded_at = loaded_at - interval '1 hour'")
        self.env.invalidate_all()
        recon = self.check()
        self.assertEqual((recon.item_ids.kind, recon.item_ids.invoice_id), ("only_ours", bill))
        there = self.there_of(bill)
        there.data = {**there.data, "busDateTime": f"{self.day:%Y%m%d}120000000"}
        recon.with_user(self.users["finance_clerk"]).action_fetch()
        self.assertEqual((recon.state, recon.item_ids.filtered("is_live")), ("settled", recon.item_ids.browse()))

    def test_finance_leaves_a_difference_with_a_reason(self):
        self.there_of(self.bill(self.other)).unlink()
        item = self.check().item_ids.with_user(self.users["finance_clerk"])
        for decision in ("refund", "book"):
            with self.assertRaises(UserError):
                item._decide(decision, "nein")
        item._decide("ignore", "平台次日补开")
        self.assertEqual((item.state, item.recon_id.state), ("decided", "settled"))

    def test_the_platform_cannot_be_asked(self):
        self.play(self.interface("checkTotalData"), "hang", seconds=120)
        recon = self.check()
        self.assertEqual(recon.state, "waiting")
        self.assertTrue(recon.fetch_error and recon.next_fetch_at)

    def test_details_come_in_pages(self):
        there = self.there_of(self.bill(self.other))
        for number in range(205):
            data = {**there.data, "no": f"77{number:08d}", "busNo": f"MZY{number}"}
            there.copy({"key": f"MZY{number}", "number": f"{data['batch']}-77{number:08d}", "data": data})
        recon = self.check()
        self.assertEqual(recon.difference_count, 205)
        self.assertGreaterEqual(self.calls("getBillByBusDate"), 2)

    def test_nobody_is_asked_to_pay_with_it(self):
        self.check()
        channels = self.env["hospital.pay.channel"].search([])
        self.assertNotIn("invoice", channels.mapped("code"))
        self.assertFalse(self.env["hospital.pay.merchant"].search([("channel_id.code", "=", "invoice")]))
