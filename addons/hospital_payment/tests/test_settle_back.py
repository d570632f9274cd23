import random
from datetime import timedelta

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.hospital_base.tests.pdf import Printed

from .settle_common import SettleCase


@tagged("post_install", "-at_install")
class TestSettleBack(SettleCase):
    # === PARTIAL ===

    def back(self, settlement, quantities, reason="not done", user=None):
        return settlement.with_user(user or self.cashier)._refund_lines(quantities, reason)

    def refused(self, words, step, error=UserError):
        with self.assertRaisesRegex(error, words), self.cr.savepoint():
            step()

    def test_a_line_goes_back(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        back = self.back(settlement, {charges[0].id: 1})
        self.assertRecordValues(
            back,
            [
                {
                    "kind": "refund",
                    "state": "done",
                    "charge_total": -6.5,
                    "due_total": -6.5,
                    "reverses_id": settlement.id,
                    "reason": "not done",
                    "shift_id": self.shift_of().id,
                }
            ],
        )
        self.assertEqual(charges[0].reversed_quantity, 1)
        self.assertEqual(charges[0].reversal_ids.state, "settled")
        self.assertEqual(settlement.paid_back_total, 6.5)
        self.assertEqual(settlement.state, "done")
        [refund] = settlement.refund_ids
        self.assertEqual((refund.amount, refund.state), (6.5, "requested"))
        self.assertFalse(back.tender_ids, "the money goes back by the refund, not by the settlement")

    def test_money_whose_refund_was_rejected_is_seen_until_it_is_asked_for_again(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        self.back(settlement, {charges[0].id: 1})
        settlements = self.env["hospital.settlement"]
        owed = [("is_owed", "=", True), ("id", "=", settlement.id)]
        self.assertFalse(settlements.search(owed), "it is on its way")
        [refund] = settlement.refund_ids
        refund.with_user(self.manager)._decide("reject", "缺少签字")
        self.assertEqual((settlement.owed_amount, settlements.search(owed)), (6.5, settlement))
        for user in (self.cashier, self.users["finance_clerk"]):
            cards = {card["key"]: card for card in self.env["hospital.home"].with_user(user).get_home()["cards"]}
            self.assertGreaterEqual(cards["settlements_owed"]["count"], 1)
        self.refused("asked for by", settlement.with_user(self.users["doctor"]).action_ask_again, AccessError)
        action = settlement.with_user(self.users["finance_clerk"]).action_ask_again()
        again = self.env["hospital.refund"].browse(action["res_id"])
        self.assertEqual((again.amount, again.state, settlement.is_owed), (6.5, "requested", False))
        self.refused("owed any more", settlement.with_user(self.cashier).action_ask_again)
        again.with_user(self.manager).action_approve()
        again.with_user(self.cashier)._pay_out_desk({})
        self.assertEqual((again.state, settlement.owed_amount), ("done", 0))
        self.assertEqual(again.line_ids.shift_id, self.shift_of())

    def test_in_parts_until_nothing_is_left(self):
        charges = self.visit_charges((self.gauze, 3), (self.drug, 2))
        settlement = self.pay(charges, self.by_cash())
        for quantities in ({charges[0].id: 1}, {charges[0].id: 2, charges[1].id: 0.5}, {charges[1].id: 1.5}):
            self.back(settlement, quantities)
        self.assertEqual(settlement.paid_back_total, settlement.due_total)
        self.assertEqual(sum(settlement.refund_ids.mapped("amount")), settlement.due_total)
        self.refused("already reversed wholly", lambda: self.back(settlement, {charges[1].id: 0.5}))

    def test_rounded_cash_goes_back_to_the_cent_whatever_the_parts(self):
        draw = random.Random(7)
        for rule in ("jiao", "yuan"):
            self.env.company.hospital_cash_rounding = rule
            for _round in range(6):
                charges = self.visit_charges((self.gauze, draw.randint(2, 9)), (self.blood, 3), (self.drug, 2))
                settlement = self.pay(charges, self.by_cash())
                while charges.filtered("open_quantity"):
                    charge = draw.choice(charges.filtered("open_quantity"))
                    back = self.back(settlement, {charge.id: draw.randint(1, int(charge.open_quantity))})
                    unit = {"jiao": 10, "yuan": 1}[rule]
                    cents = round(-back.due_total * unit, 6)
                    self.assertEqual(cents, round(cents), "cash goes back in coins that there are")
                    self.assertGreaterEqual(-back.due_total, 0)
                self.assertEqual(settlement.paid_back_total, settlement.due_total)

    def test_bad_input(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        foreign = self.visit_charges()
        for words, quantities, reason in (
            ("Enter the reason", {charges[0].id: 1}, "  "),
            ("Nothing is chosen", {}, "x"),
            ("Nothing is chosen", {charges[0].id: 0}, "x"),
            ("not one of this settlement", {foreign[0].id: 1}, "x"),
            ("more than zero", {charges[0].id: -1}, "x"),
            ("are left to take back", {charges[0].id: 3}, "x"),
        ):
            with self.subTest(words=words):
                self.refused(
                    words, lambda quantities=quantities, reason=reason: self.back(settlement, quantities, reason)
                )
        self.assertEqual(settlement.paid_back_total, 0)
        self.assertFalse(settlement.refund_ids)
        begun = self.pay(foreign, self.by_phone(31.9))
        self.refused("only a settlement that is done", lambda: self.back(begun, {foreign[0].id: 1}))
        back = self.back(settlement, {charges[0].id: 1})
        self.refused("itself money taken back", lambda: self.back(back, {charges[0].reversal_ids.id: 1}))

    def test_more_than_was_paid_is_stopped_by_the_database(self):
        settlement = self.pay(self.visit_charges(), self.by_cash())
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("UPDATE hospital_settlement SET paid_back_total = 31.91 WHERE id = %s", [settlement.id])

    def test_roles(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        for role in ("nurse", "doctor", "finance_clerk", "finance_manager"):
            self.refused(
                "", lambda role=role: self.back(settlement, {charges[0].id: 1}, user=self.users[role]), AccessError
            )
            self.refused("", lambda role=role: settlement.with_user(self.users[role])._cancel("x"), AccessError)
        self.back(settlement, {charges[0].id: 1}, user=self.other_cashier)

    # === WHOLE ===

    def test_cancel_and_settle_again_otherwise(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        back = settlement.with_user(self.cashier)._cancel("wrong means of payment")
        self.assertRecordValues(
            settlement, [{"state": "cancelled", "cancelled_by_id": back.id, "paid_back_total": 31.9}]
        )
        self.assertRecordValues(back, [{"kind": "cancel", "state": "done", "due_total": -31.9, "charge_total": -31.9}])
        self.assertEqual(sum(back.line_ids.mapped("amount")), -31.9)
        self.assertEqual(set(charges.mapped("state")), {"unsettled"})
        self.assertEqual(settlement.refund_ids.amount, 31.9)
        again = self.pay(charges, self.by_pos(31.9))
        self.assertEqual(again.state, "done")
        for record in (settlement, back):
            self.refused(
                "only a settlement that is done|itself money",
                lambda record=record: record.with_user(self.cashier)._cancel("x"),
            )

    def test_cancel_returns_what_was_rounded(self):
        self.env.company.hospital_cash_rounding = "yuan"
        settlement = self.pay(self.visit_charges(), self.by_cash())
        back = settlement.with_user(self.cashier)._cancel("x")
        self.assertRecordValues(back, [{"due_total": -32, "rounding": -0.1, "self_total": -31.9}])

    def test_no_whole_cancel_after_a_part(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        self.back(settlement, {charges[0].id: 1})
        self.refused("line by line", lambda: settlement.with_user(self.cashier)._cancel("x"))

    def test_a_reversal_at_the_ward_is_paid_back_at_the_desk(self):
        """The ward takes a paid charge back; the desk sees a negative line and pays it back out of its settlement."""
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        reversal = charges[0]._reverse(2, "not done")
        screen = self.desk().open_patient(self.patient.id)
        self.assertEqual(screen["visit"]["total"], -13)
        back = self.pay(reversal)
        self.assertRecordValues(back, [{"state": "done", "kind": "outpatient", "due_total": -13}])
        self.assertEqual(settlement.paid_back_total, 13)
        self.assertEqual(settlement.refund_ids.amount, 13)

    def test_money_out_of_two_settlements(self):
        first, second = self.visit_charges((self.blood, 2)), self.visit_charges((self.drug, 1))
        paid = self.pay(first, self.by_cash()) | self.pay(second, self.by_pos(18.9))
        reversals = first._reverse(2, "x") | second._reverse(1, "x")
        self.pay(reversals)
        self.assertEqual(paid.mapped("paid_back_total"), [13, 18.9])

    def test_the_wizard_counts_before_it_does(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_cash())
        wizard = self.env["hospital.settlement.back"].with_user(self.cashier).create({"settlement_id": settlement.id})
        self.assertEqual(wizard.line_ids.charge_id, charges)
        wizard.line_ids.filtered(lambda line: line.charge_id == charges[0]).quantity = 1
        self.assertEqual((wizard.total, wizard.line_count), (6.5, 1))
        self.refused("Choose the reason", wizard.action_confirm)
        wizard.reason_kind = "declined"
        wizard.action_confirm()
        self.assertEqual(settlement.paid_back_total, 6.5)
        self.assertEqual(settlement.reversal_ids.reason, "Declined by the patient")
        whole = (
            self.env["hospital.settlement.back"]
            .with_user(self.cashier)
            .create(
                {
                    "settlement_id": self.pay(self.visit_charges(), self.by_cash()).id,
                    "is_whole": True,
                    "reason_kind": "wrong_payment",
                }
            )
        )
        self.assertEqual(whole.total, 31.9)
        whole.action_confirm()
        self.assertEqual(whole.settlement_id.state, "cancelled")

    def test_an_interim_settlement_goes_back_too(self):
        charge = self.charge(self.bed_day, 4, service_at=self.now - timedelta(days=5))
        deposit = self.new_deposit(200)
        settlement = self.pay(
            self.env["hospital.charge"], self.by_account(deposit, 180), encounter=self.inpatient, expected=180
        )
        back = settlement.with_user(self.cashier)._cancel("to be settled at the discharge")
        self.assertEqual((charge.state, back.due_total), ("unsettled", -180))

    # === PAPER ===

    def test_the_receipt_and_its_copies(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_pos(11.9, "884422"), self.by_cash(50))
        for paper in ("80mm", "a5"):
            self.env.company.hospital_receipt_paper = paper
            action = settlement.with_user(self.cashier).action_print()
            self.assertEqual(action["report_name"], f"hospital_payment.report_receipt_{paper}")
            Report = self.env["ir.actions.report"].with_user(self.cashier)
            pdf, _kind = Report._render_qweb_pdf(action["report_name"], settlement.ids)
            text = Printed(pdf).text
            for wanted in (
                settlement.number,
                "张三丰",
                "静脉采血",
                "31.90",
                "人民币叁拾壹元玖角整",
                "884422",
                "50.00/30.00",
            ):
                self.assertIn("".join(wanted.split()), text)
        self.assertEqual(settlement.print_count, 2)
        self.assertIn("reprint1", text)
        back = self.back(settlement, {charges[0].id: 1})
        pdf, _kind = self.env["ir.actions.report"]._render_qweb_pdf("hospital_payment.report_receipt_a5", back.ids)
        text = Printed(pdf).text
        self.assertIn("人民币负陆元伍角整", text)
        self.assertIn(settlement.number, text)
        begun = self.pay(self.visit_charges(), self.by_phone(31.9))
        self.refused("not paid yet", begun.action_print)
        self.refused(
            "not paid yet",
            lambda: self.env["ir.actions.report"]._render_qweb_pdf("hospital_payment.report_receipt_a5", begun.ids),
        )
