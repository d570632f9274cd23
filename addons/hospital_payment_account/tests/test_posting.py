import random

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_payment.tests.settle_common import SettleCase

TYPES = {
    "channel": "asset_cash",
    "charge": "income",
    "fund": "asset_current",
    "account": "asset_current",
    "other": "asset_current",
    "rounding": "income_other",
    "difference": "expense",
}


@tagged("post_install", "-at_install")
class TestPosting(SettleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        cls.journal = env["account.journal"].create({"name": "收费日结", "code": "SFRJ", "type": "general"})
        env.company.hospital_shift_journal_id = cls.journal
        env["hospital.posting.account"].action_complete()
        cls.rows = env["hospital.posting.account"].search([("company_id", "=", env.company.id)])
        for number, row in enumerate(cls.rows):
            row.account_id = env["account.account"].create(
                {
                    "name": row.display_name,
                    "code": f"HP{number:04}",
                    "account_type": TYPES.get(row.use, "liability_current"),
                }
            )

    def setUp(self):
        super().setUp()
        self.shift = self.shift_of()

    def count(self, shift=None):
        shift = (shift or self.shift).with_user((shift or self.shift).user_id)
        shift.difference_note = "test"
        shift.action_count()

    def close(self, shift=None):
        self.count(shift)
        (shift or self.shift).with_user(self.manager).action_close()

    def posted(self, move):
        """{(use, channel or category): balance}"""
        by_account = {row.account_id: (row.use, row.channel_id.code or row.category_id.code or "") for row in self.rows}
        return {by_account[line.account_id]: line.balance for line in move.line_ids}

    def test_one_balanced_entry(self):
        self.env.company.hospital_cash_rounding = "yuan"
        account = self.new_card_account(10)
        charges = self.visit_charges()
        settlement = self.pay(charges, self.by_account(account, 10), self.by_pos(5), self.by_cash(20))
        settlement.with_user(self.cashier)._refund_lines({charges[0].id: 1}, "x")
        self.close()
        move = self.shift.move_ids
        self.assertRecordValues(move, [{"state": "posted", "journal_id": self.journal.id}])
        lab, drug = self.blood.hospital_charge_category_id.code, self.drug.hospital_charge_category_id.code
        back = settlement.reversal_ids
        self.assertEqual(
            {key: round(amount, 2) for key, amount in self.posted(move).items()},
            {
                ("channel", "bank_card"): 5,
                ("deposit_card", ""): 10,
                ("charge", lab): -6.5,
                ("charge", drug): -18.9,
                ("rounding", ""): round(-settlement.rounding - back.rounding, 2),
                ("owed", ""): back.due_total,
                ("difference", ""): 17,  # 17.00 in cash were taken and nothing was counted
            },
        )
        self.assertTrue(self.shift.is_posted)
        self.assertIn(self.shift.number, move.ref)

    def test_topups_are_owed_not_earned(self):
        self.new_card_account(80)
        deposit = self.new_deposit(500)
        shift = self.shift_of(self.other_cashier)
        self.close(shift)
        sums = self.posted(shift.move_ids)
        self.assertEqual((sums["deposit_card", ""], sums["deposit_inpatient", ""]), (-80, -500))
        self.assertEqual(deposit.balance, 500)

    def test_refunds_are_paid_out_of_what_is_owed(self):
        self.env.company.hospital_refund_free_limit = 100  # small sums need no approval and are handed out at once
        settlement = self.pay(self.visit_charges(), self.by_cash())
        settlement.with_user(self.cashier)._cancel("x")
        self.assertEqual(settlement.refund_ids.state, "done")
        self.close()
        self.assertFalse(self.shift.move_ids, "taken, given back, nothing is left to be posted")

    def test_money_that_went_back_to_an_account_is_a_deposit_again(self):
        self.env.company.hospital_refund_free_limit = 100
        account = self.new_card_account(50)
        settlement = self.pay(self.visit_charges(), self.by_account(account, 31.9))
        settlement.with_user(self.cashier)._cancel("x")
        self.assertEqual(account.balance, 50)
        self.close()
        self.assertFalse(self.shift.move_ids, "spent and back, nothing is left to be posted")

    def test_what_a_channel_pays_back_is_in_the_books(self):
        """Nobody handed it out: it is on the shift of the system, which finance closes as the others."""
        account = self.new_card_account()
        orders = self.env["hospital.pay.order"].with_user(self.cashier).sudo()
        order = orders._open(account, "topup_card", self.wechat, 100, "code", campus_id=self.campus.id)
        order._step("paying")
        order._step("paid")
        order._on_paid(strict=True)
        reason = self.env.ref("hospital_payment.refund_reason_wish")
        refunds = self.env["hospital.refund"].with_user(self.users["finance_clerk"])
        refund = refunds._refund_account(account, 30, reason)
        refund.with_user(self.manager).action_approve()
        refund.sudo().line_ids._channel_says({"state": "done"})
        shift = refund.line_ids.shift_id
        self.assertEqual((shift.place, refund.state), ("system", "done"))
        shift = shift.with_user(self.manager)
        shift.action_count()
        shift.action_close()
        self.assertEqual(self.posted(shift.sudo().move_ids), {("channel", "wechat"): -30, ("deposit_card", ""): 30})

    def test_random_shifts_balance(self):
        draw = random.Random(3)
        self.env.company.hospital_cash_rounding = "jiao"
        account = self.new_card_account(10_000)
        done = []
        for _step in range(40):
            if done and draw.random() < 0.4:
                settlement, charges = done.pop()
                if draw.random() < 0.5:
                    settlement.with_user(self.cashier)._cancel("x")
                else:
                    settlement.with_user(self.cashier)._refund_lines({charges[0].id: 1}, "x")
                continue
            charges = self.visit_charges((self.gauze, draw.randint(1, 9)), (self.drug, draw.randint(1, 3)))
            part = round(sum(charges.mapped("amount")) * draw.random(), 2) or 0.01
            done.append((self.pay(charges, self.by_account(account, part), self.by_cash()), charges))
        self.close()
        move = self.shift.move_ids
        self.assertEqual(move.state, "posted")
        self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0, 2)
        self.assertNotIn(("clearing", ""), self.posted(move), "all that was paid was settled")
        income = -sum(amount for key, amount in self.posted(move).items() if key[0] == "charge")
        self.assertAlmostEqual(income, self.shift.settled_total, 2)

    def test_paid_in_one_shift_and_settled_in_the_next(self):
        settlement = self.pay(self.visit_charges(), self.by_phone(20), self.by_phone(11.9))
        first = settlement.tender_ids[0].order_id
        first._step("paying")
        first._step("paid", channel_number="5500")
        first._on_paid()
        self.assertEqual(settlement.state, "paying")
        self.close()
        self.assertEqual(self.posted(self.shift.move_ids), {("channel", "wechat"): 20, ("clearing", ""): -20})
        order = settlement.with_user(self.cashier)._pay().sudo()
        order._step("paying")
        order._step("paid", channel_number="5501")
        order._on_paid()
        self.assertEqual(settlement.state, "done")
        self.close(settlement.shift_id)
        self.assertEqual(self.posted(settlement.shift_id.move_ids)["clearing", ""], 20)

    def test_shares_of_others_are_due_from_them(self):
        fund = [
            {"payer_kind": "fund", "name": "统筹基金", "amount": 20.0},
            {"payer_kind": "self", "name": "个人", "amount": 11.9},
        ]
        self.patch(self.env.registry["hospital.settlement"], "_shares", lambda self: fund)
        self.pay(self.visit_charges(), self.by_pos(11.9), expected=11.9)
        self.close()
        sums = self.posted(self.shift.move_ids)
        self.assertEqual((sums["fund", ""], sums["channel", "bank_card"]), (20, 11.9))

    def test_reopening_reverses(self):
        self.pay(self.visit_charges(), self.by_pos(31.9))
        self.close()
        first = self.shift.move_ids
        self.shift.with_user(self.manager)._reopen("x")
        reversal = self.shift.move_ids - first
        self.assertEqual((reversal.reversed_entry_id, reversal.state), (first, "posted"))
        totals = {}
        for line in self.shift.move_ids.line_ids:
            totals[line.account_id] = round(totals.get(line.account_id, 0) + line.balance, 2)
        self.assertEqual(set(totals.values()), {0.0})
        self.assertFalse(self.shift.is_posted)
        self.pay(self.visit_charges((self.blood, 1)), self.by_pos(6.5))
        self.close()
        live = self.shift._live_move()
        self.assertNotIn(live, first | reversal)
        self.assertEqual(self.posted(live)["channel", "bank_card"], 38.4)

    def test_a_missing_account_is_named_and_the_shift_stays_counted(self):
        self.pay(self.visit_charges(), self.by_pos(31.9))
        rows = self.rows.filtered(
            lambda row: row.channel_id == self.pos or row.category_id == self.drug.hospital_charge_category_id
        )
        rows.account_id = False
        self.count()
        with self.assertRaisesRegex(UserError, "No account is set for") as caught, self.cr.savepoint():
            self.shift.with_user(self.manager).action_close()
        for row in rows:
            self.assertIn(row.display_name, str(caught.exception))
        self.assertEqual(self.shift.state, "counted")

    def test_without_a_journal_no_entry_until_it_is_chosen(self):
        self.env.company.hospital_shift_journal_id = False
        self.pay(self.visit_charges(), self.by_pos(31.9))
        self.close()
        self.assertEqual((self.shift.state, self.shift.is_posted), ("closed", False))
        found = self.env["hospital.shift"].search([("state", "=", "closed"), ("is_posted", "=", False)])
        self.assertIn(self.shift, found)
        with self.assertRaisesRegex(UserError, "Choose the journal"), self.cr.savepoint():
            self.shift.with_user(self.manager).action_post_entry()
        self.env.company.hospital_shift_journal_id = self.journal
        with self.assertRaisesRegex(UserError, "Only the finance manager"), self.cr.savepoint():
            self.shift.with_user(self.cashier).action_post_entry()
        self.shift.with_user(self.manager).action_post_entry()
        self.assertTrue(self.shift.is_posted)
        with self.assertRaisesRegex(UserError, "in the books already"):
            self.shift.with_user(self.manager).action_post_entry()

    def test_who_sets_accounts(self):
        Row = self.env["hospital.posting.account"]
        self.rows[0].unlink()
        Row.with_user(self.manager).action_complete()
        self.assertEqual(Row.search_count([("company_id", "=", self.env.company.id)]), len(self.rows))
        for role in ("cashier", "nurse", "it_operator"):
            with self.assertRaises(AccessError):
                Row.with_user(self.users[role]).search([]).read(["use"])
        with self.assertRaises(AccessError):
            Row.with_user(self.users["finance_clerk"]).search([], limit=1).write({"sequence": 1})
        with self.assertRaises(UserError), self.cr.savepoint():
            Row.create({"use": "channel"})
