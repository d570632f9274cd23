from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .visits_common import VisitsCase


@tagged("post_install", "-at_install")
class TestVisitsInpatient(VisitsCase):
    def assertSentence(self, step, words):
        """The step is refused in a sentence, and nothing is half-done."""
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            step()
        text = str(caught.exception)
        self.assertIn(words, text)
        self.assertTrue(text.endswith("."), text)

    # === The good life ===

    def test_whole_life(self):
        encounter = self.new_encounter()
        self.assertEqual(
            (encounter.state, encounter.ward_id, encounter.admission_count),
            ("registered", self.env["hospital.ward"], 1),
        )
        encounter._admit(self.m1, self.ago(20))
        self.assertEqual(
            (encounter.state, encounter.bed_id, encounter.start_at), ("in_progress", self.m1, self.ago(20))
        )
        encounter._transfer(self.s1, self.ago(10), practitioner=self.other_doctor)
        self.assertEqual(
            (encounter.ward_id, encounter.department_id, encounter.practitioner_id),
            (self.ward_s, self.surgery, self.other_doctor),
        )
        encounter._start_leave(self.ago(8), self.ago(2), "家中有事", self.other_doctor)
        self.assertTrue(encounter.is_on_leave)
        self.assertEqual(encounter.inpatient_status, "on_leave")
        self.assertEqual(encounter.bed_id.state, "occupied", "the bed is kept")
        encounter._end_leave(self.ago(6))
        self.assertFalse(encounter.is_on_leave)
        encounter._discharge(self.ago(1))
        self.assertEqual((encounter.state, encounter.end_at, encounter.discharge_way), ("finished", self.ago(1), "1"))
        self.assertEqual(self.s1.state, "free")
        self.assertEqual(self.chain(encounter), [(self.m1, 20, 10), (self.s1, 10, 1)])
        encounter._undo_discharge("误操作")
        self.assertEqual((encounter.state, encounter.end_at, encounter.discharge_way), ("in_progress", False, False))
        self.assertEqual(self.chain(encounter), [(self.m1, 20, 10), (self.s1, 10, None)])
        bodies = " ".join(encounter.message_ids.mapped("body"))
        for word in ("Admitted to", "Transferred from", "On leave", "Back from leave", "Discharged on", "undone"):
            self.assertIn(word, bodies)

    def test_questions_of_later_addons(self):
        encounter = self.new_inpatient(self.m1, 20)
        encounter._transfer(self.s1, self.ago(10))
        encounter._start_leave(self.ago(8), reason="x", end_at=self.ago(6))
        self.assertFalse(encounter._ward_at(self.ago(21)))
        self.assertEqual(encounter._ward_at(self.ago(20)), self.ward_m)
        self.assertEqual(encounter._ward_at(self.ago(10) - timedelta(seconds=1)), self.ward_m)
        self.assertEqual(
            encounter._ward_at(self.ago(10)), self.ward_s, "the moment of the transfer belongs to the new ward"
        )
        self.assertEqual(encounter._ward_at(self.now), self.ward_s)
        self.assertTrue(encounter._on_leave_at(self.ago(8)))
        self.assertFalse(encounter._on_leave_at(self.ago(6)))
        self.assertEqual(
            [segment[:2] for segment in encounter._stay_segments()],
            [(self.ago(20), self.ago(10)), (self.ago(10), None)],
        )

    def test_back_dated_transfer_splits_a_stay(self):
        encounter = self.new_inpatient(self.m1, 20)
        encounter._transfer(self.s1, self.ago(5))
        encounter._transfer(self.m2, self.ago(12))
        self.assertEqual(self.chain(encounter), [(self.m1, 20, 12), (self.m2, 12, 5), (self.s1, 5, None)])
        self.assertEqual(encounter.bed_id, self.s1, "a move in the past does not move him now")

    def test_undo_transfer_and_admission(self):
        encounter = self.new_inpatient(self.m1, 20)
        encounter._transfer(self.m2, self.ago(12))
        encounter._transfer(self.s1, self.ago(5))
        encounter._undo_transfer("弄错", encounter.stay_ids.sorted("start_at")[1])
        self.assertEqual(self.chain(encounter), [(self.m1, 20, 5), (self.s1, 5, None)])
        encounter._undo_transfer("弄错")
        self.assertEqual(self.chain(encounter), [(self.m1, 20, None)])
        self.assertEqual((encounter.ward_id, encounter.department_id), (self.ward_m, self.medicine))
        self.assertSentence(lambda: encounter._undo_transfer("弄错"), "no transfer to undo")
        encounter._undo_admission("弄错")
        self.assertEqual(
            (encounter.state, encounter.stay_ids, encounter.bed_id.id, encounter.start_at),
            ("registered", self.env["hospital.stay"], False, False),
        )
        self.assertEqual(encounter.department_id, self.medicine)

    def test_undo_discharge_when_the_bed_was_taken(self):
        first = self.new_inpatient(self.m1, 20)
        first._discharge(self.ago(10))
        second = self.new_inpatient(self.m1, 5)
        self.assertSentence(lambda: first._undo_discharge("误操作"), "occupied at that time")
        first._undo_discharge("误操作", self.m2)
        self.assertEqual(self.chain(first), [(self.m1, 20, 10), (self.m2, 10, None)])
        self.assertEqual(second.bed_id, self.m1)

    def test_discharge_from_leave_and_back(self):
        encounter = self.new_inpatient(self.m1, 20)
        leave = encounter._start_leave(self.ago(10), reason="x")
        encounter._discharge(self.ago(2))
        self.assertEqual((leave.end_at, leave.ended_by_discharge), (self.ago(2), True))
        encounter._undo_discharge("误操作")
        self.assertEqual((leave.end_at, leave.ended_by_discharge, encounter.is_on_leave), (False, False, True))

    def test_days_in_hospital(self):
        encounter = self.new_encounter()
        for start, end, days in (
            ("2026-03-01 00:00", "2026-03-01 23:59", 1),
            ("2026-03-01 23:59", "2026-03-02 00:01", 1),
            ("2026-03-01 23:59", "2026-03-03 00:00", 2),
            ("2026-02-28 07:59", "2026-03-01 08:01", 1),  # midnight in Shanghai is 16:00 UTC
            ("2026-03-01 00:01", "2026-03-31 23:59", 30),
        ):
            encounter.sudo().write({"state": "finished", "start_at": self.local(start), "end_at": self.local(end)})
            self.assertEqual(encounter.days_in_hospital, days, (start, end))

    def test_admissions_are_counted(self):
        patient = self.new_patient()
        for number in (1, 2):
            encounter = self.new_encounter(patient)
            self.assertEqual(encounter.admission_count, number)
            encounter._admit(self.m1, self.ago(3 - number))
            encounter._discharge(self.ago(2.5 - number))
        self.new_encounter(patient)._cancel("不来了")
        self.assertEqual(self.new_encounter(patient).admission_count, 3)

    def test_observation_gets_a_bed_too(self):
        encounter = self.new_encounter(kind="observation")
        encounter._admit(self.m1)
        self.assertEqual(encounter.bed_id, self.m1)
        self.assertTrue(encounter.number.startswith("OB"))

    # === Wrong inputs ===

    def test_wrong_admissions(self):
        encounter = self.new_encounter()
        self.assertSentence(lambda: encounter._admit(self.m1, self.now + timedelta(minutes=5)), "in the future")
        self.assertSentence(lambda: encounter._admit(self.m1, self.ago(30)), "more than 24 hours ago")
        self.assertSentence(
            lambda: encounter._admit(self.m1, fields.Datetime.to_datetime("1980-02-01 00:00:00"), reason="x"),
            "before the birth",
        )
        self.assertSentence(lambda: encounter._admit(self.far_bed, self.ago(1)), "is at 西院")
        self.assertSentence(lambda: encounter._admit(self.s1, self.ago(1), self.medicine), "do not lie in 二病区")
        self.m2.write({"sex_limit": "2"})
        self.assertSentence(lambda: encounter._admit(self.m2, self.ago(1)), "is for: Women only")
        self.m3.write({"blocked": True, "blocked_reason": "维修"})
        self.assertSentence(lambda: encounter._admit(self.m3, self.ago(1)), "is blocked: 维修")
        self.s2.active = False
        self.assertSentence(lambda: encounter._admit(self.s2, self.ago(1)), "no longer in use")
        self.ward_s.active = False
        self.assertSentence(lambda: encounter._admit(self.s1, self.ago(1)), "no longer in use")
        self.assertFalse(encounter.stay_ids)
        self.assertEqual(encounter.state, "registered")
        encounter._admit(self.m1, self.ago(1))
        self.assertSentence(lambda: encounter._admit(self.m2, self.ago(1)), "Only a registered patient")
        self.assertSentence(lambda: self.new_encounter()._admit(self.m1, self.ago(2)), "occupied at that time")
        outpatient = self.new_encounter(kind="outpatient", department_id=self.clinic.id)
        self.assertSentence(lambda: outpatient._admit(self.m2), "Only inpatients")

    def test_one_place_at_a_time(self):
        patient = self.new_patient()
        first = self.new_encounter(patient)
        self.assertSentence(lambda: self.new_encounter(patient), f"open inpatient encounter {first.number}")
        first._admit(self.m1, self.ago(10))
        first._discharge(self.ago(5))
        second = self.new_encounter(patient)
        self.assertSentence(lambda: second._admit(self.m2, self.ago(6)), f"According to {first.number}")
        second._admit(self.m2, self.ago(5))
        self.assertSentence(lambda: first._undo_discharge("误操作"), "open inpatient encounter")

    def test_wrong_transfers(self):
        encounter = self.new_encounter()
        self.assertSentence(lambda: encounter._transfer(self.m2), "not in a bed")
        encounter._admit(self.m1, self.ago(20))
        self.assertSentence(lambda: encounter._transfer(self.m2, self.ago(21)), "after the admission")
        self.assertSentence(lambda: encounter._transfer(self.m2, self.ago(20)), "after the admission")
        self.assertSentence(lambda: encounter._transfer(self.m2, self.now + timedelta(hours=1)), "in the future")
        self.assertSentence(lambda: encounter._transfer(self.m1, self.ago(1)), "already in this bed")
        self.assertSentence(lambda: encounter._transfer(self.far_bed, self.ago(1)), "To move to another campus")
        encounter._transfer(self.m2, self.ago(10))
        self.assertSentence(lambda: encounter._transfer(self.m3, self.ago(10)), "exactly this time")
        self.new_inpatient(self.m3, 8)
        self.assertSentence(lambda: encounter._transfer(self.m3, self.ago(9)), "occupied at that time")
        encounter._start_leave(self.ago(6), reason="x", end_at=self.ago(4))
        self.assertSentence(lambda: encounter._transfer(self.s1, self.ago(5)), "on leave")
        encounter._transfer(self.s1, self.ago(4))
        encounter._start_leave(self.ago(2), reason="x")
        self.assertSentence(lambda: encounter._transfer(self.s2, self.ago(1)), "Record the return first")

    def test_change_of_doctor_is_a_segment_in_the_same_bed(self):
        encounter = self.new_inpatient(self.m1, 20)
        encounter._transfer(self.m1, self.ago(3), practitioner=self.other_doctor)
        self.assertEqual(self.chain(encounter), [(self.m1, 20, 3), (self.m1, 3, None)])
        self.assertEqual(encounter.practitioner_id, self.other_doctor)

    def test_wrong_discharges(self):
        encounter = self.new_inpatient(self.m1, 20)
        encounter._transfer(self.s1, self.ago(10))
        self.assertSentence(lambda: encounter._discharge(self.ago(10)), "after the last move")
        self.assertSentence(lambda: encounter._discharge(self.ago(15)), "after the last move")
        self.assertSentence(lambda: encounter._discharge(self.now + timedelta(minutes=2)), "in the future")
        encounter._start_leave(self.ago(8), reason="x", end_at=self.ago(6))
        self.assertSentence(lambda: encounter._discharge(self.ago(7)), "after the leave")
        self.assertSentence(lambda: encounter._undo_discharge("x"), "Only a discharged patient")
        encounter._discharge(self.ago(6))
        self.assertSentence(lambda: encounter._discharge(), "not in a bed")
        self.assertSentence(lambda: encounter._undo_discharge(" "), "Enter the reason")
        self.assertSentence(lambda: encounter._cancel("x"), "Undo the discharge")

    def test_a_time_typed_to_the_minute(self):
        """Away and back within one minute: the clerk's screen knows no seconds."""
        encounter = self.new_inpatient(self.m1, 20)
        noon = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        with patch.object(fields.Datetime, "now", lambda: noon + timedelta(seconds=20)):
            leave = encounter._start_leave(noon, reason="x")
        with patch.object(fields.Datetime, "now", lambda: noon + timedelta(seconds=40)):
            encounter._end_leave(noon)
        self.assertEqual(leave.start_at, noon + timedelta(seconds=20))
        self.assertEqual(leave.end_at, noon + timedelta(seconds=40))

    def test_wrong_leaves(self):
        encounter = self.new_inpatient(self.m1, 20)
        encounter._transfer(self.s1, self.ago(10))
        self.assertSentence(lambda: encounter._start_leave(self.ago(21), reason="x"), "after the admission")
        self.assertSentence(lambda: encounter._start_leave(self.ago(12), reason="x"), "cannot go across a transfer")
        self.assertSentence(
            lambda: encounter._start_leave(self.ago(12), reason="x", end_at=self.ago(9)), "cannot go across a transfer"
        )
        self.assertSentence(
            lambda: encounter._start_leave(self.ago(5), reason="x", end_at=self.ago(6)), "after the beginning"
        )
        self.assertSentence(lambda: encounter._start_leave(self.ago(5), self.ago(6), "x"), "after the beginning")
        self.assertSentence(lambda: encounter._end_leave(), "not on leave")
        encounter._start_leave(self.ago(5), reason="x")
        self.assertSentence(lambda: encounter._start_leave(self.ago(2), reason="x"), "already on leave")
        self.assertSentence(
            lambda: encounter._start_leave(self.ago(6), reason="x", end_at=self.ago(4)), "Another leave"
        )
        self.assertSentence(lambda: encounter._end_leave(self.ago(5)), "after the beginning")
        self.assertSentence(lambda: encounter._undo_admission("x"), "transferred already")
        encounter._remove_leave(encounter.current_leave_id, "没走")
        self.assertFalse(encounter.leave_ids)

    def test_cancel(self):
        encounter = self.new_inpatient(self.m1, 2)
        self.assertSentence(lambda: encounter._cancel(""), "Enter the reason")
        encounter._cancel("登记错误")
        self.assertEqual(
            (encounter.state, encounter.cancel_reason, encounter.stay_ids.ids), ("cancelled", "登记错误", [])
        )
        self.assertEqual(self.m1.state, "free")
        self.assertSentence(lambda: encounter._cancel("x"), "already cancelled")

    # === Rights ===

    def test_no_way_around_the_buttons(self):
        encounter = self.new_inpatient(self.m1, 2)
        nurse = encounter.with_user(self.users["nurse"])
        for vals in (
            {"state": "finished"},
            {"end_at": self.now},
            {"bed_id": self.m2.id},
            {"department_id": self.surgery.id},
            {"patient_id": 1},
        ):
            with self.assertRaises(UserError):
                nurse.write(vals)
        with self.assertRaises(AccessError):
            nurse.stay_ids.write({"bed_id": self.m2.id})
        with self.assertRaises(AccessError):
            nurse.env["hospital.stay"].create(
                {
                    "encounter_id": encounter.id,
                    "bed_id": self.m2.id,
                    "ward_id": self.ward_m.id,
                    "department_id": self.medicine.id,
                    "start_at": self.now,
                }
            )
        with self.assertRaises(UserError):
            self.env["hospital.encounter"].with_user(self.users["registrar"]).create(
                {
                    "patient_id": self.new_patient().id,
                    "kind": "inpatient",
                    "department_id": self.medicine.id,
                    "campus_id": self.campus.id,
                    "state": "finished",
                }
            )
        with self.assertRaises(AccessError):
            encounter.with_user(self.users["nurse"]).unlink()
        with self.assertRaises(UserError):
            encounter.unlink()

    def test_wizards_by_role(self):
        """The nurse does the whole life in windows; others are kept from what is not theirs."""
        registrar, nurse, doctor, finance = (
            self.users[role] for role in ("registrar", "nurse", "doctor", "finance_clerk")
        )
        with Form(self.env["hospital.encounter"].with_user(registrar).with_context(default_kind="inpatient")) as form:
            form.patient_id = self.new_patient()
            form.department_id = self.medicine
        encounter = form.record

        def window(user, model, **values):
            with Form(self.env[model].with_user(user).with_context(default_encounter_id=encounter.id)) as form:
                for name, value in values.items():
                    setattr(form, name, value)
            form.record.action_confirm()
            encounter.invalidate_recordset()

        window(nurse, "hospital.admission")
        self.assertEqual(
            (encounter.bed_id, encounter.state), (self.m1, "in_progress"), "the first free bed of the department's ward"
        )
        encounter.sudo().stay_ids.start_at = self.ago(5)
        window(nurse, "hospital.transfer", ward_id=self.ward_s, at=self.ago(4))
        self.assertEqual(
            (encounter.bed_id, encounter.department_id), (self.s1, self.surgery), "bed and department follow the ward"
        )
        window(nurse, "hospital.leave.start", reason="家中有事", at=self.ago(3))
        window(nurse, "hospital.leave.end", at=self.ago(2))
        for user in (registrar, finance):
            with self.assertRaises(AccessError):
                window(user, "hospital.discharge")
        window(doctor, "hospital.discharge", at=self.ago(1), way="2")
        self.assertEqual((encounter.state, encounter.discharge_way), ("finished", "2"))
        with self.assertRaises(AccessError):
            window(doctor, "hospital.stay.undo", operation="discharge", reason="x")
        with Form(
            self.env["hospital.stay.undo"]
            .with_user(nurse)
            .with_context(default_encounter_id=encounter.id, default_operation="discharge")
        ) as form:
            self.assertEqual(form.bed_id, self.s1)
            form.reason = "误操作"
        form.record.action_confirm()
        self.assertEqual(encounter.state, "in_progress")
        self.assertEqual(encounter.with_user(finance).number, encounter.number, "finance reads")
        with self.assertRaises(AccessError):
            encounter.with_user(finance).write({"note": "x"})

    # === Board ===

    def test_board(self):
        encounter = self.new_inpatient(self.m1, 2)
        encounter._start_leave(self.ago(1), self.ago(0.5), reason="x")
        self.m2.write({"blocked": True, "blocked_reason": "维修"})
        self.assertEqual((self.m1 | self.m2 | self.m3).mapped("state"), ["occupied", "blocked", "free"])
        for state, bed in (("occupied", self.m1), ("blocked", self.m2), ("free", self.m3)):
            self.assertEqual(
                self.env["hospital.bed"].search([("state", "=", state), ("ward_id", "=", self.ward_m.id)]), bed
            )
        nurse = self.users["nurse"]
        card = self.m1.with_user(nurse).board_card
        self.assertEqual(
            (card["patient"], card["number"], card["sex"], card["on_leave"]), ("测试病人", encounter.number, "1", True)
        )
        self.assertEqual(card["badges"][0]["text"], "Leave overdue")
        self.assertEqual(self.m3.with_user(nurse).board_card, {"badges": []})
        summary = self.env["hospital.bed"].with_user(nurse).board_summary([("ward_id", "=", self.ward_m.id)])
        self.assertEqual(
            (summary["beds"], summary["occupied"], summary["free"], summary["blocked"], summary["on_leave"]),
            (3, 1, 1, 1, 1),
        )
        self.assertEqual(
            self.m1.with_user(self.users["it_operator"]).board_card, {"badges": []}, "base data people see no patient"
        )
        self.assertEqual(self.m1.with_user(nurse).action_board_open()["res_id"], encounter.id)
        self.assertEqual(self.m3.with_user(nurse).action_board_open()["res_model"], "hospital.admission")
        self.m2.with_user(nurse).action_board_block()
        self.assertEqual(self.m2.state, "free")

    def test_board_came_and_went_today(self):
        today = self.env.company._hospital_day_bounds(self.env.company._hospital_today())[0]
        before = {
            ward: self.env["hospital.bed"].board_summary([("ward_id", "=", ward.id)])
            for ward in (self.ward_m, self.ward_s)
        }
        encounter = self.new_encounter()
        encounter._admit(self.m1, today - timedelta(hours=5), reason="x")
        for hours, bed in ((2, self.m2), (1, self.s1)):
            encounter._transfer(bed, self.now - timedelta(seconds=hours * 5))
        after = {
            ward: self.env["hospital.bed"].board_summary([("ward_id", "=", ward.id)])
            for ward in (self.ward_m, self.ward_s)
        }

        def change(ward, key):
            return after[ward][key] - before[ward][key]

        self.assertEqual(
            (change(self.ward_m, "came_today"), change(self.ward_m, "went_today")),
            (0, 1),
            "a move inside of a ward is neither",
        )
        self.assertEqual((change(self.ward_s, "came_today"), change(self.ward_s, "went_today")), (1, 0))

    def test_board_is_one_set_of_queries(self):
        beds = self.env["hospital.bed"].create(
            [{"name": f"Q{number}", "ward_id": self.ward_m.id} for number in range(24)]
        )
        for bed in beds[:20]:
            self.new_inpatient(bed, 2)
        nurse = self.users["nurse"]

        def queries(some):
            self.env.invalidate_all()
            some.with_user(nurse).read(["name", "state", "board_card"])
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            some.with_user(nurse).read(["name", "state", "board_card"])
            return self.env.cr.sql_log_count - start

        self.assertLessEqual(queries(beds), queries(beds[:2]) + 3)
