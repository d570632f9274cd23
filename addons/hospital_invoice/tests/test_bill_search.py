from odoo.tests import tagged

from .invoice_common import InvoiceCase


@tagged("post_install", "-at_install")
class TestBillSearch(InvoiceCase):
    """A bill is found by whatever the clerk has in his hand."""

    def setUp(self):
        super().setUp()
        self.settlement = self.settle((self.blood, 2))
        self.deposited = self.deposit(300)
        self.go()
        self.invoice = self.bill(self.settlement)
        self.patient_of_bill = self.invoice.patient_id

    def found(self, text):
        ours = [("search_text", "ilike", text), ("id", ">", self.last_before)]
        return self.env["hospital.invoice"].with_user(self.cashier).search(ours)

    def test_by_its_own_numbers_alone(self):
        numbers = (self.invoice.number, self.invoice.number.lower(), self.invoice.bill_number, self.settlement.number)
        for text in (*numbers, f"  {self.invoice.number} "):
            with self.subTest(text):
                self.assertEqual(self.found(text), self.invoice)

    def test_by_its_patient_all_of_his(self):
        patient = self.patient_of_bill
        bills = self.invoice | self.bill(self.deposited)
        self.assertEqual(bills.patient_id, patient)
        for text in (patient.number, patient.name, patient.initials, self.invoice.encounter_id.number):
            with self.subTest(text):
                self.assertEqual(self.found(text), bills)

    def test_not_by_anything_else(self):
        other = self.env["hospital.patient"].create({"name": "欧阳无票", "sex": "1", "birth_date": "1990-01-01"})
        for text in (other.name, other.number, "0000000000", self.invoice.number[:-1]):
            with self.subTest(text):
                self.assertFalse(self.found(text))

    def test_where_a_bill_is_chosen(self):
        for text in (self.invoice.number, self.invoice.bill_number):
            self.assertEqual(
                [found for found, _name in self.env["hospital.invoice"].name_search(text)], self.invoice.ids
            )
