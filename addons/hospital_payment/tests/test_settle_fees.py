from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.hospital_base.tests.common import proves

from .caller_common import CallerMixin
from .settle_common import SettleCase


@tagged("post_install", "-at_install")
class TestSettleFees(CallerMixin, SettleCase, HttpCase):
    """What a patient reads on his phone; every call goes over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.new_card_account().card_id

    def ask(self, **payload):
        return self.call_in("fees", **{"card_no": self.card.number, "patient_name": self.patient.name, **payload})

    @proves("S2-2.16")
    def test_what_is_paid_and_what_is_due(self):
        charges = self.visit_charges()
        self.charge(self.bed_day, 1)  # of the stay: not an outpatient's
        self.pay(charges[0], self.by_cash())
        reply = self.ask()
        self.assertEqual(reply["code"], "0", reply)
        [visit] = reply["data"]["visits"]
        self.assertEqual((visit["visit_no"], visit["total"], visit["due"]), (self.outpatient.number, "31.90", "18.90"))
        self.assertEqual(reply["data"]["due"], "18.90")
        self.assertEqual(
            [(line["item"], line["quantity"], line["price"], line["amount"], line["paid"]) for line in visit["lines"]],
            [("静脉采血", "2", "6.5", "13.00", "1"), ("阿莫西林胶囊", "1", "18.9", "18.90", "0")],
        )
        charges[1]._reverse(None, "x")
        self.assertEqual(self.ask()["data"]["due"], "0.00")

    @proves("S2-2.16")
    def test_a_period_and_one_visit(self):
        self.visit_charges()
        older = self.new_encounter("outpatient", registered_at=self.now - timedelta(days=40))
        self.charge(self.blood, 1, encounter=older)
        today = self.env.company._hospital_today()

        def numbers(**payload):
            return [visit["visit_no"] for visit in self.ask(**payload)["data"]["visits"]]

        self.assertEqual(numbers(), [self.outpatient.number, older.number])
        self.assertEqual(numbers(date_from=str(today)), [self.outpatient.number])
        self.assertEqual(numbers(date_to=str(today - timedelta(days=20))), [older.number])
        self.assertEqual(numbers(visit_no=older.number), [older.number])
        self.assertEqual(self.ask(date_from="2026-02-02", date_to="2026-02-01")["code"], "business")

    def test_only_for_the_holder_of_the_card(self):
        self.visit_charges()
        for wrong in ({"patient_name": "李四"}, {"card_no": "3300000000"}):
            self.assertEqual(self.ask(**wrong)["code"], "business")
        with self.assertRaises(AccessError):
            self.env["hospital.settlement"].with_user(self.cashier)._receive_fees(None, {})
