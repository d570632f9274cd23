from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .invoice_common import InvoiceCase


@tagged("post_install", "-at_install")
class TestBillDeposits(InvoiceCase):
    """Receipts of deposits, the settlement that uses them up, and the way back."""

    @proves("S3-1.6")
    def test_a_deposit_gets_a_receipt(self):
        entry = self.deposit(300)
        bill = self.bill(entry)
        self.assertEqual((bill.kind_id.code, bill.amount, bill.balance_before), ("deposit", 300, 0))
        second = self.bill(self.deposit(200))
        self.assertEqual(second.balance_before, 300)
        self.go()
        self.assertEqual((bill.state, second.state), ("issued", "issued"), bill.issue_error)
        self.assertTrue(self.there_of(bill).data["voucher"])
        self.assert_agrees()

    def test_a_card_gets_none(self):
        account = self.new_card_account(100)
        self.go()
        self.assertFalse(self.env["hospital.invoice"].search([("entry_id", "in", account.entry_ids.ids)]))

    @proves("S3-1.7")
    def test_a_deposit_paid_back_in_parts(self):
        entry = self.deposit(300)
        self.go()
        bill = self.bill(entry)
        self.deposit_back(entry.account_id, 100)
        self.go()
        self.assertEqual((bill.state, bill.flushed_amount), ("issued", 100))
        self.deposit_back(entry.account_id, 200)
        self.go()
        self.assertEqual((bill.state, bill.flushed_amount), ("flushed", 300))
        self.assertEqual(sorted(bill.red_ids.mapped("amount")), [-200, -100])
        self.assert_agrees()

    def test_more_than_one_receipt_goes_back(self):
        first = self.deposit(100)
        second = self.deposit(200)
        self.go()
        self.deposit_back(first.account_id, 300)
        self.go(2)
        self.assertEqual((self.bills(first).state, self.bills(second).state), ("flushed", "flushed"))
        self.assert_agrees()

    def test_every_failure_of_a_receipt_that_goes_back(self):
        for kind in ("lose_before", "lose_after", "garbage"):
            with self.subTest(kind):
                entry = self.deposit(300)
                self.go()
                self.play(self.interface("writeOffPayMentVoucher"), kind, times=1, does_work=True)
                self.deposit_back(entry.account_id, 100)
                self.go(4)
                self.assertEqual(self.bill(entry).red_ids[:1].state or "issued", "issued")
                self.assert_agrees()

    def test_without_the_word_of_the_platform_a_person_decides(self):
        """Whether receipts are listed is not published: that none is found proves nothing then."""
        self.platform.parameter_ids.filtered(lambda one: one.name == "vouchers_listed").unlink()
        entry = self.deposit(300)
        self.go()
        self.play(self.interface("writeOffPayMentVoucher"), "lose_before", times=1)
        self.deposit_back(entry.account_id, 100)
        self.go(12)
        self.assertEqual(self.bill(entry).red_ids.state, "unknown")
        self.assertTrue(self.bill(entry).red_ids.is_task)

    @proves("S3-1.8")
    def test_discharge_uses_the_receipts(self):
        settlement = self.discharged(500)
        bill = self.bill(settlement)
        receipt = self.env["hospital.invoice"].search(
            [("kind_id.code", "=", "deposit"), ("encounter_id", "=", self.inpatient.id)]
        )
        self.assertEqual((bill.kind_id.code, bill.voucher_ids), ("inpatient", receipt))
        self.assertEqual(bill.state, "waiting")
        self.assertIn(receipt.number, bill.issue_error)
        self.go(2)
        self.assertEqual((receipt.state, bill.state), ("issued", "issued"), bill.issue_error)
        self.assertEqual(self.there_of(bill).data["uses"], [receipt.number])
        self.assert_agrees()

    @proves("S3-1.9")
    def test_discharge_undone(self):
        settlement = self.discharged(500)
        self.go(2)
        bill = self.bill(settlement)
        self.cancel(settlement)
        self.go(2)
        self.assertEqual((bill.state, bill.red_id.flush_way), ("flushed", "balance"))
        receipt = bill.voucher_ids
        self.assertEqual(receipt.state, "issued")
        self.assert_agrees()

    def test_discharge_undone_after_the_rest_was_paid_back(self):
        """The platform has no described way back: a person decides."""
        settlement = self.discharged(500)
        self.go(2)
        bill = self.bill(settlement)
        [refund] = self.env["hospital.refund"].search([("account_id.encounter_id", "=", self.inpatient.id)])
        refund.with_user(self.manager)._approve()
        refund.with_user(self.cashier)._pay_out_desk({})
        self.go(2)
        self.assertEqual(bill.voucher_ids.flushed_amount, refund.amount)
        self.cancel(settlement)
        self.go(2)
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "deposit"))
        self.assertEqual(len(bill.activity_ids), 1)
        bill.with_user(self.manager).action_flush_anyway()
        self.go(2)
        self.assertEqual((bill.state, bill.red_id.flush_way), ("flushed", "plain"))
        self.assertFalse(bill.activity_ids)
        self.assert_agrees()

    def test_interim_settlements_use_receipts_in_turn(self):
        first, second = self.deposit(60), self.deposit(100)
        account = first.account_id
        settlements = []
        for _number in range(2):
            charges = self.charge(self.bed_day, 1)
            settlements.append(
                self.pay(None, self.by_account(account, 45), encounter=self.inpatient, expected=charges.amount)
            )
        bills = [self.bill(settlement) for settlement in settlements]
        self.assertEqual(bills[0].voucher_ids, self.bill(first))
        self.assertEqual(bills[1].voucher_ids, self.bill(first) | self.bill(second))
        self.go(2)
        self.assertEqual({bill.state for bill in bills}, {"issued"})
        self.assert_agrees()
