from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .common import NursingCase


@tagged("post_install", "-at_install")
class TestPosting(NursingCase):
    def d(self, *pairs):
        return {day: Decimal(amount) for first, last, amount in pairs for day in range(first, last + 1)}

    @proves("S3-5.2")
    def test_discharge_turns_a_short_stay_to_the_original_way(self):
        """Posted daily as whole care, reversed at the discharge: the charges stay, each with the line that takes it back."""
        encounter = self.admitted((("1 10:00", "W"),), live=True)
        self.post(encounter, through=self.day(3))
        encounter.with_context(hospital_nursing_later=False)._discharge(self.at("4 09:00"), reason="test")
        self.assertEqual(self.charged(encounter), self.d((1, 3, "9")))
        lines = self.lines(encounter)
        whole = lines.filtered(lambda line: line.product_id == self.items["whole"] and line.quantity > 0)
        self.assertTrue(whole)
        self.assertEqual(set(whole.mapped("state")), {"reversed"})
        self.assertTrue(all(line.reversal_ids for line in whole))

    def test_undone_discharge_goes_on_as_if_there_was_none(self):
        encounter = self.admitted((("1 10:00", "W"), ("4 09:00", "out")), live=True)
        self.assertEqual(self.charged(encounter), self.d((1, 3, "9")))
        encounter._undo_discharge("by mistake")
        self.post(encounter, through=self.day(5))
        encounter._discharge(self.at("7 09:00"), reason="test")
        self.assertEqual(self.charged(encounter), self.d((1, 6, "100")))

    @proves("S3-5.1")
    def test_backdated_transfer_and_its_undoing(self):
        encounter = self.admitted((("1 10:00", "W"), ("11 09:00", "out")))
        self.post(encounter)
        self.assertEqual(self.total(encounter), 1000)
        encounter = encounter.with_context(hospital_nursing_later=False)
        encounter._undo_discharge("the transfer was forgotten")
        encounter._transfer(self.s1, self.at("4 15:00"), self.surgery, reason="forgotten")
        encounter._discharge(self.at("11 09:00"), reason="again")
        self.assertEqual(self.charged(encounter), self.d((1, 3, "100")) | self.d((4, 10, "9")))
        encounter._undo_discharge("it was no transfer")
        encounter._undo_transfer("it was no transfer")
        encounter._discharge(self.at("11 09:00"), reason="again")
        self.assertEqual(self.charged(encounter), self.d((1, 10, "100")))

    def test_leave_recorded_later(self):
        encounter = self.admitted((("1 10:00", "W"),), live=True)
        self.post(encounter)
        leave = encounter._start_leave(self.at("3 16:00"), reason="late", end_at=self.at("5 09:00"))
        self.assertNotIn(3, self.charged(encounter))
        self.assertNotIn(4, self.charged(encounter))
        encounter._remove_leave(leave, "not taken")
        self.assertEqual(self.charged(encounter)[3], 100)

    def test_price_change_in_the_past(self):
        encounter = self.admitted((("1 10:00", "W"), ("6 09:00", "out")))
        self.post(encounter)
        self.plan.price_ids = [
            Command.create(
                {
                    "kind": "whole",
                    "product_id": self.items["whole"].id,
                    "price": 120,
                    "price_rule": "fixed",
                    "date_from": self.day(3),
                }
            )
        ]
        self.assertIn(encounter.id, self.posting._nightly_ids(), "a discharged patient is looked at again")
        self.post(encounter)
        self.assertEqual(self.charged(encounter), self.d((1, 2, "100")) | self.d((3, 5, "120")))
        self.assertNotIn(encounter.id, self.posting._nightly_ids())

    def test_price_list_changes_from_its_day_on(self):
        """The original items cost what the price list said on the day."""
        encounter = self.admitted((("1 10:00", "S"), ("6 09:00", "out")))
        item = self.items["3"]
        self.env.cr.execute("SELECT now()")
        with patch.object(type(self.env.cr), "now", lambda _cr: self.at("4 12:00")):
            item.product_tmpl_id.list_price = 12
        change = self.env["hospital.price.change"].search([("product_tmpl_id", "=", item.product_tmpl_id.id)])
        self.env.cr.execute(
            "UPDATE hospital_price_change SET at = %s WHERE id IN %s", (self.at("4 12:00"), tuple(change.ids))
        )
        change.invalidate_recordset()
        self.post(encounter)
        self.assertEqual(self.charged(encounter), self.d((1, 3, "9")) | self.d((4, 5, "12")))

    def test_choice_recorded_after_the_discharge(self):
        encounter = self.admitted((("1 10:00", "W"), ("4 09:00", "out")), live=True)
        self.assertEqual(self.total(encounter), 27)
        choice = self.choose(encounter, "whole")
        self.assertEqual(self.total(encounter), 300)
        choice._withdraw("signed on the wrong form")
        self.assertEqual(self.total(encounter), 27)

    def test_settled_charges_are_listed_not_touched(self):
        encounter = self.admitted((("1 10:00", "W"), ("6 09:00", "out")))
        self.post(encounter)
        first = encounter.nursing_day_ids.sorted("date")[0]
        first.charge_id._settle()
        self.plan.price_ids.filtered(lambda line: line.kind == "whole").price = 90
        result = self.post(encounter)
        self.assertEqual(result["exceptions"], 1)
        self.assertEqual(self.charged(encounter), self.d((1, 1, "100")) | self.d((2, 5, "90")))
        self.assertEqual((first.issue, first.amount, first.posted_amount, first.difference), ("settled", 90, 100, -10))
        lines = self.lines(encounter)
        again = self.post(encounter)
        self.assertEqual((again["patients"], self.lines(encounter)), (0, lines))
        # finance takes the settled one back at the cash desk, and the night charges the right one
        first.charge_id._reverse(reason="too dear")
        self.assertIn(encounter.id, self.posting._nightly_ids())
        self.post(encounter)
        self.assertFalse(first.issue)
        self.assertEqual(first.posted_amount, 90)

    def test_a_settled_account_gets_no_late_lines(self):
        encounter = self.admitted((("1 10:00", "W"), ("6 09:00", "out")))
        self.post(encounter)
        self.lines(encounter)._settle()
        encounter.with_context(hospital_nursing_later=True)._undo_discharge("stayed longer")
        encounter.with_context(hospital_nursing_later=True)._discharge(self.at("8 09:00"), reason="test")
        result = self.post(encounter)
        self.assertEqual((result["charged"], result["exceptions"]), (0, 2))
        self.assertEqual(self.total(encounter), 500)
        self.post(encounter, late=True)
        self.assertEqual(self.total(encounter), 700)

    def test_locked_days_are_listed_not_touched(self):
        encounter = self.admitted((("1 10:00", "W"), ("6 09:00", "out")))
        self.post(encounter, period=(self.day(1), self.day(2)))
        self.env.company.hospital_lock_date = self.day(3)
        self.plan.price_ids.filtered(lambda line: line.kind == "whole").price = 90
        result = self.post(encounter)
        self.assertEqual(self.charged(encounter), self.d((1, 2, "100")) | self.d((4, 5, "90")))
        self.assertEqual(result["exceptions"], 3)
        issues = {(day.date - self.first).days + 1: day.issue for day in encounter.nursing_day_ids}
        self.assertEqual(issues, {1: "locked", 2: "locked", 3: "locked", 4: False, 5: False})
        self.assertEqual(self.post(encounter)["patients"], 0)
        self.env.company.hospital_lock_date = False
        self.post(encounter)
        self.assertEqual(self.charged(encounter), self.d((1, 5, "90")))
        self.assertFalse(any(encounter.nursing_day_ids.mapped("issue")))

    def test_a_settled_day_that_is_none_any_more(self):
        encounter = self.admitted((("1 10:00", "W"), ("8 09:00", "out")))
        self.post(encounter)
        last = encounter.nursing_day_ids.sorted("date")[-1]
        last.charge_id._settle()
        later = encounter.with_context(hospital_nursing_later=True)
        later._undo_discharge("went home earlier")
        later._discharge(self.at("6 09:00"), reason="test")
        self.post(encounter)
        self.assertEqual(self.charged(encounter), self.d((1, 5, "100"), (7, 7, "100")))
        self.assertEqual((last.kind, last.issue, last.amount), ("none", "settled", 0))
        self.assertEqual(self.post(encounter)["patients"], 0)

    def test_a_line_cancelled_by_hand_comes_back(self):
        encounter = self.admitted((("1 10:00", "W"),))
        self.post(encounter)
        encounter.nursing_day_ids.filtered(lambda day: day.date == self.day(2)).charge_id._reverse(reason="by hand")
        self.assertNotIn(2, self.charged(encounter))
        self.post(encounter)
        self.assertEqual(self.charged(encounter)[2], 100)

    def test_nothing_to_do_writes_nothing(self):
        encounters = self.admitted((("1 10:00", "W"),)) | self.admitted((("5 10:00", self.m2),))
        self.post(encounters)
        accounts = self.env["hospital.nursing.account"].search([("encounter_id", "in", encounters.ids)])
        before = accounts.mapped("posted_at")
        statements = []
        execute = type(self.env.cr).execute

        def listen(cr, query, *args, **kwargs):
            statements.append(str(getattr(query, "code", query)).split()[0].upper())
            return execute(cr, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", listen):
            self.posting._post(encounters.ids)
        self.assertEqual(set(statements), {"SELECT"})
        accounts.invalidate_recordset()
        self.assertEqual(accounts.mapped("posted_at"), before)

    def test_missed_nights_are_made_up(self):
        encounter = self.admitted((("1 10:00", "W"),))
        self.post(encounter, through=self.day(2))
        self.assertEqual(len(self.charged(encounter)), 2)
        self.post(encounter, through=self.day(20))
        self.assertEqual(self.total(encounter), 1500 + 5 * 95)

    def test_the_charge_says_day_and_rate_and_belongs_to_the_ward(self):
        encounter = self.admitted((("1 10:00", "W"),))
        self.post(encounter, through=self.day(16))
        lines = self.lines(encounter).sorted("service_at")
        self.assertEqual(lines[0].service_date, self.day(1))
        self.assertIn("整体护理", lines[0].name)
        self.assertRegex(lines[-1].name, r"16.*95")
        self.assertEqual(lines[0].exec_department_id, self.medicine)
        self.assertEqual(lines[0].origin_id, encounter.id)

    def test_mother_and_newborn_are_charged_each(self):
        mother = self.admitted((("1 10:00", "W"), ("5 10:00", "out")), patient=self.new_patient("母亲", sex="2"))
        baby = self.new_patient("新生儿", birth_date=self.day(2), mother_id=mother.patient_id.id)
        child = self.admitted((("2 06:00", self.m2), ("5 10:00", "out")), patient=baby)
        self.post(mother | child)
        self.assertEqual(self.charged(mother), self.d((1, 4, "100")))
        self.assertEqual(self.charged(child), self.d((2, 4, "9")), "three days, nobody chose whole care for the child")
        self.choose(child, "whole", signer="family", signer_name="母亲")
        self.assertEqual(self.charged(child), self.d((2, 4, "100")))
        self.assertEqual(self.total(mother), 400)

    def test_the_hospitals_midnight_decides_wherever_the_user_is(self):
        self.env.user.tz = "America/New_York"
        encounter = self.admitted((("1 23:59", "W"), ("3 00:00", "S"), ("6 00:01", "out")))
        self.post(encounter)
        self.assertEqual(self.charged(encounter), self.d((1, 2, "100"), (3, 5, "9")))
        self.env.company.hospital_tz = "UTC"  # the same moments are 16 hours into the day before
        self.post(encounter)
        self.assertEqual(min(self.charged(encounter)), 1)

    def test_undone_admission_takes_the_nursing_back(self):
        encounter = self.admitted((("45 10:00", "W"),), live=True)
        self.assertTrue(self.total(encounter))
        encounter._undo_admission("never came")
        self.assertFalse(self.total(encounter))
        self.assertFalse(encounter.nursing_day_ids)
        self.assertEqual(encounter.state, "registered")

    def test_the_ward_is_never_held_up(self):
        """What cannot be posted waits with its reason; the patient is moved all the same."""
        encounter = self.admitted((("1 10:00", "W"),))
        with patch.object(type(self.posting), "_charge", side_effect=UserError("no category")):
            encounter.with_context(hospital_nursing_later=False)._transfer(
                self.s1, self.at("3 10:00"), self.surgery, reason="test"
            )
        self.assertEqual(encounter.ward_id, self.ward_s)
        account = self.env["hospital.nursing.account"].search([("encounter_id", "=", encounter.id)])
        self.assertEqual((account.is_due, account.error), (True, "no category"))
        self.post(encounter)
        account.invalidate_recordset()
        self.assertEqual((account.is_due, account.error), (False, False))

    def test_the_night_posts_and_one_failure_keeps_nobody_else(self):
        good, bad = self.admitted((("40 10:00", "W"),)), self.admitted((("40 10:00", self.m2),))
        charge = type(self.posting)._charge

        def fail(posting, changes, result):
            if any(change.case.encounter_id == bad.id for change in changes):
                raise ValueError("this one cannot be charged")
            return charge(posting, changes, result)

        with (
            patch.object(type(self.posting), "_charge", fail),
            patch.object(type(self.posting), "_nightly_ids", lambda _self: [good.id, bad.id]),
            patch.object(self.env.cr, "commit", lambda: None),
            patch.object(self.env.cr, "rollback", lambda: None),
            self.assertLogs("odoo.addons.hospital_nursing_billing", "WARNING"),
        ):
            self.posting._cron_post()
        self.assertTrue(self.total(good))
        account = self.env["hospital.nursing.account"].search([("encounter_id", "=", bad.id)])
        self.assertEqual((account.is_due, account.error), (True, self.posting._sentence(ValueError())))

    def test_days_without_a_price_or_a_level_are_listed(self):
        self.plan.default_level = False
        self.plan.price_ids.filtered(lambda line: line.kind == "whole").unlink()
        encounter = self.admitted((("1 10:00", "W"), ("3 10:00", "S"), ("6 09:00", "out")))
        self.post(encounter)
        self.assertEqual(encounter.nursing_day_ids.sorted("date").mapped("issue"), ["no_price"] * 2 + ["no_level"] * 3)
        self.assertFalse(self.lines(encounter))

    def test_only_inpatients_of_campuses_with_a_plan(self):
        observed = self.new_encounter(kind="observation", registered_at=self.at("1 10:00"))
        observed._admit(self.m1, self.at("1 10:00"), reason="test")
        far = self.new_encounter(
            registered_at=self.at("1 10:00"), campus_id=self.other_campus.id, department_id=self.far_medicine.id
        )
        far._admit(self.far_bed, self.at("1 10:00"), reason="test")
        self.assertFalse({observed.id, far.id} & set(self.posting._nightly_ids()))
        self.post(observed | far)
        self.assertFalse(self.lines(observed) | self.lines(far))


@tagged("post_install", "-at_install")
class TestPlan(NursingCase):
    def test_defaults_are_those_of_the_policy(self):
        plan = self.env["hospital.nursing.plan"].create({"name": "新方案", "campus_id": self.other_campus.id})
        self.assertEqual(
            [(tier.day_from, tier.day_to, tier.rate) for tier in plan.tier_ids],
            [(1, 15, 100.0), (16, 30, 95.0), (31, 0, 90.0)],
        )
        self.assertEqual((plan.reach, plan.number_by, plan.choice_days), ("segmented", "hospital", "1, 3"))

    def test_a_ward_goes_by_one_plan(self):
        with self.assertRaisesRegex(ValidationError, "stands twice"), self.env.cr.savepoint():
            self.new_plan(name="second")
        self.plan.date_to = self.day(20)
        self.new_plan(name="next", date_from=self.day(21))

    def test_two_plans_follow_each_other(self):
        self.plan.date_to = self.day(3)
        next_plan = self.new_plan(name="next", date_from=self.day(4))
        next_plan.price_ids.filtered(lambda line: line.kind == "whole").price = 110
        encounter = self.admitted((("1 10:00", "W"), ("6 09:00", "out")))
        self.post(encounter)
        self.assertEqual(
            [float(amount) for _day, amount in sorted(self.charged(encounter).items())], [100] * 3 + [110] * 2
        )

    def test_mistakes_are_told(self):
        with self.assertRaisesRegex(ValidationError, "no number of days"), self.env.cr.savepoint():
            self.plan.choice_days = "1, three"
        with self.assertRaisesRegex(ValidationError, "begin with day 1"), self.env.cr.savepoint():
            self.plan.tier_ids[0].unlink()
            self.plan._check_tiers()
        with self.assertRaisesRegex(ValidationError, "two prices"), self.env.cr.savepoint():
            self.plan.price_ids.filtered(lambda line: line.kind == "whole").copy()
        with self.assertRaisesRegex(ValidationError, "does not belong"), self.env.cr.savepoint():
            self.plan.ward_ids = [Command.create({"ward_id": self.far_ward.id})]

    def test_choice_lengths_are_read_as_people_write_them(self):
        for text, days in (("1，3", "1 3"), ("1-3", "1 2 3"), ("1、 3 ;5", "1 3 5"), ("", "")):
            self.plan.choice_days = text
            self.assertEqual(self.plan._plain()[0].choice_lengths, frozenset(map(int, days.split())))

    def test_a_plan_in_use_is_archived_not_deleted(self):
        encounter = self.admitted((("1 10:00", "W"), ("6 09:00", "out")))
        self.post(encounter)
        self.plan.active = False
        self.assertIn(
            encounter.id, self.env["hospital.nursing.account"].search([("is_due", "=", True)]).encounter_id.ids
        )


@tagged("post_install", "-at_install")
class TestChoice(NursingCase):
    def test_a_later_choice_replaces_the_one_before(self):
        encounter = self.admitted((("1 10:00", "W"), ("4 09:00", "out")))
        first = self.choose(encounter, "original")
        second = self.choose(encounter, "whole")
        self.assertEqual((first.state, second.state), ("replaced", "valid"))
        self.assertEqual(encounter.nursing_choice, "whole")
        self.assertEqual(second.recorded_by_id, self.env.user)

    def test_a_choice_is_evidence(self):
        encounter = self.admitted((("1 10:00", "W"),))
        choice = self.choose(encounter, "whole").with_user(self.users["nurse"])
        with self.assertRaises(UserError):
            choice.write({"mode": "original"})
        with self.assertRaises(UserError):
            choice.sudo().unlink()
        with self.assertRaisesRegex(UserError, "why"), self.env.cr.savepoint():
            choice._withdraw(" ")

    def test_mistakes_are_told(self):
        encounter = self.admitted((("1 10:00", "W"),))
        with self.assertRaisesRegex(ValidationError, "future"), self.env.cr.savepoint():
            self.choose(encounter, "whole", chosen_on=self.day(70))
        with self.assertRaisesRegex(ValidationError, "older"), self.env.cr.savepoint():
            self.choose(encounter, "whole", chosen_on=self.day(-3))
        with self.assertRaisesRegex(ValidationError, "name of the family"), self.env.cr.savepoint():
            self.choose(encounter, "whole", signer="family")
