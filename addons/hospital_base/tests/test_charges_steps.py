from datetime import timedelta
from random import Random

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import float_round

from .charges_common import ChargesCase


@tagged("post_install", "-at_install")
class TestChargesSteps(ChargesCase):
    # === IMMUTABLE ===

    def test_facts_never_change_whoever_asks(self):
        charge = self.charge()
        for user in (self.env.user, self.users["finance_manager"], self.users["cashier"]):
            for values in (
                {"amount": 1},
                {"quantity": 2},
                {"service_at": self.now},
                {"encounter_id": self.outpatient.id},
            ):
                with self.subTest(user=user.login, values=values), self.assertRaises(UserError):
                    charge.with_user(user).write(values)
        with self.assertRaisesRegex(UserError, "never changed"):
            charge.sudo().write({"price_unit": 1})
        with self.assertRaisesRegex(UserError, "by its own steps"):
            charge.sudo().state = "settled"
        with self.assertRaisesRegex(UserError, "never deleted"):
            charge.unlink()
        with self.assertRaises(AccessError):
            charge.with_user(self.users["finance_manager"]).unlink()

    def test_a_copy_is_a_new_unsettled_charge(self):
        charge = self.charge(quantity=2)
        charge._settle()
        charge._reverse(1, "多收")
        with self.assertRaises(UserError):
            charge.with_user(self.users["cashier"]).copy()

    def test_two_files_of_one_person_may_become_one(self):
        charge = self.charge()
        other = self.env["hospital.patient"].create({"name": "张三丰", "sex": "1"})
        charge.sudo().write({"patient_id": other.id})
        self.assertEqual(charge.patient_id, other)
        with self.assertRaises(UserError):
            charge.with_user(self.users["cashier"]).write({"patient_id": self.patient.id})

    # === REVERSING ===

    def test_a_whole_reversal_before_settlement_closes_both(self):
        charge = self.charge(quantity=2)
        reversal = charge._reverse(reason="开错")
        self.assertEqual((reversal.quantity, reversal.amount, reversal.price_unit), (-2, -13, 6.5))
        self.assertEqual(
            (reversal.reversal_of_id, reversal.reason, reversal.service_at), (charge, "开错", charge.service_at)
        )
        self.assertEqual((charge.state, reversal.state), ("reversed", "reversed"))
        self.assertEqual((charge.quantity, charge.amount), (2, 13), "the original stays as it was")
        self.assertEqual((charge.open_quantity, charge.open_amount), (0, 0))
        for name in ("patient_id", "campus_id", "category_id", "order_department_id", "exec_department_id", "uom_id"):
            self.assertEqual(reversal[name], charge[name])

    def test_parts_until_nothing_is_left(self):
        charge = self.charge(quantity=3)
        first = charge._reverse(1, "多收")
        self.assertEqual((charge.state, first.state, charge.open_quantity), ("unsettled", "unsettled", 2))
        with self.assertRaisesRegex(UserError, "Only 2 of"):
            charge._reverse(2.5, "多收")
        second = charge._reverse(reason="多收")
        self.assertEqual(
            (second.quantity, charge.state, first.state, second.state), (-2, "reversed", "reversed", "reversed")
        )
        with self.assertRaisesRegex(UserError, "already reversed"):
            charge._reverse(reason="多收")

    def test_nonsense_is_refused(self):
        charge = self.charge(quantity=2)
        for quantity in (0, -1, 0.001):
            with self.assertRaisesRegex(UserError, "more than zero"):
                charge._reverse(quantity, "x")
        for reason in (None, "", "  "):
            with self.assertRaisesRegex(UserError, "reason"):
                charge._reverse(reason=reason)
        reversal = charge._reverse(1, "x")
        with self.assertRaisesRegex(UserError, "itself a reversal"):
            reversal._reverse(reason="x")

    def test_many_at_once_each_its_own_quantity(self):
        one, two = self.charge(quantity=3), self.charge(self.gauze, 10)
        reversals = (one | two)._reverse({one.id: 1, two.id: 10}, "退费")
        self.assertEqual(reversals.mapped("amount"), [-6.5, -3.5])
        self.assertEqual((one.state, two.state), ("unsettled", "reversed"))

    def test_all_parts_together_are_the_amount_to_the_cent(self):
        """Any cutting of any amount: the running total is rounded, so no part is of the wrong sign and nothing is lost."""
        self.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 4
        draw = Random("parts of charges")
        cases = [(4, 0.005), (3, 0.005), (7, 0.3333), (100, 0.0049), (3, 33.3333), (1.5, 0.01)]
        cases += [(draw.choice((1, 2, 3, 7, 12, 0.5, 2.25)), round(draw.uniform(0, 50), 4)) for _ in range(20)]
        for quantity, price in cases:
            with self.subTest(quantity=quantity, price=price):
                charge = self.charge(self.open_item, quantity, price_unit=price)
                parts = []
                while charge.open_quantity:
                    piece = min(
                        float_round(draw.uniform(0.01, quantity / 2), precision_digits=2) or 0.01, charge.open_quantity
                    )
                    parts.append(charge._reverse(piece, "部分退").amount)
                self.assertEqual(float_round(sum(parts), precision_digits=2), -charge.amount)
                self.assertTrue(all(part <= 0 for part in parts), parts)
                self.assertEqual(charge.reversed_amount, charge.amount)

    def test_a_settled_charge_stays_settled_and_its_reversal_is_to_be_paid_back(self):
        charge = self.charge(quantity=2, service_at=self.now - timedelta(days=3))
        charge._settle()
        reversal = charge._reverse(1, "退费")
        self.assertEqual((charge.state, reversal.state, reversal.amount), ("settled", "unsettled", -6.5))
        self.assertEqual(reversal.service_date, self.env.company._hospital_today(), "money goes back today")
        reversal._settle()
        self.assertEqual(reversal.state, "settled")
        last = charge._reverse(reason="退费")
        self.assertEqual((charge.state, last.state), ("settled", "unsettled"))

    def test_locked_days_are_reversed_in_an_open_one_only(self):
        charge = self.charge(service_at=self.now - timedelta(days=5))
        self.env.company.hospital_lock_date = self.env.company._hospital_today() - timedelta(days=5)
        with self.assertRaisesRegex(UserError, "locked"):
            charge._reverse(reason="退费")
        reversal = charge._reverse(reason="退费", at=self.now)
        self.assertEqual(reversal.service_at, self.now)
        self.assertEqual(charge.state, "reversed")

    # === SETTLING ===

    def test_settle_and_unsettle_go_along_the_allowed_steps(self):
        charge = self.charge()
        charge._settle()
        with self.assertRaisesRegex(UserError, "cannot become"):
            charge._settle()
        charge._unsettle()
        self.assertEqual(charge.state, "unsettled")
        with self.assertRaisesRegex(UserError, "cannot become"):
            charge._unsettle()
        charge._reverse(reason="开错")
        for step in (charge._settle, charge._unsettle):
            with self.assertRaisesRegex(UserError, "cannot become"):
                step()

    def test_a_charge_taken_back_in_part_is_settled_with_its_reversal(self):
        charge = self.charge(quantity=2)
        reversal = charge._reverse(1, "多收")
        with self.assertRaisesRegex(UserError, "Settle both together"):
            reversal._settle()
        with self.assertRaisesRegex(UserError, "together with its reversal"):
            charge._settle()
        (charge | reversal)._settle()
        self.assertEqual(set((charge | reversal).mapped("state")), {"settled"})

    def test_undoing_a_settlement_closes_what_was_taken_back_since(self):
        charge = self.charge()
        charge._settle()
        reversal = charge._reverse(reason="退费")
        charge._unsettle()
        self.assertEqual((charge.state, reversal.state), ("reversed", "reversed"))

    def test_settlements_are_undone_in_turn(self):
        charge = self.charge()
        charge._settle()
        reversal = charge._reverse(reason="退费")
        reversal._settle()
        with self.assertRaisesRegex(UserError, "later settlement first"):
            charge._unsettle()
        reversal._unsettle()
        self.assertEqual((charge.state, reversal.state), ("settled", "unsettled"))
        charge._unsettle()
        self.assertEqual((charge.state, reversal.state), ("reversed", "reversed"))

    def test_no_step_is_open_to_rpc(self):
        for name in ("_settle", "_unsettle", "_reverse", "_charge", "_write_checked", "_create_checked"):
            self.assertTrue(name.startswith("_") and hasattr(self.env["hospital.charge"], name))
