from odoo.tests import tagged

from .invoice_common import InvoiceCase


@tagged("post_install", "-at_install")
class TestBillLife(InvoiceCase):
    """Every kind of bill from the payment to the platform and back."""

    def kinds(self):
        """(kind, what makes one, what undoes it)"""
        return (
            ("registration", self.register, self.cancel),
            ("outpatient", self.settle, self.cancel),
        )

    def test_every_kind_is_issued_and_flushed(self):
        for code, make, undo in self.kinds():
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
                undo(source)
                self.go()
                self.assertEqual(bill.state, "flushed")
                self.assertEqual(bill.red_id.state, "issued")
                self.assertEqual(bill.red_id.amount, -bill.amount)
                self.assertFalse(self.bill(source))
                self.assert_agrees()
