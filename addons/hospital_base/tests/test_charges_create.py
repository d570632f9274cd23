from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .charges_common import ChargesCase


@tagged("post_install", "-at_install")
class TestChargesCreate(ChargesCase):
    def test_facts_that_follow_from_visit_and_item_are_filled(self):
        charge = self.charge(self.gauze, 3)
        self.assertEqual(charge.patient_id, self.patient)
        self.assertEqual(charge.campus_id, self.campus)
        self.assertEqual(charge.company_id, self.env.company)
        self.assertEqual(charge.currency_id, self.env.company.currency_id)
        self.assertEqual((charge.name, charge.category_id.code, charge.uom_id.name), ("纱布块", "08", "次"))
        self.assertEqual((charge.price_unit, charge.amount, charge.state), (0.35, 1.05, "unsettled"))
        self.assertEqual((charge.order_department_id, charge.exec_department_id), (self.medicine, self.medicine))
        self.assertEqual(charge.order_practitioner_id, self.doctor)
        self.assertEqual(charge.service_date, self.env.company._hospital_today())

    def test_amounts_are_rounded_as_the_currency_rounds(self):
        for quantity, price, amount in (
            (3, 0.335, 1.01),
            (1, 0.005, 0.01),
            (0.5, 0.03, 0.02),
            (7, 1.15, 8.05),
            (1, 0.004, 0),
        ):
            with self.subTest(quantity=quantity, price=price):
                self.env["decimal.precision"].search([("name", "=", "Product Price")]).digits = 4
                self.assertEqual(self.charge(self.gauze, quantity, price_unit=price).amount, amount)

    def test_lines_are_inserted_as_odoo_would(self):
        """All lines of a call reach the table in one statement; values, order and what was read before are as always."""
        charges = self.env["hospital.charge"]
        lines = [
            {
                "encounter_id": encounter.id,
                "product_id": item.id,
                "quantity": quantity,
                "service_at": self.now - timedelta(minutes=quantity),
                "origin_ref": "a 'quoted' \\ text {1,2}",
            }
            for quantity, (encounter, item) in enumerate(
                ((self.inpatient, self.gauze), (self.outpatient, self.blood), (self.inpatient, self.drug)), 1
            )
        ]
        before = self.inpatient.charge_ids
        together = charges._charge(lines)
        self.assertEqual(together.mapped("quantity"), [1, 2, 3])
        self.assertEqual(self.inpatient.charge_ids - before, together[0] + together[2])
        with patch.object(type(charges), "_can_insert_together", lambda *_args: False):
            by_odoo = charges._charge(lines)
        names = [name for name, field in charges._fields.items() if field.store and name != "id"]
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(
            together.read(names, load=None),
            [{**row, "id": charge.id} for row, charge in zip(by_odoo.read(names, load=None), together, strict=True)],
        )

    def test_defaults_of_other_addons_hold_for_every_line(self):
        self.env["ir.default"].set("hospital.charge", "reason", "as the addon says")
        self.assertEqual(self.charge(self.gauze, 1).reason, "as the addon says")

    def test_the_day_of_a_service_is_the_hospital_s(self):
        night = datetime(2026, 3, 1, 16, 30)  # half past midnight of 2 March in Shanghai
        self.assertEqual(self.charge(service_at=night).service_date, date(2026, 3, 2))
        self.env.company.hospital_tz = "America/New_York"
        self.env.user.tz = "Pacific/Auckland"
        self.assertEqual(self.charge(service_at=night).service_date, date(2026, 3, 1))

    def test_an_inpatient_s_charge_belongs_to_where_he_lay_then(self):
        second = self.env["hospital.department"].create(
            {"name": "外科", "code": "CW", "campus_id": self.campus.id, "kind": "inpatient"}
        )
        ward = self.env["hospital.ward"].create(
            {"name": "二病区", "code": "C2", "campus_id": self.campus.id, "department_ids": second.ids}
        )
        bed = self.env["hospital.bed"].create({"name": "1", "ward_id": ward.id})
        self.inpatient._transfer(bed, self.now - timedelta(days=2), reason="test")
        charges = self.env["hospital.charge"]._charge(
            [
                {
                    "encounter_id": self.inpatient.id,
                    "product_id": self.blood.id,
                    "service_at": self.now - timedelta(days=ago),
                }
                for ago in (11, 9, 2, 1)
            ]
        )
        self.assertEqual(charges.mapped("order_department_id.name"), ["内科", "外科"])
        self.assertEqual(
            [charge.order_department_id for charge in charges], [self.medicine, self.medicine, second, second]
        )

    def test_quantities_that_cannot_be_meant_are_refused(self):
        for quantity, words in (
            (0, "more than zero"),
            (-1, "more than zero"),
            (0.004, "more than zero"),
            (10000, "more than one"),
        ):
            with self.subTest(quantity=quantity), self.assertRaisesRegex(UserError, words):
                self.charge(quantity=quantity)
        self.env.company.hospital_charge_max_quantity = 20000
        self.assertEqual(self.charge(quantity=10000).amount, 65000)

    def test_a_free_item_may_be_charged_and_a_negative_price_not(self):
        self.assertEqual(self.charge(self.open_item).amount, 0)
        with self.assertRaisesRegex(UserError, "negative"):
            self.charge(self.open_item, price_unit=-1)

    def test_an_item_needs_a_category(self):
        product = self.env["product.product"].create({"name": "办公椅"})
        with self.assertRaisesRegex(UserError, "no charge category"):
            self.charge(product)
        with self.assertRaisesRegex(ValidationError, "no charge category"):
            product.product_tmpl_id.hospital_kind = "other"

    def test_people_charge_from_the_price_list_only(self):
        self.blood.action_archive()
        with self.assertRaisesRegex(UserError, "no longer in the price list"):
            self.by_hand("cashier", self.blood)
        self.assertTrue(self.charge(self.blood), "an addon may re-reckon days on which the item was still there")
        with self.assertRaisesRegex(UserError, "cannot be changed here"):
            self.by_hand("cashier", self.gauze, price_unit=0.1)
        self.assertEqual(self.by_hand("cashier", self.open_item, price_unit=12.5, quantity=2).amount, 25)

    def test_what_the_system_fills_cannot_be_given_by_hand(self):
        for values in (
            {"state": "settled"},
            {"amount": 1.0},
            {"reversal_of_id": self.charge().id},
            {"patient_id": self.patient.id},
            {"service_date": "2026-01-01"},
            {"reversed_quantity": 1},
            {"name": "别的"},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "filled in by the system"):
                self.by_hand("cashier", **values)

    def test_a_marked_context_from_outside_opens_nothing(self):
        charges = self.env["hospital.charge"].with_user(self.users["cashier"])
        for mark in (True, 1, "CHECKED", {"x": 1}):
            with self.assertRaises(UserError):
                charges.with_context(hospital_charges=mark).create(
                    {"encounter_id": self.inpatient.id, "product_id": self.blood.id, "state": "settled"}
                )

    # === WHO, WHERE, WHEN ===

    def test_roles_that_charge_and_roles_that_do_not(self):
        for role in ("cashier", "nurse", "finance_clerk", "finance_manager"):
            self.assertEqual(self.by_hand(role).create_uid, self.users[role])
        for role in ("doctor", "registrar", "auditor", "it_operator"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.by_hand(role)

    def test_a_cancelled_visit_takes_no_charge_from_anybody(self):
        self.outpatient._cancel("误挂号")
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.by_hand("cashier", encounter=self.outpatient)
        with self.assertRaisesRegex(UserError, "cancelled"):
            self.charge(encounter=self.outpatient)

    def test_a_visit_with_charges_cannot_be_cancelled_until_they_are_reversed(self):
        charge = self.charge(encounter=self.outpatient)
        with self.assertRaisesRegex(UserError, "Cancel the charges first"):
            self.outpatient._cancel("误挂号")
        charge._reverse(reason="误挂号")
        self.outpatient._cancel("误挂号")
        self.assertEqual(self.outpatient.state, "cancelled")

    def test_the_service_is_not_in_the_future_nor_before_the_visit(self):
        with self.assertRaisesRegex(UserError, "future"):
            self.by_hand("cashier", service_at=self.now + timedelta(hours=1))
        with self.assertRaisesRegex(UserError, "cannot be older"):
            self.by_hand("cashier", service_at=self.now - timedelta(days=11))
        self.assertTrue(self.by_hand("cashier", service_at=self.now - timedelta(days=9)))

    def test_old_services_need_the_finance_manager(self):
        self.env.company.hospital_charge_backdate_days = 3
        when = self.now - timedelta(days=5)
        with self.assertRaisesRegex(UserError, "more than 3 days old"):
            self.by_hand("finance_clerk", service_at=when)
        self.assertTrue(self.by_hand("finance_manager", service_at=when))

    def test_late_charges_after_discharge(self):
        before = self.charge()
        self.discharge()
        service_at = self.now - timedelta(days=2)
        with self.assertRaisesRegex(AccessError, "Only the ward's nurses and finance"):
            self.by_hand("cashier", service_at=service_at)
        late = self.by_hand("nurse", service_at=service_at)
        self.assertTrue(late.is_late)
        self.assertFalse(before.is_late)
        with self.assertRaisesRegex(UserError, "cannot be later"):
            self.by_hand("nurse", service_at=self.now)
        (before | late)._settle()
        with self.assertRaisesRegex(UserError, "discharged and settled"):
            self.by_hand("nurse", service_at=service_at)
        self.assertTrue(self.by_hand("finance_clerk", service_at=service_at).is_late)

    def test_a_finished_outpatient_visit_still_takes_charges(self):
        self.outpatient.action_start()
        self.outpatient.action_finish()
        self.assertFalse(self.by_hand("cashier", encounter=self.outpatient).is_late)

    def test_locked_days_take_nothing(self):
        self.env.company.hospital_lock_date = self.env.company._hospital_today() - timedelta(days=3)
        for make in (self.charge, lambda **vals: self.by_hand("finance_manager", **vals)):
            with self.assertRaisesRegex(UserError, "locked"):
                make(service_at=self.now - timedelta(days=3))
            self.assertTrue(make(service_at=self.now - timedelta(days=2)))

    def test_another_campus_is_out_of_reach(self):
        far = self.new_encounter("outpatient", campus_id=self.other_campus.id, department_id=self.far.id)
        with self.assertRaises(AccessError):
            self.by_hand("cashier", encounter=far)
        charge = self.charge(encounter=far)
        self.assertFalse(self.env["hospital.charge"].with_user(self.users["cashier"]).search([("id", "=", charge.id)]))

    # === BULK ===

    def test_many_at_once_cost_a_fixed_number_of_queries(self):
        vals = {"encounter_id": self.inpatient.id, "product_id": self.blood.id}
        self.env["hospital.charge"]._charge([vals])
        self.env.flush_all()

        def queries(count):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["hospital.charge"]._charge([vals] * count)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(queries(300) - queries(10), 5)

    def test_one_wrong_line_stops_all(self):
        count = self.env["hospital.charge"].search_count([])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.env["hospital.charge"]._charge(
                [
                    {"encounter_id": self.inpatient.id, "product_id": self.blood.id, "quantity": number}
                    for number in (1, 0)
                ]
            )
        self.assertEqual(self.env["hospital.charge"].search_count([]), count)

    def test_missing_facts_are_named(self):
        with self.assertRaisesRegex(UserError, "needs the visit"):
            self.env["hospital.charge"]._charge([{"product_id": self.blood.id}])
        with self.assertRaisesRegex(UserError, "needs an item"):
            self.env["hospital.charge"]._charge([{"encounter_id": self.inpatient.id}])

    # === PRICES ===

    def test_a_late_charge_gets_the_price_of_its_day(self):
        for days, price in ((5, 7.0), (2, 8.0)):
            self.blood.product_tmpl_id.list_price = price
            change = self.env["hospital.price.change"].search([], limit=1)
            self.env.cr.execute(
                "UPDATE hospital_price_change SET at = %s WHERE id = %s", (self.now - timedelta(days=days), change.id)
            )
        self.env.invalidate_all()
        charges = self.env["hospital.charge"]._charge(
            [
                {
                    "encounter_id": self.inpatient.id,
                    "product_id": self.blood.id,
                    "service_at": self.now - timedelta(days=days),
                }
                for days in (7, 4, 1)
            ]
        )
        self.assertEqual(charges.mapped("price_unit"), [6.5, 7.0, 8.0])
        self.assertEqual(self.by_hand("nurse", service_at=self.now - timedelta(days=7)).price_unit, 6.5)

    def test_price_changes_are_kept_with_who_and_when(self):
        item = self.gauze.product_tmpl_id.with_user(self.users["finance_manager"])
        item.list_price = 0.4
        item.list_price = 0.4
        item.write({"name": "纱布", "list_price": 0.5})
        changes = self.env["hospital.price.change"].search([("product_tmpl_id", "=", item.id)], order="id")
        self.assertEqual([(c.old_price, c.new_price) for c in changes], [(0.35, 0.4), (0.4, 0.5)])
        self.assertEqual(changes.user_id, self.users["finance_manager"])
        with self.assertRaises(UserError):
            changes[0].write({"old_price": 1})
        with self.assertRaises(UserError):
            changes[0].unlink()
        with self.assertRaises(UserError):
            changes.with_user(self.users["finance_manager"]).create(
                {"product_tmpl_id": item.id, "old_price": 1, "new_price": 2, "user_id": 1}
            )

    def test_who_may_change_prices(self):
        for role in ("finance_manager", "it_operator"):
            self.gauze.product_tmpl_id.with_user(self.users[role]).list_price += 1
        for role in ("cashier", "nurse", "finance_clerk"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.gauze.product_tmpl_id.with_user(self.users[role]).list_price = 1

    def test_items_are_found_by_code_initials_and_name(self):
        items = self.env["product.product"].with_user(self.users["cashier"]).with_context(hospital_items=True)

        def first(text):
            return (
                items.name_search(text, [("id", "in", (self.blood | self.gauze | self.drug).ids)]) or [(False, "")]
            )[0]

        self.assertEqual(self.drug.initials, "AMXLJN")
        for text, product in (
            ("amx", self.drug),
            ("AMXLJN", self.drug),
            ("jmc", self.blood),
            ("zxcx", self.blood),
            ("纱布", self.gauze),
            ("胶囊", self.drug),
        ):
            self.assertEqual(first(text)[0], product.id, text)
        self.assertIn("¥18.90/次", first("amx")[1])
        self.assertIn(self.drug.id, self.env["product.product"].search([("display_name", "ilike", "amxl")]).ids)
        self.assertIn(
            self.drug.product_tmpl_id.id, [row[0] for row in self.env["product.template"].name_search("amxl")]
        )

    def test_a_code_is_one_item_s(self):
        with self.assertRaisesRegex(ValidationError, "two items"):
            self.new_item("ZXCX", "另一项", 1, "lab", "04")

    def test_a_charged_item_is_archived_not_deleted(self):
        self.charge(self.gauze)
        with self.assertRaisesRegex(UserError, "Archive it"):
            self.gauze.product_tmpl_id.unlink()
        category = self.gauze.hospital_charge_category_id
        with self.assertRaises(UserError):
            category.unlink()
        category.action_archive()
        self.assertTrue(self.charge(self.gauze), "old items still know their category")

    def test_encounter_totals(self):
        one, _two = self.charge(self.blood, 2), self.charge(self.bed_day)
        one._settle()
        self.assertEqual((self.inpatient.charge_total, self.inpatient.unsettled_total), (58.0, 45.0))
        one._reverse(1, "多收")
        self.env.invalidate_all()
        self.assertEqual((self.inpatient.charge_total, self.inpatient.unsettled_total), (51.5, 38.5))
        self.assertEqual(fields.Float.compare(self.inpatient.charge_total, 51.5, precision_digits=2), 0)
