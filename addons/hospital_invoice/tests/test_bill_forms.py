from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .paper_common import PaperCase

BATCH = "51060199"


@tagged("post_install", "-at_install")
class TestBillForms(PaperCase):
    """Paper forms: received, skipped, voided, and the number on the sheet against the number on the screen."""

    def setUp(self):
        super().setUp()
        self.told, self.next_number = [], "0000000101"
        places = self.registry["hospital.invoice.place"]
        self.startPatcher(patch.object(places, "_paper_call", lambda place, code, **facts: self.answer(code, facts)))
        self.receive("0000000101", "0000000110")

    def answer(self, code, facts):
        """In place of the platform."""
        if code == "invalidBlankBillNo":
            self.told.append((facts["first"], facts["last"], facts["reason"]))
            self.next_number = f"{int(facts['last']) + 1:010d}"
            return {}
        return {"pBillBatchCode": facts["batch"], "pBillNo": self.next_number}

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

    def turn(self, bill):
        action = bill.with_user(self.cashier).action_turn_paper()
        return self.env["hospital.invoice.turn"].with_user(self.cashier).browse(action["res_id"])

    def test_a_range_comes_into_stock_once(self):
        self.assertEqual(len(self.papers), 10)
        self.assertEqual(self.window.paper_stock, 10)
        self.assertEqual(self.papers[0].number, "0000000101", "the noughts in front are a part of it")
        with self.assertRaisesRegex(UserError, "1 of these forms"):
            self.receive("0000000110", "0000000119")
        for first, last in (("12", "011"), ("20", "10"), ("a", "b"), ("00000", "99999")):
            with self.subTest(first=first), self.assertRaisesRegex(UserError, "same number of digits"):
                self.receive(first, last, "77")
        self.assertEqual(self.receive("7", "7", "77"), 1)

    def test_the_numbers_agree(self):
        bill = self.bill()
        wizard = self.turn(bill)
        self.assertEqual((wizard.mode, wizard.expected_number, wizard.batch), ("first", "0000000101", BATCH))
        with self.assertRaisesRegex(UserError, "must be 0000000101"):
            wizard.action_confirm()
        for number, problem in (("0000000100", "unknown"), ("0000000111", "unknown"), ("0000000104", "skipped")):
            wizard.sheet_number = number
            self.assertEqual((wizard.problem, wizard.is_same), (problem, False))
            with self.assertRaisesRegex(UserError, "must be"):
                wizard.action_confirm()
        wizard.sheet_number = " 0000000101 "
        self.assertTrue(wizard.is_same)
        with patch.object(self.registry["hospital.invoice"], "_turn_paper", autospec=True) as turned:
            wizard.action_confirm()
        self.assertEqual(turned.call_args.args[1].number, "0000000101")

    def test_skipped_forms_are_voided_with_a_reason(self):
        wizard = self.turn(self.bill())
        wizard.sheet_number = "0000000104"
        self.assertEqual(wizard.skipped_count, 3)
        with self.assertRaisesRegex(UserError, "why"):
            wizard.action_void_skipped()
        wizard.reason = "卡纸"
        wizard.action_void_skipped()
        self.assertEqual(self.told, [("0000000101", "0000000103", "卡纸")])
        self.assertEqual(wizard.expected_number, "0000000104")
        self.assertTrue(wizard.is_same)
        self.assertEqual(self.papers[:4].mapped("state"), ["void", "void", "void", "blank"])
        self.assertEqual(self.papers[0].user_id, self.cashier)

    def test_a_form_before_the_next_one_is_the_wrong_sheet(self):
        self.next_number = "0000000105"
        wizard = self.turn(self.bill())
        wizard.sheet_number = "0000000102"
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
        self.assertEqual((wizard.count, wizard.range_text), (3, "0000000101 – 0000000102, 0000000105"))
        wizard.action_void()
        self.assertEqual(self.told, [("0000000101", "0000000102", "水渍"), ("0000000105", "0000000105", "水渍")])
        with self.assertRaisesRegex(UserError, "not blank any more"):
            self.window._void_blanks(some, "again")

    def test_without_forms_nothing_goes_on_paper(self):
        self.window._void_blanks(self.papers, "gone")
        with self.assertRaisesRegex(UserError, "no blank forms"):
            self.turn(self.bill())

    def test_the_open_box_comes_first(self):
        self.receive("0000000001", "0000000005", "51060100")
        self.assertEqual(self.turn(self.bill()).batch, "51060100", "the first one when none was opened")
        self.window._void_blanks(self.papers.filtered(lambda paper: paper.batch == BATCH)[0], "spoilt")
        self.assertEqual(self.turn(self.bill()).batch, BATCH)

    def test_modes(self):
        bill = self.bill()
        self.papers[0]._use(bill, "x")
        bill.write({"state": "on_paper", "paper_id": self.papers[0].id})
        self.assertEqual(self.turn(bill).mode, "again")
        bill.write({"state": "stopped", "stop_reason": "paper"})
        action = bill.with_user(self.cashier).action_red_form()
        wizard = self.env["hospital.invoice.turn"].with_user(self.cashier).browse(action["res_id"])
        self.assertEqual(wizard.mode, "red")
        wizard.sheet_number = wizard.expected_number = "0000000102"
        with patch.object(self.registry["hospital.invoice"], "action_flush_against_paper", autospec=True) as flushed:
            wizard.action_confirm()
        self.assertEqual(flushed.call_args.args[1].number, "0000000102")
