from contextlib import contextmanager

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .payment_common import PaymentCase


@tagged("post_install", "-at_install")
class TestAccounts(PaymentCase):
    """The ledger: what the code refuses in a sentence, the database refuses once more."""

    @contextmanager
    def database_refuses(self, *codes):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.Error) as caught, self.cr.savepoint():
            yield
        self.assertIn(caught.exception.pgcode, codes)

    def entry(self, **vals):
        columns = {
            "account_id": self.account.id, "account_kind": "card", "campus_id": self.campus.id,
            "company_id": self.env.company.id, "currency_id": self.env.company.currency_id.id, "kind": "topup", "amount": 1,
            "at": "2026-01-01", "day": "2026-01-01", "place": "window", **vals,
        }  # fmt: skip
        query = SQL(
            "INSERT INTO hospital_account_entry (%s) VALUES %s RETURNING id",
            SQL(", ").join(map(SQL.identifier, columns)),
            tuple(columns.values()),
        )
        self.env.cr.execute(query)
        return self.env.cr.fetchone()[0]

    def book(self, amount, kind=None, account=None, **vals):
        kind = kind or ("topup" if amount > 0 else "spend")
        return self.env["hospital.account"]._book(
            [{"account_id": (account or self.account).id, "kind": kind, "amount": amount, **vals}]
        )

    def test_balance_is_the_sum_of_the_entries(self):
        for amount in (100, 50.55, -20.05, -0.5):
            self.book(amount)
        self.assertEqual(self.account.balance, 130)
        self.env.cr.execute("SELECT sum(amount) FROM hospital_account_entry WHERE account_id = %s", [self.account.id])
        self.assertEqual(float(self.env.cr.fetchone()[0]), 130)

    def test_entries_are_never_changed(self):
        entry = self.book(100)
        for query in (
            "UPDATE hospital_account_entry SET amount = 1 WHERE id = %s",
            "DELETE FROM hospital_account_entry WHERE id = %s",
        ):
            with self.database_refuses("42501"):
                self.env.cr.execute(query, [entry.id])
        with self.database_refuses("42501"):
            self.env.cr.execute("TRUNCATE hospital_account_entry CASCADE")

    def test_the_balance_moves_by_entries_only(self):
        self.book(100)
        with self.database_refuses("42501"):
            self.env.cr.execute("UPDATE hospital_account SET balance = 1000000 WHERE id = %s", [self.account.id])
        with self.database_refuses("42501"):
            self.account.sudo().write({"balance": 7})
            self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute("SELECT balance FROM hospital_account WHERE id = %s", [self.account.id])
        self.assertEqual(float(self.env.cr.fetchone()[0]), 100)

    def test_never_below_zero(self):
        self.book(10)
        with self.assertRaisesRegex(UserError, "only"):
            self.book(-10.01)
        with self.database_refuses("23514"):
            self.entry(kind="spend", amount=-10.01)
        self.book(-10)
        self.assertEqual(self.account.balance, 0)

    def test_the_sign_follows_from_the_kind(self):
        self.book(100)
        for kind, amount in (("topup", -1), ("topup", 0), ("spend", 1), ("refund", 1), ("spend", 0), ("reversal", 0)):
            with self.database_refuses("23514"):
                self.entry(kind=kind, amount=amount)

    def test_no_more_is_given_back_than_was_taken(self):
        accounts = self.env["hospital.account"]
        self.book(100)
        spent = self.book(-60)
        accounts._book([accounts._reversal_vals(spent, 20)])
        accounts._book([accounts._reversal_vals(spent, 40)])
        self.assertEqual(self.account.balance, 100)
        with self.assertRaises(UserError):
            accounts._reversal_vals(spent, 0.01)
        for vals in (
            {"amount": 0.01, "reverses_id": spent.id},
            {"amount": -1, "reverses_id": spent.id},
            {"amount": 1},
            {"amount": 1, "reverses_id": spent.id, "account_id": self.deposit.id, "account_kind": "inpatient"},
        ):
            with self.database_refuses("23514"):
                self.entry(kind="reversal", **vals)

    def test_an_order_stands_in_the_ledger_once(self):
        order = self.topup(30)
        self.assertEqual(self.account.balance, 30)
        with self.database_refuses("23505"):
            self.entry(order_id=order.id)

    def test_a_closed_account_takes_nothing(self):
        self.book(5)
        with self.assertRaises(UserError):
            self.account._close()
        self.book(-5)
        self.account._close()
        with self.assertRaises(UserError):
            self.book(5)
        with self.database_refuses("23514"):
            self.entry(amount=5)

    def test_not_closed_while_its_money_is_on_its_way_back(self):
        self.topup(60)
        asked = self.env["hospital.refund"].with_user(self.users["finance_clerk"])
        reason = self.env.ref("hospital_payment.refund_reason_wish")
        refund = asked._refund_account(self.account, 60, reason)
        refund.with_user(self.users["approver"]).action_approve()
        self.assertEqual(self.account.balance, 0)
        for closing in (self.account._close, lambda: self.card._check_step("returned")):
            with self.assertRaisesRegex(UserError, "on their way back"):
                closing()
        refund.with_user(self.users["approver"])._decide("cancel", "患者改主意")
        self.assertEqual(self.account.balance, 60, "it finds its account again")

    def test_a_closed_account_with_money_cannot_be(self):
        self.book(5)
        with self.database_refuses("23514"):
            self.env.cr.execute("UPDATE hospital_account SET state = 'closed' WHERE id = %s", [self.account.id])

    def test_one_account_per_card_and_stay(self):
        accounts = self.env["hospital.account"]
        self.assertEqual(accounts._for_card(self.card), self.account)
        self.assertEqual(accounts._for_encounter(self.inpatient), self.deposit)
        with self.database_refuses("23505"):
            self.account.sudo().copy({"card_id": self.card.id, "number": "YJX"}).flush_recordset()
        with self.assertRaises(UserError):
            accounts._for_encounter(self.outpatient)

    def test_money_goes_over_to_the_new_card(self):
        self.book(40)
        new = self.card._replace("3300000000772", reason="broken")
        self.assertEqual(self.account.card_id, new)
        self.assertEqual(self.env["hospital.account"]._for_card(new), self.account)

    def test_a_card_with_money_is_not_taken_back(self):
        self.book(40)
        with self.assertRaisesRegex(UserError, "still"):
            self.card._change_state("returned")
        self.book(-40)
        self.card._change_state("returned")

    def test_cards_that_hold_no_money(self):
        card_type = self.env["hospital.card.type"].create(
            {"name": "医保卡", "code": "payins", "prefix": "QQ", "kind": "insured", "may_hold_money": False}
        )
        card = self.env["hospital.card"].create(
            {"patient_id": self.patient.id, "number": "QQ1", "type_id": card_type.id}
        )
        with self.assertRaises(UserError):
            self.env["hospital.account"]._for_card(card)

    def test_several_accounts_all_or_none(self):
        self.book(10)
        rows = [
            {"account_id": self.deposit.id, "kind": "topup", "amount": 10},
            {"account_id": self.account.id, "kind": "spend", "amount": -11},
        ]
        with self.assertRaises(UserError):
            self.env["hospital.account"]._book(rows)
        self.assertEqual((self.account.balance, self.deposit.balance), (10, 0))

    def test_nobody_writes_accounts_and_entries(self):
        self.book(10)
        for role in ("cashier", "finance_manager", "it_operator"):
            entries = self.env["hospital.account.entry"].with_user(self.users[role])
            with self.assertRaises(AccessError):
                entries.create({"account_id": self.account.id, "kind": "topup", "amount": 1})
            with self.assertRaises(AccessError):
                self.account.with_user(self.users[role]).write({"state": "closed"})

    def test_low_deposits(self):
        self.env.company.hospital_deposit_threshold = 100
        encounters = self.env["hospital.encounter"]
        low = [("is_deposit_low", "=", True), ("id", "in", (self.inpatient | self.outpatient).ids)]
        self.assertEqual(encounters.search(low), self.inpatient)
        self.book(300, account=self.deposit)
        self.assertFalse(encounters.search(low))
        self.charge(self.bed_day, 5)
        self.inpatient.invalidate_recordset()
        self.assertEqual((self.inpatient.deposit_left, self.inpatient.is_deposit_low), (75, True))
        self.assertEqual(encounters.search(low), self.inpatient)
        self.ward.write({"has_deposit_threshold": True, "deposit_threshold": 50})
        self.inpatient.invalidate_recordset()
        self.assertFalse(self.inpatient.is_deposit_low)
        self.assertFalse(encounters.search(low))
        self.ward.deposit_threshold = 80
        self.inpatient.invalidate_recordset()
        badges = self.bed.with_user(self.users["nurse"])._board_badges()[self.bed.id]
        self.assertIn("Deposit low", [badge["text"] for badge in badges])
