from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from odoo.addons.hospital_base.tests.common import proves

from .invoice_common import InvoiceCase


@tagged("post_install", "-at_install")
class TestBillLife(InvoiceCase):
    """Every kind of bill from the payment to the platform and back."""

    @proves("S3-1.1", "S3-1.2", "S3-1.3", "S3-1.4")
    def test_registration_and_outpatient_are_issued_and_flushed(self):
        for code, make in (("registration", self.register), ("outpatient", self.settle)):
            with self.subTest(code):
                source = make()
                bill = self.bill(source)
                self.assertEqual(bill.kind_id.code, code)
                self.assertEqual(bill.state, "issuing", bill.issue_error)
                self.assertEqual(bill.amount, source.charge_total)
                self.go()
                self.assertEqual(bill.state, "issued", bill.issue_error)
                self.assertTrue(bill.batch_code and bill.bill_number and bill.check_code and bill.qr_image)
                self.assertTrue(bill.created_at and bill.picture_url)
                self.cancel(source)
                self.go()
                self.assertEqual(bill.state, "flushed")
                self.assertEqual(bill.red_id.state, "issued")
                self.assertEqual(bill.red_id.amount, -bill.amount)
                self.assertFalse(self.bill(source))
                self.assert_agrees()

    def test_a_mixed_settlement_is_an_outpatient_bill(self):
        bill = self.bill(self.settle((self.registration_fee, 1), (self.drug, 1)))
        self.assertEqual(bill.kind_id.code, "outpatient")

    def test_what_is_on_it_is_what_was_paid(self):
        self.env.company.hospital_cash_rounding = "jiao"
        settlement = self.settle((self.blood, 2), (self.gauze, 1), (self.drug, 1))
        bill = self.bill(settlement)
        self.assertTrue(settlement.rounding)
        self.assertAlmostEqual(bill.amount, settlement.due_total)
        self.assertAlmostEqual(sum(bill.item_ids.mapped("amount")), bill.amount)
        self.assertAlmostEqual(sum(bill.pay_ids.mapped("amount")), bill.amount)
        self.assertAlmostEqual(sum(bill.detail_ids.mapped("amount")), settlement.charge_total)
        self.assertEqual(bill.item_ids.mapped("sequence"), list(range(1, len(bill.item_ids) + 1)))
        self.assertLessEqual(set(bill.detail_ids.mapped("category_code")), set(bill.item_ids.mapped("code")))
        self.assertEqual(bill.pay_ids.platform_code, "02")
        self.assertEqual(bill.payer_name, self.patient.name)
        self.assertEqual(bill.place_id, self.window)
        self.assertRegex(bill.number, r"^MZ\d{22}$")
        self.go()
        self.assertEqual(bill.state, "issued", bill.issue_error)
        self.assert_agrees()

    def test_paid_in_several_ways(self):
        account = self.new_card_account(100)
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_account(account, 10), self.by_pos(5), self.by_cash())
        bill = self.bill(settlement)
        self.assertEqual(set(bill.pay_ids.mapped("platform_code")), {"01", "02", "07"})
        self.assertAlmostEqual(sum(bill.pay_ids.mapped("amount")), bill.amount)
        self.go()
        self.assertEqual(bill.state, "issued", bill.issue_error)

    @proves("S3-1.4")
    def test_three_partial_refunds_leave_a_chain(self):
        """On three days three lines go back: red and new bills whose sum is what the patient really paid."""
        settlement = self.settle((self.blood, 2), (self.drug, 2), (self.gauze, 10))
        self.go()
        for item, quantity in ((self.blood, 1), (self.drug, 2), (self.gauze, 4)):
            self.back(settlement, (item, quantity))
            self.go()
            bill = self.bill(settlement)
            self.assertEqual(bill.state, "issued", bill.issue_error)
            self.assertAlmostEqual(bill.amount, settlement.due_total - settlement.paid_back_total)
        bills = self.bills(settlement)
        self.assertEqual(bills.mapped("state"), ["flushed", "flushed", "flushed", "issued"])
        self.assertEqual(bills[1:].mapped("previous_id.id"), bills[:-1].ids)
        self.assertEqual(len(set(bills.mapped("number"))), 4)
        total = sum((bills | self.reds(settlement)).mapped("amount"))
        self.assertAlmostEqual(total, settlement.due_total - settlement.paid_back_total)
        self.assertAlmostEqual(total, 6.5 + 0.35 * 6)
        self.assert_agrees()

    def test_partial_refunds_in_a_row_keep_their_order(self):
        """Nothing has been delivered when three refunds come one after another: one bill, nothing to flush."""
        settlement = self.settle((self.blood, 2), (self.drug, 2), (self.gauze, 10))
        self.back(settlement, (self.blood, 1))
        self.back(settlement, (self.drug, 2))
        self.assertEqual(self.bills(settlement).mapped("state"), ["void", "void", "issuing"])
        self.go()
        self.assertEqual(len(self.there()), 1)
        # and with the first bill issued: the two that follow it wait for its red bill
        self.back(settlement, (self.gauze, 1))
        self.back(settlement, (self.gauze, 1))
        self.assertEqual(self.bills(settlement)[2:].mapped("state"), ["flushing", "void", "waiting"])
        self.go(2)
        self.assertEqual(self.bills(settlement)[2:].mapped("state"), ["flushed", "void", "issued"])
        self.assertEqual(len(self.there()), 2)
        self.assert_agrees()

    def test_nothing_left_is_only_a_red_bill(self):
        settlement = self.settle((self.blood, 2))
        self.go()
        self.back(settlement, (self.blood, 1))
        self.go()
        self.back(settlement, (self.blood, 1))
        self.go()
        self.assertEqual(self.bills(settlement).mapped("state"), ["flushed", "flushed"])
        self.assertEqual(self.reds(settlement).mapped("state"), ["issued", "issued"])
        self.assert_agrees()

    def test_undone_before_it_was_sent_is_void(self):
        settlement = self.settle()
        self.cancel(settlement)
        self.assertEqual(self.bills(settlement).state, "void")
        self.assertFalse(self.reds(settlement))
        self.go()
        self.assertFalse(self.there())

    def test_a_bill_that_cannot_be_made_never_undoes_the_payment(self):
        kind = self.env.ref("hospital_invoice.kind_outpatient")
        sequence = kind.sequence_id
        kind.sequence_id = False
        with mute_logger("odoo.addons.hospital_invoice.models.invoice_steps"):
            settlement = self.settle()
            self.assertEqual(settlement.state, "done")
            self.assertFalse(self.bills(settlement))
            self.follow_up()
        self.assertFalse(self.bills(settlement))
        kind.sequence_id = sequence
        self.go()
        self.assertEqual(self.bill(settlement).state, "issued")
        self.assert_agrees()

    def test_a_refund_before_the_bill_could_be_made(self):
        kind = self.env.ref("hospital_invoice.kind_outpatient")
        sequence = kind.sequence_id
        kind.sequence_id = False
        with mute_logger("odoo.addons.hospital_invoice.models.invoice_steps"):
            settlement = self.settle((self.blood, 2))
            self.back(settlement, (self.blood, 1))
        kind.sequence_id = sequence
        self.go(2)
        self.assertAlmostEqual(self.bill(settlement).amount, 6.5)
        self.assertEqual(self.bill(settlement).state, "issued")
        self.assert_agrees()

    def test_looked_after_twice_changes_nothing(self):
        settlement = self.settle((self.blood, 2))
        self.go()
        bill = self.bill(settlement)
        settlement.sudo().is_billed = False
        self.follow_up()
        self.assertEqual(self.bills(settlement), bill)
        self.assertEqual((bill.state, bill.is_current), ("issued", True))
        back = self.back(settlement, (self.blood, 1))
        self.go(2)
        (settlement | back).sudo().is_billed = False
        self.follow_up()
        self.assertEqual(len(self.bills(settlement)), 2)

    def test_bills_speak_the_language_of_the_hospital(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.company.partner_id.lang = "zh_CN"
        self.env.company.hospital_cash_rounding = "jiao"
        self.drug.with_context(lang="zh_CN").hospital_charge_category_id.name = "西药费"
        bill = self.bill(self.settle((self.gauze, 1), (self.drug, 1)))
        self.assertIn("西药费", bill.item_ids.mapped("name"))

    def test_platform_switched_off_and_on(self):
        self.platform.mode = "disabled"
        settlements = [self.settle() for _number in range(3)]
        bills = self.env["hospital.invoice"].browse([self.bill(one).id for one in settlements])
        self.assertEqual(set(bills.mapped("state")), {"waiting"})
        self.assertTrue(all(bills.mapped("issue_error")))
        self.cancel(settlements[1])
        self.assertEqual(bills[1].state, "void")
        self.platform.mode = "sandbox"
        self.follow_up()
        self.go()
        self.assertEqual(bills.mapped("state"), ["issued", "void", "issued"])
        self.assertEqual(self.there().mapped("key"), [bills[0].number, bills[2].number])

    def test_no_place_of_issue(self):
        self.window.active = False
        bill = self.bill(self.settle())
        self.assertEqual(bill.state, "waiting")
        self.assertIn(self.campus.name, bill.issue_error)
        self.window.active = True
        self.follow_up()
        self.go()
        self.assertEqual((bill.state, bill.place_id), ("issued", self.window))

    def test_payments_before_the_beginning_get_no_bill(self):
        self.env.company.hospital_invoice_from = fields.Datetime.add(fields.Datetime.now(), days=1)
        settlement = self.settle()
        self.assertTrue(settlement.is_billed)
        self.cancel(settlement)
        self.go()
        self.assertFalse(self.bills(settlement) | self.reds(settlement))

    def test_a_kind_that_is_off_gets_no_bill(self):
        self.env.ref("hospital_invoice.kind_registration").active = False
        settlement = self.register()
        self.go()
        self.assertFalse(self.bills(settlement))
        self.assertTrue(self.bill(self.settle()))

    def test_a_decision_and_a_number_are_for_ever(self):
        bill = self.bill(self.settle())
        self.go()
        with self.assertRaisesRegex(UserError, "never deleted"):
            bill.unlink()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            bill.copy({"number": bill.number, "bus_time": bill.bus_time, "is_current": False})
