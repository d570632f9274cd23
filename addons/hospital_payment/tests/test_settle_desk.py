from datetime import timedelta

import psycopg2
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .settle_common import SettleCase


@tagged("post_install", "-at_install")
class TestSettleDesk(SettleCase):
    # === PAYING ===

    def test_cash_with_change(self):
        charges = self.visit_charges()  # 13.00 + 18.90
        settlement = self.pay(charges, self.by_cash(50))
        self.assertRecordValues(
            settlement,
            [
                {
                    "state": "done",
                    "kind": "outpatient",
                    "charge_total": 31.9,
                    "self_total": 31.9,
                    "due_total": 31.9,
                    "cash_given": 50,
                    "cash_change": 18.1,
                    "rounding": 0,
                    "user_id": self.cashier.id,
                    "place": "window",
                    "capitals": "人民币叁拾壹元玖角整",
                }
            ],
        )
        self.assertEqual(set(charges.mapped("state")), {"settled"})
        [tender] = settlement.tender_ids
        self.assertEqual((tender.state, tender.order_id.state, tender.order_id.amount), ("done", "paid", 31.9))
        self.assertEqual(tender.order_id.business_state, "done")
        self.assertEqual(settlement.shift_id, self.shift_of())
        self.assertEqual(tender.order_id.shift_id, settlement.shift_id)
        self.assertEqual(settlement.day, self.env.company._hospital_today())
        self.assertRegex(settlement.number, r"^S\d{17}$")

    def test_cash_is_rounded_and_other_means_are_not(self):
        for rule, due, rounding in (("cent", 32.25, 0.0), ("jiao", 32.3, 0.05), ("yuan", 32.0, -0.25)):
            self.env.company.hospital_cash_rounding = rule
            charges = self.visit_charges((self.blood, 2), (self.drug, 1), (self.gauze, 1))
            settlement = self.pay(charges, self.by_cash())
            self.assertRecordValues(settlement, [{"due_total": due, "rounding": rounding, "self_total": 32.25}])
            self.assertEqual(settlement.tender_ids.amount, due)
        charges = self.visit_charges((self.blood, 2), (self.drug, 1), (self.gauze, 1))
        settlement = self.pay(charges, self.by_pos(32.25))
        self.assertRecordValues(settlement, [{"due_total": 32.25, "rounding": 0}])

    def test_rounding_is_of_the_part_paid_in_cash(self):
        self.env.company.hospital_cash_rounding = "yuan"
        settlement = self.pay(self.visit_charges(), self.by_pos(11.5), self.by_cash(100))  # 20.40 are left
        self.assertRecordValues(settlement, [{"due_total": 31.5, "rounding": -0.4, "cash_change": 80}])
        self.assertEqual(sorted(settlement.tender_ids.mapped("amount")), [11.5, 20.0])

    def test_a_few_fen_round_to_nothing(self):
        self.env.company.hospital_cash_rounding = "yuan"
        settlement = self.pay(self.visit_charges((self.gauze, 1)), self.by_cash())
        self.assertRecordValues(settlement, [{"state": "done", "due_total": 0, "rounding": -0.35}])
        self.assertFalse(settlement.tender_ids)

    def test_several_means_at_once(self):
        account = self.new_card_account(10)
        settlement = self.pay(self.visit_charges(), self.by_account(account, 10), self.by_pos(5), self.by_cash(20))
        self.assertEqual(settlement.state, "done")
        self.assertEqual(account.balance, 0)
        amounts = {tender.channel_id.code: tender.amount for tender in settlement.tender_ids}
        self.assertEqual(amounts, {"card_account": 10, "bank_card": 5, "cash": 16.9})
        entry = settlement.tender_ids.account_entry_id
        self.assertRecordValues(
            entry,
            [{"kind": "spend", "amount": -10, "settlement_id": settlement.id, "shift_id": settlement.shift_id.id}],
        )

    def test_only_some_lines(self):
        charges = self.visit_charges()
        settlement = self.pay(charges[0], self.by_cash())
        self.assertEqual(settlement.line_ids.charge_id, charges[0])
        self.assertEqual(charges[1].state, "unsettled")

    def test_negative_lines_come_along(self):
        charges = self.visit_charges()
        charges[0]._reverse(1, "not done")
        self.pay(charges, self.by_cash(), expected=25.4)
        self.assertFalse(self.outpatient.unsettled_total)

    # === BAD INPUT ===

    def refused(self, words, *args, error=UserError, **kwargs):
        with self.assertRaisesRegex(error, words), self.cr.savepoint():
            self.pay(*args, **kwargs)

    def test_what_is_wrong_is_said_and_nothing_is_booked(self):
        charges = self.visit_charges()
        mine = self.new_card_account(10)
        stranger = self.env["hospital.patient"].create({"name": "李四", "sex": "2"})
        theirs = self.new_card_account(50, patient=stranger)
        before = self.env["hospital.pay.order"].search_count([])
        for words, tenders in (
            ("is still missing", []),
            ("is still missing", [self.by_pos(5)]),
            ("more than due", [self.by_pos(40)]),
            ("not enough", [self.by_cash(30)]),
            ("Enter how much", [self.by_pos(0)]),
            ("Enter how much", [self.by_pos(-5)]),
            ("number of the slip", [self.by_pos(31.9, reference=" ")]),
            ("in one amount", [self.by_cash(), self.by_cash()]),
            ("holds", [self.by_account(mine, 31.9)]),
            ("somebody else", [self.by_account(theirs, 31.9)]),
            ("open account", [{"channel_id": self.card_channel.id, "amount": 5}]),
            ("Choose with what", [{"channel_id": 0, "amount": 5}]),
            ("QR code is shown", [{"channel_id": self.wechat.id, "amount": 31.9}]),
        ):
            with self.subTest(words=words):
                self.refused(words, charges, *tenders)
        self.refused("have changed", charges, self.by_cash(), expected=31.8)
        self.refused(
            "nothing to settle", self.env["hospital.charge"], self.by_cash(), encounter=self.new_encounter("outpatient")
        )
        self.refused(
            "does not exist", self.env["hospital.charge"], encounter=self.env["hospital.encounter"].browse(10**8)
        )
        self.assertEqual(self.env["hospital.pay.order"].search_count([]), before)
        self.assertEqual(set(charges.mapped("state")), {"unsettled"})
        self.assertEqual((mine.balance, theirs.balance), (10, 50))

    def test_charges_of_another_visit_do_not_slip_in(self):
        foreign = self.charge(self.blood, 1)
        self.refused("settled or taken back", foreign | self.visit_charges(), self.by_cash(), encounter=self.outpatient)

    def test_twice_is_refused(self):
        charges = self.visit_charges()
        self.pay(charges, self.by_cash())
        self.refused("settled or taken back", charges, self.by_cash())

    def test_one_press_pays_once(self):
        charges = self.visit_charges()
        first = self.pay(charges, self.by_cash(), key="press-1")
        again = self.pay(charges, self.by_cash(), key="press-1")
        self.assertEqual(first, again)
        self.assertEqual(
            self.env["hospital.pay.order"].search_count([("res_id", "=", first.id), ("res_model", "=", first._name)]), 1
        )

    def test_a_begun_payment_holds_its_charges(self):
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_phone(31.9))
        self.assertEqual(settlement.state, "paying")
        self.assertEqual(settlement.tender_ids.order_id.state, "created")
        self.refused("are being paid in", charges, self.by_cash(), user=self.other_cashier)
        settlement.with_user(self.cashier)._abandon()
        self.assertEqual(settlement.state, "cancelled")
        self.assertEqual(self.pay(charges, self.by_cash(), user=self.other_cashier).state, "done")

    def test_the_database_has_the_last_word_on_a_charge(self):
        charges = self.visit_charges()
        self.pay(charges, self.by_phone(31.9))
        line = self.env["hospital.settlement.line"].search([("charge_id", "in", charges.ids)], limit=1)
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            line.copy()
            self.env.flush_all()

    def test_phone_first_then_all_the_rest(self):
        """Cash and accounts are booked only with the last answer, all in one."""
        account = self.new_card_account(10)
        settlement = self.pay(self.visit_charges(), self.by_account(account, 10), self.by_phone(11.9), self.by_cash(10))
        self.assertEqual((settlement.state, account.balance), ("paying", 10))
        order = settlement.tender_ids.order_id
        order._step("paying")
        order._step("paid", channel_number="4200")
        order._on_paid()
        self.assertEqual((settlement.state, account.balance, order.business_state), ("done", 0, "done"))
        self.assertEqual(settlement.cash_change, 0)

    def test_what_cannot_follow_sends_the_phone_money_back(self):
        account = self.new_card_account(20)
        settlement = self.pay(self.visit_charges(), self.by_account(account, 20), self.by_phone(11.9))
        self.env["hospital.account"]._book([{"account_id": account.id, "kind": "spend", "amount": -15}])
        order = settlement.tender_ids.order_id
        order._step("paying")
        order._step("paid", channel_number="4201")
        order._on_paid()
        self.assertEqual(order.business_state, "failed")
        self.assertIn("5.00", order.business_error)
        self.assertEqual((settlement.state, account.balance), ("paying", 5))
        self.assertEqual(set(settlement.line_ids.charge_id.mapped("state")), {"unsettled"})
        self.assertTrue(self.env["hospital.refund"].search([("order_id", "=", order.id)]), order.error)

    def test_a_failed_phone_is_replaced_by_cash(self):
        settlement = self.pay(self.visit_charges(), self.by_phone(31.9))
        order = settlement.tender_ids.order_id
        order._step("paying")
        with self.assertRaisesRegex(UserError, "Wait for the end"), self.cr.savepoint():
            self.desk().pay_more(settlement.id, [self.by_cash(40)])
        order._step("failed", error="余额不足")
        answer = self.desk().pay_more(settlement.id, [self.by_cash(40)])
        self.assertEqual((answer["settlement"]["state"], answer["settlement"]["change"]), ("done", 8.1))

    def test_a_payment_that_comes_after_giving_up_goes_back(self):
        settlement = self.pay(self.visit_charges(), self.by_phone(31.9, "qr"))
        order = settlement.tender_ids.order_id
        order._step("paying")
        with self.assertRaisesRegex(UserError, "not known yet"), self.cr.savepoint():
            settlement.with_user(self.cashier)._abandon()
        order._step("closed", close_result="closed")
        settlement.with_user(self.cashier)._abandon()
        order._step("paid", channel_number="4202")
        order._on_paid()
        self.assertEqual(order.business_state, "failed")
        self.assertEqual(settlement.state, "cancelled")

    # === STAYS ===

    def test_interim_settlement_to_a_date(self):
        old = self.charge(self.bed_day, 3, service_at=self.now - timedelta(days=5))
        young = self.charge(self.bed_day, 1, service_at=self.now)
        deposit = self.new_deposit(200)
        day = self.env.company._hospital_today() - timedelta(days=2)
        settlement = self.pay(
            self.env["hospital.charge"],
            self.by_account(deposit, 135),
            encounter=self.inpatient,
            expected=135,
            date_to=fields.Date.to_string(day),
        )
        self.assertRecordValues(settlement, [{"kind": "interim", "state": "done", "date_to": day}])
        self.assertEqual((old.state, young.state, deposit.balance), ("settled", "unsettled", 65))
        self.assertFalse(settlement.refund_ids, "the deposit stays until the discharge")

    def test_discharge_gives_the_rest_of_the_deposit_back(self):
        self.charge(self.bed_day, 3, service_at=self.now - timedelta(days=5))
        deposit = self.new_deposit(200)
        self.discharge()
        settlement = self.pay(
            self.env["hospital.charge"], self.by_account(deposit, 135), encounter=self.inpatient, expected=135
        )
        self.assertEqual((settlement.kind, settlement.state), ("discharge", "done"))
        refund = self.env["hospital.refund"].search([("account_id", "=", deposit.id)])
        self.assertEqual(refund.amount, 65)
        self.assertEqual(refund.state, "requested")

    def test_discharge_collects_what_is_missing(self):
        self.charge(self.bed_day, 3, service_at=self.now - timedelta(days=5))
        deposit = self.new_deposit(100)
        self.discharge()
        settlement = self.pay(
            self.env["hospital.charge"],
            self.by_account(deposit, 100),
            self.by_cash(50),
            encounter=self.inpatient,
            expected=135,
        )
        self.assertEqual((settlement.cash_change, deposit.balance), (15, 0))
        self.assertFalse(self.env["hospital.refund"].search([("account_id", "=", deposit.id)]))

    def test_discharge_after_an_interim_settlement_that_was_too_much(self):
        """The reversal is more than what was charged since: money goes back out of the interim settlement."""
        charge = self.charge(self.bed_day, 4, service_at=self.now - timedelta(days=5))
        interim = self.pay(self.env["hospital.charge"], self.by_cash(200), encounter=self.inpatient, expected=180)
        charge._reverse(2, "wrong number of days")
        self.charge(self.blood, 2)
        self.discharge(self.now)
        settlement = self.pay(self.env["hospital.charge"], encounter=self.inpatient, expected=-77)
        self.assertRecordValues(settlement, [{"state": "done", "due_total": -77}])
        self.assertEqual(interim.paid_back_total, 77)
        self.assertEqual(interim.refund_ids.amount, 77)

    def test_the_stay_says_what_kind_it_is(self):
        Settlement = self.env["hospital.settlement"]
        self.charge(self.blood)
        for encounter, kind, words in (
            (self.inpatient, "discharge", "not discharged yet"),
            (self.inpatient, "outpatient", "not discharged yet"),
            (self.outpatient, "interim", "there is no stay"),
        ):
            with self.assertRaisesRegex(UserError, words):
                Settlement._start(encounter, kind=kind)

    # === WHO ===

    def test_roles(self):
        charges = self.visit_charges()
        for role in ("nurse", "doctor", "finance_clerk", "registrar", "auditor"):
            self.refused("Only cashiers", charges, self.by_cash(), user=self.users[role], error=AccessError)
        settlement = self.pay(charges, self.by_cash())
        for role in ("cashier", "finance_manager"):
            seen = settlement.with_user(self.users[role])
            self.assertTrue(seen.number)
            for step in (
                lambda seen=seen: seen.write({"due_total": 1}),
                lambda seen=seen: seen.unlink(),
                lambda seen=seen: seen.copy(),
                lambda seen=seen: seen.line_ids.write({"amount": 1}),
                lambda seen=seen: seen.tender_ids.unlink(),
            ):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    step()
        with self.assertRaises(UserError):
            settlement.unlink()
        with self.assertRaises(AccessError):
            settlement.with_user(self.users["nurse"]).read(["number"])

    def test_campuses_are_apart(self):
        charges = self.visit_charges()
        self.refused("", charges, self.by_cash(), user=self.far_cashier, error=AccessError)
        settlement = self.pay(charges, self.by_cash())
        far = self.far_cashier
        self.assertFalse(self.env["hospital.settlement"].with_user(far).search([("id", "=", settlement.id)]))
        for step in (
            lambda: settlement.with_user(far).read(["number"]),
            lambda: self.desk(far).look(settlement.id),
            lambda: self.desk(far).receipt(settlement.id),
            lambda: settlement.with_user(far)._cancel("mine"),
            lambda: settlement.with_user(far)._refund_lines({charges[0].id: 1}, "mine"),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                step()
        self.assertFalse(self.desk(far).open_patient(self.patient.id)["encounters"])
        self.assertFalse(self.desk(far).open_patient(self.patient.id)["recent"])

    # === THE SCREEN ===

    def test_find_by_card_number_and_pinyin(self):
        account = self.new_card_account()
        self.visit_charges()
        for text in (account.card_id.number, self.patient.number, "张三丰", "zsf", self.outpatient.number):
            with self.subTest(text=text):
                found = {row["id"]: row for row in self.desk().find(text)["patients"]}
                self.assertIn(self.patient.id, found)
                self.assertEqual(found[self.patient.id]["unsettled"], 31.9)
        self.assertEqual(self.desk().find("  ")["patients"], [])

    def test_the_number_on_a_receipt_finds_its_settlement(self):
        settlement = self.pay(self.visit_charges(), self.by_cash())
        self.assertEqual(self.desk().find(settlement.number)["settlement_id"], settlement.id)

    def test_open_patient_shows_what_is_due(self):
        charges = self.visit_charges()
        self.charge(self.bed_day, 1)
        account = self.new_card_account(12)
        screen = self.desk().open_patient(self.patient.id)
        self.assertEqual([row["id"] for row in screen["encounters"]], [self.outpatient.id, self.inpatient.id])
        self.assertEqual({line["id"] for line in screen["visit"]["lines"]}, set(charges.ids))
        self.assertEqual(screen["visit"]["total"], 31.9)
        self.assertEqual(screen["visit"]["accounts"][0]["balance"], 12)
        self.assertEqual(screen["visit"]["accounts"][0]["id"], account.id)
        stay = self.desk().open_patient(self.patient.id, self.inpatient.id)["visit"]
        self.assertEqual((stay["settle_kind"], stay["lines"], stay["total"]), ("interim", [], 45))
        self.pay(charges, self.by_cash())
        self.assertEqual(len(self.desk().open_patient(self.patient.id)["recent"]), 1)

    def test_the_shares_are_a_hook_and_must_be_the_whole(self):
        settlement = (
            self.env["hospital.settlement"]
            .with_user(self.cashier)
            ._start(self.outpatient, charges=self.visit_charges())
        )
        cls = self.env.registry["hospital.settlement"]
        fund = [
            {"payer_kind": "fund", "name": "统筹基金", "amount": 20.0},
            {"payer_kind": "self", "name": "个人", "amount": 11.9},
        ]
        self.patch(cls, "_shares", lambda self: fund)
        settlement.sudo()._reckon()
        self.assertRecordValues(settlement, [{"charge_total": 31.9, "self_total": 11.9, "due_total": 11.9}])
        settlement._plan([self.by_cash()])
        settlement._pay()
        self.assertEqual(settlement.state, "done")
        self.patch(cls, "_shares", lambda self: fund[:1])
        with self.assertRaisesRegex(UserError, "not what was charged"):
            settlement.sudo()._reckon()

    def test_old_and_new_shift_of_the_cashier(self):
        shift = self.shift_of()
        shift.sudo().opened_at = fields.Datetime.now() - timedelta(hours=30)
        self.refused("Count it before", self.visit_charges(), self.by_cash())
        self.env.company.hospital_shift_hours = 0
        self.assertEqual(self.pay(self.visit_charges(), self.by_cash()).shift_id, shift)
