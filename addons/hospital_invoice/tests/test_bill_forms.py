from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

from .invoice_common import InvoiceCase

BATCH = "99060199"


@tagged("post_install", "-at_install")
class TestBillForms(InvoiceCase):
    """Paper forms: received, skipped, voided, and the number on the sheet against the number on the screen."""

    def setUp(self):
        super().setUp()
        self.receive("0000000001", "0000000010")

    def receive(self, first, last, batch=BATCH):
        wizard = self.env["hospital.invoice.paper.receive"].with_user(self.users["finance_clerk"])
        with Form(wizard) as form:
            form.place_id = self.window
            form.batch = batch
            form.number_from = first
            form.number_to = last
            count = form.count
        form.record.action_receive()
        return count

    @property
    def papers(self):
        return self.env["hospital.invoice.paper"].search([("place_id", "=", self.window.id)], order="batch, number")

    def issued(self):
        settlement = self.settle((self.blood, 2))
        self.go()
        return self.bill(settlement)

    def open_turn(self, bill, action="action_turn_paper"):
        opened = getattr(bill.with_user(self.cashier), action)()
        return self.env["hospital.invoice.turn"].with_user(self.cashier).browse(opened["res_id"])

    def turned(self, bill, number):
        """The bill on the sheet with this number, as the cashier does it."""
        wizard = self.open_turn(bill)
        wizard.sheet_number = number
        wizard.action_confirm()
        self.go()
        return wizard

    def forms_there(self):
        """{number: what the platform has done with the form}"""
        return {form.key.rpartition("-")[2]: form.data["state"] for form in self.there("form")}

    def voided_there(self):
        """(first, last) of each time the platform was told to void blank forms."""
        messages = self.env["hospital.message"].search(
            [("interface_id", "=", self.interface("invalidBlankBillNo").id), ("state", "=", "done")], order="id"
        )
        return [(message.payload["pBillNoStart"], message.payload["pBillNoEnd"]) for message in messages]

    def test_a_range_comes_into_stock_once(self):
        self.assertEqual(len(self.papers), 10)
        self.assertEqual(self.window.paper_stock, 10)
        self.assertEqual(self.papers[0].number, "0000000001", "the noughts in front are a part of it")
        with self.assertRaisesRegex(UserError, "1 of these forms"):
            self.receive("0000000010", "0000000019")
        for first, last in (("12", "011"), ("20", "10"), ("a", "b"), ("00000", "99999")):
            with self.subTest(first=first), self.assertRaisesRegex(UserError, "same number of digits"):
                self.receive(first, last, "77")
        self.assertEqual(self.receive("7", "7", "77"), 1)

    def test_the_numbers_agree(self):
        bill = self.issued()
        wizard = self.open_turn(bill)
        self.assertEqual((wizard.mode, wizard.expected_number, wizard.batch), ("first", "0000000001", BATCH))
        with self.assertRaisesRegex(UserError, "must be 0000000001"):
            wizard.action_confirm()
        for number, problem in (("0000000000", "unknown"), ("0000000011", "unknown"), ("0000000004", "skipped")):
            wizard.sheet_number = number
            self.assertEqual((wizard.problem, wizard.is_same), (problem, False))
            with self.assertRaisesRegex(UserError, "must be"):
                wizard.action_confirm()
        wizard.sheet_number = " 0000000001 "
        self.assertTrue(wizard.is_same)
        wizard.action_confirm()
        self.go()
        self.assertEqual((bill.state, bill.paper_id), ("on_paper", self.papers[0]))
        self.assertEqual(self.there_of(bill).data["paper"], [BATCH, "0000000001"])
        self.assertEqual(self.open_turn(self.issued()).expected_number, "0000000002")

    def test_skipped_forms_are_voided_with_a_reason(self):
        bill = self.issued()
        wizard = self.open_turn(bill)
        wizard.sheet_number = "0000000004"
        self.assertEqual(wizard.skipped_count, 3)
        with self.assertRaisesRegex(UserError, "why"):
            wizard.action_void_skipped()
        wizard.reason = "卡纸"
        wizard.action_void_skipped()
        self.assertEqual(self.voided_there(), [("0000000001", "0000000003")])
        self.assertEqual(wizard.expected_number, "0000000004")
        self.assertTrue(wizard.is_same)
        self.assertEqual(self.papers[:4].mapped("state"), ["void", "void", "void", "blank"])
        self.assertEqual((self.papers[0].user_id, self.papers[0].reason), (self.cashier, "卡纸"))
        wizard.action_confirm()
        self.go()
        self.assertEqual(bill.paper_id.number, "0000000004")
        self.assertEqual(list(self.forms_there().values()), ["blank void"] * 3 + ["used"])

    def test_a_form_before_the_next_one_is_the_wrong_sheet(self):
        self.turned(self.issued(), "0000000001")
        self.window._void_blanks(self.papers[3], "spoilt")
        wizard = self.open_turn(self.issued())
        self.assertEqual(wizard.expected_number, "0000000005")
        wizard.sheet_number = "0000000002"
        self.assertEqual(wizard.problem, "behind")

    def test_voiding_tells_the_platform_run_by_run(self):
        some = self.papers[0] | self.papers[1] | self.papers[4]
        action = some.with_user(self.cashier).action_void()
        wizard = (
            self.env["hospital.invoice.paper.void"]
            .with_user(self.cashier)
            .with_context(**action["context"])
            .create({"reason": "水渍"})
        )
        self.assertEqual((wizard.count, wizard.range_text), (3, "0000000001 – 0000000002, 0000000005"))
        wizard.action_void()
        self.assertEqual(self.voided_there(), [("0000000001", "0000000002"), ("0000000005", "0000000005")])
        self.assertEqual(set(self.forms_there()), {"0000000001", "0000000002", "0000000005"})
        with self.assertRaisesRegex(UserError, "not blank any more"):
            self.window._void_blanks(some, "again")

    def test_a_form_the_platform_will_not_void_stays_blank(self):
        fault = self.play(self.interface("invalidBlankBillNo"), "refuse", code="E5", words="票号段不正确")
        with self.assertRaisesRegex(ExchangeError, "票号段不正确"), self.env.cr.savepoint():
            self.window._void_blanks(self.papers[0], "spoilt")
        self.assertEqual(self.papers[0].state, "blank")
        fault.active = False
        self.window._void_blanks(self.papers[0], "spoilt")
        self.assertEqual(self.papers[0].state, "void")
        self.assertEqual(self.forms_there(), {"0000000001": "blank void"})

    def test_a_lost_answer_to_voiding_is_never_sent_again_on_a_guess(self):
        """Forms cannot be asked about: a person looks at the platform's own screen and says that it is done."""
        fault = self.play(self.interface("invalidBlankBillNo"), "lose_after")
        for _try in range(2):
            try:  # no savepoint: what is there stays there
                self.window._void_blanks(self.papers[0], "spoilt")
            except ExchangeError:
                continue
            self.fail("nobody knows")
        fault.active = False
        self.assertEqual((self.papers[0].state, self.forms_there()), ("blank", {"0000000001": "blank void"}))
        message = self.env["hospital.message"].search([("interface_id", "=", fault.interface_id.id)])
        self.assertEqual(len(message), 1)
        message._confirm_done("seen there")
        self.window._void_blanks(self.papers[0], "spoilt")
        self.assertEqual(self.papers[0].state, "void")
        self.assertEqual(fault.used, 1)

    def test_without_forms_nothing_goes_on_paper(self):
        self.window._void_blanks(self.papers, "gone")
        with self.assertRaisesRegex(UserError, "no blank forms"):
            self.open_turn(self.issued())

    def test_the_open_box_comes_first(self):
        self.receive("0000000001", "0000000005", "99060100")
        bill = self.issued()
        self.assertEqual(self.open_turn(bill).batch, "99060100", "the first one when none was opened")
        self.window._void_blanks(self.papers.filtered(lambda paper: paper.batch == BATCH)[0], "spoilt")
        self.assertEqual(self.open_turn(bill).batch, BATCH)

    def test_modes(self):
        """First form, the next one for a spoilt sheet, and the red form for one that cannot be voided."""
        bill = self.issued()
        self.turned(bill, "0000000001")
        wizard = self.turned(bill, "0000000002")
        self.assertEqual((wizard.mode, bill.paper_id.number), ("again", "0000000002"))
        self.assertEqual(self.papers[0].state, "void")
        self.cancel(bill.settlement_id)
        self.go()
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "paper"))
        wizard = self.open_turn(bill, "action_red_form")
        self.assertEqual((wizard.mode, wizard.expected_number), ("red", "0000000003"))
        wizard.sheet_number = wizard.expected_number
        wizard.action_confirm()
        self.go()
        self.assertEqual((bill.state, bill.red_id.paper_id.number), ("flushed", "0000000003"))
        self.assertEqual(
            self.forms_there(), {"0000000001": "void", "0000000002": "used", "0000000003": "red"}, "to the last form"
        )
        self.assert_agrees()
