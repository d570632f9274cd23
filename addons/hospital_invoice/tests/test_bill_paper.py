from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .invoice_common import InvoiceCase


@tagged("post_install", "-at_install")
class TestBillPaper(InvoiceCase):
    """Bills on paper forms: exchanged, exchanged again, taken back, against a red form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forms = cls.env["hospital.invoice.paper"].create(
            [{"batch": "P2601", "number": f"{number:08d}", "place_id": cls.window.id} for number in range(1, 6)]
        )

    def issued(self):
        settlement = self.settle((self.blood, 2))
        self.go()
        return settlement, self.bill(settlement)

    def on_paper(self):
        settlement, bill = self.issued()
        form = self.forms.filtered(lambda form: form.state == "blank")[:1]
        bill.with_user(self.cashier)._turn_paper(form)
        self.go()
        self.assertEqual((bill.state, bill.paper_id, form.state), ("on_paper", form, "used"), bill.issue_error)
        return settlement, bill

    def test_exchanged_and_exchanged_again(self):
        _settlement, bill = self.on_paper()
        old = bill.paper_id
        bill.with_user(self.cashier)._turn_paper(self.forms[1])
        self.go()
        self.assertEqual((bill.paper_id, old.state, bill.state), (self.forms[1], "void", "on_paper"))
        self.assertEqual(self.there_of(bill).data["paper"], ["P2601", self.forms[1].number])

    def test_a_form_the_platform_refuses_is_blank_again(self):
        _settlement, bill = self.issued()
        self.play(self.interface("turnPaper"), "refuse", code="E5", words="票号不可用", times=1)
        bill.with_user(self.cashier)._turn_paper(self.forms[0])
        self.go()
        self.assertEqual((bill.state, self.forms[0].state), ("issued", "blank"))
        self.assertIn("票号不可用", bill.issue_error)

    def test_a_lost_answer_to_an_exchange(self):
        for kind in ("lose_before", "lose_after"):
            with self.subTest(kind):
                _settlement, bill = self.issued()
                self.play(self.interface("turnPaper"), kind, times=1)
                form = self.forms.filtered(lambda form: form.state == "blank")[:1]
                bill.with_user(self.cashier)._turn_paper(form)
                self.go(3)
                self.assertEqual((bill.state, bill.paper_id), ("on_paper", form))
                self.assertEqual(len(self.there("form").filtered(lambda one, form=form: form.number in one.key)), 1)

    def test_an_exchange_that_is_done_in_the_words_of_a_person(self):
        """Nobody could say what became of it: when a person does, the platform still tells on which form the bill is."""
        for kind, state in (("lose_after", "on_paper"), ("lose_before", "issued")):
            with self.subTest(kind):
                _settlement, bill = self.issued()
                self.play(self.interface("turnPaper"), kind, times=1)
                dumb = self.play(self.interface("getEBillStatesByBillInfo"), "refuse")
                form = self.forms.filtered(lambda form: form.state == "blank")[:1]
                bill.with_user(self.cashier)._turn_paper(form)
                self.go()
                self.assertEqual((bill.state, bill.next_paper_id), ("issued", form))
                dumb.active = False
                bill._last_message()._confirm_done("seen there")
                self.go()
                self.assertEqual((bill.state, bool(bill.next_paper_id)), (state, False))
                self.assertEqual(form.state, "used" if state == "on_paper" else "blank")
                self.assertEqual(bool(bill.issue_error), state == "issued")

    def test_undone_while_it_is_put_on_a_form(self):
        """Whichever of the two the platform hears first: a bill on paper stops, one that is not goes on to its red bill."""
        for kind, on_paper in ((None, True), ("lose_after", True), ("lose_before", False)):
            with self.subTest(kind):
                settlement, bill = self.issued()
                if kind:
                    self.play(self.interface("turnPaper"), kind, times=1)
                form = self.forms.filtered(lambda form: form.state == "blank")[:1]
                bill.with_user(self.cashier)._turn_paper(form)
                if kind:
                    self.deliver(self.platform)
                self.cancel(settlement)
                self.go(3)
                self.assertFalse(bill.next_paper_id)
                if on_paper:
                    self.assertEqual((bill.state, bill.stop_reason, bill.paper_id), ("stopped", "paper", form))
                    bill.with_user(self.cashier).action_paper_taken_back()
                    self.go(2)
                self.assertEqual((bill.state, form.state), ("flushed", "void" if on_paper else "blank"))
                self.assertEqual(
                    len(self.there("form").filtered(lambda one, form=form: form.number in one.key)), on_paper
                )
                self.assert_agrees()

    def test_a_form_is_used_once(self):
        _settlement, first = self.issued()
        _other, second = self.issued()
        first.with_user(self.cashier)._turn_paper(self.forms[0])
        with self.assertRaises(UserError):
            second.with_user(self.cashier)._turn_paper(self.forms[0])

    def test_on_paper_a_flush_stops(self):
        settlement, bill = self.on_paper()
        self.back(settlement, (self.blood, 1))
        self.go()
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "paper"))
        self.assertEqual(len(bill.activity_ids), 1)
        with self.assertRaises(AccessError):
            bill.with_user(self.users["auditor"]).action_paper_taken_back()
        bill.with_user(self.cashier).action_paper_taken_back()
        self.go(2)
        self.assertEqual((bill.state, bill.paper_id.state), ("flushed", "void"))
        self.assertEqual(self.bill(settlement).state, "issued")
        self.assertFalse(bill.activity_ids)
        self.assert_agrees()

    def test_a_form_that_cannot_be_voided(self):
        settlement, bill = self.on_paper()
        self.book(bill)
        self.cancel(settlement)
        self.go()
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "paper"))
        bill.with_user(self.manager).action_flush_against_paper(self.forms[3])
        self.go(2)
        self.assertEqual((bill.state, self.forms[3].state, bill.red_id.paper_id), ("flushed", "used", self.forms[3]))
        self.assert_agrees()

    def test_booked_by_the_employer(self):
        settlement, bill = self.issued()
        self.book(bill)
        self.cancel(settlement)
        self.go()
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "booked"))
        bill.with_user(self.manager).action_flush_anyway()
        self.go()
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "booked"), "it is asked about once more")
        self.book(bill, booked=False)
        bill.with_user(self.manager).action_flush_anyway()
        self.go()
        self.assertEqual(bill.state, "flushed")
        self.assert_agrees()

    def test_refused_where_accounting_cannot_be_asked(self):
        """Platforms before 3.1 have no such question: the hospital archives the interface."""
        self.interface("getEBillAccountStatus").active = False
        settlement, bill = self.issued()
        self.cancel(settlement)
        self.go()
        self.assertEqual(bill.state, "flushed")

    def book(self, bill, booked=True):
        record = self.there_of(bill)
        record.data = {**record.data, "booked": booked}
        self.env.flush_all()
