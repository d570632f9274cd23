from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .charges_common import ChargesCase


@tagged("post_install", "-at_install")
class TestChargesWizards(ChargesCase):
    def entry(self, role="cashier", encounter=None, lines=()):
        form = Form(self.env["hospital.charge.entry"].with_user(self.users[role]))
        form.encounter_id = (encounter or self.inpatient).with_user(self.users[role])
        for product, quantity in lines:
            with form.line_ids.new() as line:
                line.product_id = product
                if quantity != 1:
                    line.quantity = quantity
        return form

    def cancel(self, role="cashier", charges=None, quantities=(), **reason):
        cancels = self.env["hospital.charge.cancel"].with_user(self.users[role])
        context = {"default_encounter_id": self.inpatient.id}
        if charges is not None:
            context["default_charge_ids"] = charges.ids
        form = Form(cancels.with_context(**context))
        for name, value in (reason or {"reason_kind": "wrong_item"}).items():
            form[name] = value
        for index, quantity in quantities:
            with form.line_ids.edit(index) as line:
                line.quantity = quantity
        return form

    # === ENTERING ===

    def test_a_clerk_enters_lines_and_sees_the_sum_before_confirming(self):
        form = self.entry(lines=[(self.blood, 1), (self.gauze, 3), (self.drug, 2)])
        self.assertEqual((form.total, form.line_count), (45.35, 3))
        self.assertEqual((form.order_department_id, form.order_practitioner_id), (self.medicine, self.doctor))
        self.assertIn("内科", form.place)
        action = form.save().action_confirm()
        charges = self.env["hospital.charge"].search([("encounter_id", "=", self.inpatient.id)])
        self.assertAlmostEqual(sum(charges.mapped("amount")), 45.35)
        self.assertEqual(charges.create_uid, self.users["cashier"])
        self.assertIn("45.35", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["type"], "ir.actions.act_window_close")

    def test_confirming_twice_charges_once(self):
        entry = self.entry(lines=[(self.blood, 1)]).save()
        entry.action_confirm()
        with self.assertRaisesRegex(UserError, "Nothing was entered"):
            entry.action_confirm()

    def test_next_patient_starts_afresh(self):
        action = self.entry(lines=[(self.blood, 1)]).save().action_confirm_next()
        self.assertEqual(action["params"]["next"]["res_model"], "hospital.charge.entry")
        self.assertFalse(action["params"]["next"]["res_id"])

    def test_an_empty_form_is_refused(self):
        with self.assertRaisesRegex(UserError, "Nothing was entered"):
            self.entry().save().action_confirm()

    def test_the_price_is_the_list_s_unless_the_item_leaves_it_open(self):
        form = self.entry(lines=[(self.blood, 1)])
        with form.line_ids.edit(0) as line, self.assertRaises(AssertionError):
            line.price_unit = 1
        with form.line_ids.new() as line:
            line.product_id = self.open_item
            line.price_unit = 12.3
        form.save().action_confirm()
        self.assertEqual(
            sorted(self.env["hospital.charge"].search([("encounter_id", "=", self.inpatient.id)]).mapped("amount")),
            [6.5, 12.3],
        )

    def test_a_discharged_patient_gets_a_warning_and_a_time_in_the_stay(self):
        self.assertFalse(self.entry().notice)
        self.discharge()
        form = self.entry("nurse", lines=[(self.blood, 1)])
        self.assertIn("late charges", form.notice)
        self.assertEqual(form.service_at, self.inpatient.end_at)
        form.save().action_confirm()
        self.assertTrue(self.env["hospital.charge"].search([("encounter_id", "=", self.inpatient.id)]).is_late)

    def test_roles_without_the_desk(self):
        for role in ("doctor", "auditor", "registrar"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.env["hospital.charge.entry"].with_user(self.users[role]).create(
                    {"encounter_id": self.inpatient.id}
                )

    # === CANCELLING ===

    def test_the_preview_is_what_happens(self):
        charges = self.charge(self.blood, 4) | self.charge(self.gauze, 10)
        form = self.cancel(charges=charges)
        self.assertEqual(
            (form.total, form.line_count), (29.5, 2), "what was chosen is taken back wholly unless told otherwise"
        )
        index = next(i for i in range(2) if form.line_ids._records[i]["name"] == "纱布块")
        with form.line_ids.edit(index) as line:
            line.quantity = 3
        self.assertEqual(form.total, 27.05)
        cancel = form.save()
        action = cancel.action_confirm()
        reversals = charges.reversal_ids
        self.assertEqual(sum(reversals.mapped("amount")), -27.05)
        self.assertEqual(set(reversals.mapped("reason")), {"Wrong item"})
        self.assertIn("27.05", action["params"]["message"])
        with self.assertRaises(UserError):
            cancel.action_confirm()
        self.assertEqual(sum(charges.reversal_ids.mapped("amount")), -27.05, "confirmed twice, taken back once")

    def test_from_a_visit_nothing_is_chosen_at_first(self):
        self.charge(self.blood, 4)
        form = self.cancel()
        self.assertEqual((form.total, form.line_count), (0, 0))
        with self.assertRaisesRegex(UserError, "Nothing is chosen"):
            form.save().action_confirm()
        cancel = form.save()
        cancel.action_all()
        self.assertEqual(cancel.total, 26)

    def test_more_than_is_left_cannot_be_typed(self):
        charge = self.charge(self.blood, 4)
        charge._reverse(1, "x")
        form = self.cancel(charges=charge)
        with self.assertLogs("odoo.tests.form.onchange", "WARNING") as logs, form.line_ids.edit(0) as line:
            line.quantity = 5
            self.assertEqual(line.quantity, 3)
        self.assertIn("3 of 静脉采血", logs.output[0])

    def test_a_reason_is_needed(self):
        charge = self.charge()
        cancel = self.cancel(charges=charge, reason_kind="other", reason_note="病人转院").save()
        cancel.action_confirm()
        self.assertEqual(charge.reversal_ids.reason, "Other: 病人转院")
        with self.assertRaises(AssertionError):
            self.cancel(charges=self.charge(), reason_kind="other").save()
        with self.assertRaisesRegex(UserError, "Choose the reason"):
            self.env["hospital.charge.cancel"].create(
                {"encounter_id": self.inpatient.id, "charge_ids": self.charge().ids}
            ).action_confirm()

    def test_settled_money_is_not_the_ward_s_to_give_back(self):
        charge = self.charge()
        charge._settle()
        form = self.cancel("nurse", charges=charge)
        self.assertEqual(form.settled_total, 6.5)
        with self.assertRaisesRegex(AccessError, "cash desk"):
            form.save().action_confirm()
        self.cancel("cashier", charges=charge).save().action_confirm()
        self.assertEqual(charge.reversal_ids.state, "unsettled")

    def test_locked_periods_are_finance_s_and_booked_today(self):
        charge = self.charge(service_at=self.now - timedelta(days=5))
        self.env.company.hospital_lock_date = self.env.company._hospital_today() - timedelta(days=4)
        form = self.cancel("cashier", charges=charge)
        self.assertIn("locked period", form.notice)
        with self.assertRaisesRegex(AccessError, "finance only"):
            form.save().action_confirm()
        self.cancel("finance_clerk", charges=charge).save().action_confirm()
        self.assertEqual(charge.reversal_ids.service_date, self.env.company._hospital_today())

    def test_charges_of_two_visits_are_not_cancelled_together(self):
        both = self.charge() | self.charge(encounter=self.outpatient)
        with self.assertRaisesRegex(UserError, "one visit only"):
            both.action_cancel()
        self.assertEqual(both[0].action_cancel()["context"]["default_charge_ids"], both[0].ids)
