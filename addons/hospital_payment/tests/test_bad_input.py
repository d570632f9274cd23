from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ..tools.typed import record_id, typed_amount
from .payment_common import PaymentCase
from .refund_common import RefundCase
from .settle_common import SettleCase

NO_AMOUNTS = (
    "12.345",
    12.345,
    "1e400",
    float("inf"),
    float("nan"),
    1e300,
    10**9,
    "十元",
    "1 2",
    "--1",
    [1],
    {"a": 1},
    True,
)


@tagged("post_install", "-at_install")
class TestTypedAmount(TransactionCase):
    def test_what_is_an_amount(self):
        for value, amount in (
            (None, 0), (False, 0), ("", 0), (0, 0), (12, 12), (12.5, 12.5), ("12.50", 12.5), ("１００", 100), ("３１．９０", 31.9),
            (" 7 ", 7), ("1,000.10", 1000.1), (0.1 + 0.2, 0.3), (31.900000000000002, 31.9), ("-5", -5), (-5.0, -5),
        ):  # fmt: skip
            self.assertEqual(typed_amount(self.env, value), amount, value)

    def test_what_is_none(self):
        for value in NO_AMOUNTS:
            with self.assertRaises(UserError, msg=value):
                typed_amount(self.env, value)
        for value in ("1", 1.5, -1, True, [1], 2**40):
            with self.assertRaises(UserError, msg=value):
                record_id(self.env, value)
        self.assertEqual((record_id(self.env, 7), record_id(self.env, None)), (7, False))


class Untouched:
    """A refusal is a sentence, and nothing is half done."""

    def refuse(self, work, *told):
        """Gives the sentence. What was written before the refusal would be undone by the server as well."""
        with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
            work()
        sentence = refused.exception.args[0]
        self.assertRegex(sentence.strip(), r"[.。！!]$|访问权限。?$|access\.?$", sentence)
        for word in told:
            self.assertIn(word, sentence)
        self.env.invalidate_all()
        return sentence

    def count(self):
        return {
            model: self.env[model].search_count([])
            for model in (
                "hospital.settlement", "hospital.settlement.tender", "hospital.pay.order", "hospital.account.entry",
                "hospital.refund", "hospital.account",
            )
        }  # fmt: skip


@tagged("post_install", "-at_install")
class TestBadInputAtTheDesk(Untouched, SettleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def setUp(self):
        super().setUp()
        self.account = self.new_card_account(100)
        self.charges = self.visit_charges()  # 31.90
        self.shift_of()
        self.before = self.count()

    def assert_untouched(self):
        self.assertEqual(self.count(), self.before)
        self.assertEqual(set(self.charges.mapped("state")), {"unsettled"})
        self.assertEqual(self.account.balance, 100)

    def test_amounts(self):
        for amount in (*NO_AMOUNTS, None, 0, -31.9, "-31.9", 31.89, 31.91, 1000000):
            for tender in (self.by_pos(amount), self.by_account(self.account, amount), self.by_phone(amount)):
                self.refuse(lambda tender=tender: self.pay(self.charges, tender))
        for given in (*NO_AMOUNTS, -50, 31.89, "3"):
            self.refuse(lambda given=given: self.pay(self.charges, self.by_cash(given)))
        for expected in (*NO_AMOUNTS, 31.89, "31", -31.9):
            self.refuse(lambda expected=expected: self.pay(self.charges, self.by_cash(), expected=expected))
        self.assert_untouched()
        settlement = self.pay(self.charges, self.by_pos("３１．９０"), expected="３１．９０")
        self.assertEqual((settlement.state, settlement.tender_ids.amount), ("done", 31.9))

    def test_things_that_are_not_there(self):
        desk = self.desk()
        cash = self.by_cash()
        good = {"encounter_id": self.outpatient.id, "charge_ids": self.charges.ids, "expected": 31.9, "tenders": [cash]}
        others = self.charge(self.blood, 1, encounter=self.new_encounter("outpatient"))
        for wrong in (
            {"encounter_id": 999999999}, {"encounter_id": "x"}, {"encounter_id": None}, {"encounter_id": -1}, {"encounter_id": [1]},
            {"charge_ids": [999999999]}, {"charge_ids": others.ids}, {"charge_ids": ["x"]}, {"charge_ids": "x"}, {"charge_ids": []},
            {"tenders": [{"channel_id": 999999999, "amount": 31.9}]}, {"tenders": [{"channel_id": "x", "amount": 31.9}]},
            {"tenders": [{"amount": 31.9}]}, {"tenders": []}, {"tenders": [cash, cash]}, {"expected": None},
            {"tenders": [{**self.by_account(self.account, 31.9), "account_id": 999999999}]},
            {"tenders": [{**self.by_account(self.account, 31.9), "account_id": "x"}]},
            {"tenders": [self.by_pos(31.9, "  ")]}, {"tenders": [{**self.by_phone(31.9), "way": "cash"}]},
        ):  # fmt: skip
            self.refuse(lambda wrong=wrong: desk.pay({**good, **wrong}))
        self.refuse(
            lambda: desk.pay({"encounter_id": self.inpatient.id, "date_to": "the day", "tenders": []}), "the day"
        )
        for number in (999999999, "x", None, -1):
            for name in ("look", "abandon", "drop", "receipt", "pay_qr"):
                self.refuse(lambda name=name, number=number: getattr(desk, name)(number))
        for text in ("", "   ", None, 5, "'", "１２３", "x" * 5000, "S" + "9" * 17):
            self.assertEqual(desk.find(text)["patients"], [], text)
        self.assertLessEqual(len(desk.find("%")["patients"]), 12)
        self.assert_untouched()

    def test_another_campus_and_nobodys_right(self):
        values = {"encounter_id": self.outpatient.id, "charge_ids": self.charges.ids, "expected": 31.9, "tenders": [self.by_cash()]}  # fmt: skip
        self.refuse(lambda: self.desk(self.far_cashier).pay(values), "not open to you", "campus")
        for role in ("nurse", "finance_clerk", "auditor"):
            self.refuse(lambda role=role: self.desk(self.users[role]).pay(values))
            self.refuse(lambda role=role: self.desk(self.users[role]).find("张"))
        self.assert_untouched()
        settlement = self.pay(self.charges, self.by_cash())
        self.refuse(lambda: self.desk(self.far_cashier).look(settlement.id))
        self.refuse(lambda: self.desk(self.far_cashier).receipt(settlement.id))
        self.refuse(lambda: settlement.with_user(self.far_cashier)._cancel("x"))
        self.refuse(lambda: settlement.with_user(self.users["finance_clerk"])._cancel("x"))
        self.assertEqual(settlement.state, "done")

    def test_taking_back(self):
        settlement = self.pay(self.charges, self.by_cash())
        mine = settlement.with_user(self.cashier)
        charge = self.charges[0]
        before = self.count()
        for quantity in (3, -1, 1e9, 2.5):
            self.refuse(lambda quantity=quantity: mine._refund_lines({charge.id: quantity}, "x"))
        self.refuse(lambda: mine._refund_lines({charge.id: 0}, "x"))
        self.refuse(lambda: mine._refund_lines({999999999: 1}, "x"), "999999999")
        for reason in ("", "  ", None):
            self.refuse(lambda reason=reason: mine._refund_lines({charge.id: 1}, reason))
            self.refuse(lambda reason=reason: mine._cancel(reason))
        back = self.env["hospital.settlement.back"].with_user(self.cashier)
        self.refuse(lambda: back.create({"settlement_id": settlement.id, "is_whole": True}).action_confirm())
        self.assertEqual((self.count(), settlement.state, settlement.paid_back_total), (before, "done", 0))


@tagged("post_install", "-at_install")
class TestBadInputOfTopUps(Untouched, PaymentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def desk(self, user="cashier", **values):
        values = {"patient_id": self.patient.id, "card_id": self.card.id, "amount": 10, **values}
        return self.env["hospital.topup"].with_user(self.users[user]).create(values)

    def test_amounts(self):
        self.env["hospital.shift"]._current(user=self.users["cashier"], campus=self.campus)
        before = self.count()
        for amount in (*NO_AMOUNTS, None, 0, -10, "-10", 50000.01, 99999999):
            self.refuse(lambda amount=amount: self.desk(amount=amount).action_pay())
            desk = self.desk()
            self.refuse(lambda desk=desk, amount=amount: desk.write({"amount": amount}) and desk.action_pay())
        for given in (*NO_AMOUNTS, -1, 9.99):
            self.refuse(lambda given=given: self.desk(cash_given=given).action_pay())
        self.refuse(lambda: self.desk(channel_id=self.channels["bank_card"].id, reference="  ").action_pay())
        self.refuse(lambda: self.desk(card_id=False, patient_id=False).action_pay())
        self.assertEqual((self.count(), self.account.balance), (before, 0))
        self.desk(amount="１００").action_pay()
        self.assertEqual(self.account.balance, 100)

    def test_payment_codes(self):
        order = self.order("wechat")
        for code in ("", None, " ", "x", "１３", "2" * 40, "8" * 18):
            self.refuse(lambda code=code: order.hospital_pay_code(code))
        self.assertEqual((order.state, self.calls), ("created", []))

    def test_another_campus_and_nobodys_right(self):
        for user in ("nurse", "finance_clerk", "auditor", "doctor"):
            self.refuse(lambda user=user: self.desk(user))
        self.users["far"] = self.users["cashier"].copy(
            {
                "login": "bad_input_far",
                "hospital_campus_ids": [Command.set(self.other_campus.ids)],
                "hospital_campus_id": self.other_campus.id,
            }
        )
        values = {"kind": "inpatient", "card_id": False, "encounter_id": self.inpatient.id}
        self.refuse(lambda: self.desk("far", **values).action_pay())
        order = self.order("wechat")
        for call in ("hospital_pay_qr", "hospital_give_up", "hospital_poll"):
            self.refuse(lambda call=call: getattr(order.with_user(self.users["far"]), call)())
        self.assertEqual((self.deposit.balance, order.state), (0, "created"))


@tagged("post_install", "-at_install")
class TestBadInputOfRefunds(Untouched, RefundCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def setUp(self):
        super().setUp()
        self.topup(100)

    def ask(self, role="clerk", **values):
        values = {"account_id": self.account.id, "reason_id": self.reason.id, "amount": 10, **values}
        return self.as_(role, self.env["hospital.refund.ask"]).create(values).action_ask()

    def test_amounts(self):
        before = self.count()
        for amount in (*NO_AMOUNTS, 0, -10, "-10", 100.01, 99999999):
            self.refuse(lambda amount=amount: self.ask(amount=amount))
        self.refuse(lambda: self.ask(account_id=False))
        self.refuse(lambda: self.ask(reason_id=self.env.ref("hospital_payment.refund_reason_other").id, note="  "))
        self.assertEqual((self.count(), self.account.balance), (before, 100))
        refund = self.env["hospital.refund"].browse(self.ask(amount="１０")["res_id"])
        self.assertEqual(refund.amount, 10)

    def test_nobodys_right_and_another_campus(self):
        before = self.count()
        for role in ("nurse", "doctor", "auditor", "registrar"):
            self.refuse(lambda role=role: self.ask(role))
        self.assertEqual(self.count(), before)
        refund = self.ask_back(40)
        far = {"hospital_campus_ids": [Command.set(self.other_campus.ids)], "hospital_campus_id": self.other_campus.id}
        for login, role in (("far_approver", "approver"), ("far_cashier", "cashier")):
            self.users[login] = self.users[role].copy({"login": f"bad_input_{login}", **far})
        self.refuse(lambda: self.approve(refund, "far_approver"))
        self.refuse(lambda: self.approve(refund, "cashier"))
        self.refuse(lambda: self.approve(refund, "clerk"))
        for reason in ("", "   ", None):
            self.refuse(lambda reason=reason: self.as_("approver", refund)._decide("reject", reason))
        self.assertEqual((refund.state, self.account.balance), ("requested", 100))
        self.approve(refund)
        self.refuse(lambda: self.as_("far_cashier", refund)._pay_out_desk({}))
        self.refuse(lambda: self.as_("clerk", self.env["hospital.refund.payout"]).create({"refund_id": refund.id}))
        self.assertEqual((refund.state, refund.desk_amount), ("approved", 40))
        self.as_("cashier", refund)._pay_out_desk({})
        self.refuse(lambda: self.as_("cashier", refund)._pay_out_desk({}))
        self.assertEqual((refund.state, self.account.balance), ("done", 60))
        self.assert_books()
