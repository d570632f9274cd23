from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, ExclusionViolation

from .common import proves
from .test_places_places import PlacesCase


@tagged("post_install", "-at_install")
class TestPractitioner(PlacesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.env.company._hospital_today()
        cls.surgery = cls.env["hospital.department"].create({"name": "外科", "code": "04", "campus_id": cls.west.id})
        cls.doctor = cls.env["hospital.practitioner"].create(
            {
                "name": "单小明",
                "code": "PLACES-1",
                "licence_number": "1103500000001",
                "role_ids": [Command.create({"department_id": cls.cardiology.id})],
            }
        )

    @proves("S2-1.2", "S2-5.3")
    def test_register_maintain_and_switch_functions(self):
        practitioners = self.env["hospital.practitioner"].with_user(self.operator)
        codes = self.env["hospital.code"]
        with Form(practitioners) as form:
            form.name = "曾文静"
            form.code = "PLACES-2"
            form.kind = "doctor"
            form.sex = "2"
            form.title_id = codes._get("practitioner_title", "232")
            form.phone = "13912345678"
            form.specialities = "高血压、冠心病"
        doctor = practitioners.search([("initials", "=", "ZWJ"), ("code", "=", "PLACES-2")])
        self.assertEqual((doctor.state, doctor.phone), ("draft", "139****5678"))
        with self.refused("licence number is missing; .*no department"):
            doctor.action_register()
        doctor.write({"licence_number": "L2", "role_ids": [Command.create({"department_id": self.cardiology.id})]})
        doctor.action_register()
        self.assertEqual(doctor.state, "registered")
        self.assertFalse(doctor._may("online_consultation"))
        doctor.practice_right_ids = codes._get("practice_right", "online_consultation")
        self.assertTrue(doctor._may("online_consultation"))
        doctor.practice_right_ids = False
        self.assertFalse(doctor._may("online_consultation"))
        doctor.unlink()

    @proves("S2-5.3")
    def test_suspend_and_resume_with_a_reason(self):
        doctor = self.doctor.with_user(self.operator)
        doctor.practice_right_ids = self.env["hospital.code"]._get("practice_right", "prescribe")
        doctor.action_register()
        with self.refused("registered already"):
            doctor.action_register()
        action = doctor.action_suspend()
        wizard = Form.from_action(self.env(user=self.operator), action)
        wizard.reason = "进修至三月"
        wizard.save().action_apply()
        self.assertEqual(doctor.state, "suspended")
        self.assertFalse(doctor._may("prescribe"))
        self.assertIn("进修至三月", doctor.message_ids[0].body)
        self.assertEqual(doctor.message_ids[0].author_id, self.operator.partner_id)
        with self.refused("not registered"):
            doctor._suspend("again")
        wizard = Form.from_action(self.env(user=self.operator), doctor.action_resume())
        wizard.reason = "  "
        wizard.save()
        with self.refused("Write down the reason"):
            wizard.record.action_apply()
        wizard.reason = "进修结束"
        wizard.save().action_apply()
        self.assertEqual(doctor.state, "registered")
        self.assertTrue(doctor._may("prescribe"))

    @proves("S2-5.3")
    def test_expired_licence_closes_the_functions(self):
        self.doctor.practice_right_ids = self.env["hospital.code"]._get("practice_right", "prescribe")
        self.doctor.action_register()
        found = self.env["hospital.practitioner"].search
        for days, state, may in (
            (-1, "expired", False),
            (0, "expiring", True),
            (30, "expiring", True),
            (31, "valid", True),
        ):
            with self.subTest(days=days):
                self.doctor.licence_valid_to = self.today + timedelta(days=days)
                self.assertEqual(self.doctor.licence_state, state)
                self.assertIn(self.doctor, found([("licence_state", "=", state)]))
                self.assertNotIn(self.doctor, found([("licence_state", "!=", state)]))
                self.assertEqual(self.doctor._may("prescribe"), may)
        self.doctor.licence_valid_to = self.today - timedelta(days=1)
        self.doctor._suspend("licence")
        with self.refused("licence has expired"):
            self.doctor._resume("too early")
        self.doctor.licence_number = False
        self.assertEqual(self.doctor.licence_state, "none")
        self.assertIn(self.doctor, found([("licence_state", "in", ["none", "valid"])]))

    @proves("S2-10.1", "S2-5.3")
    def test_one_practitioner_at_several_campuses(self):
        first = self.doctor.role_ids
        self.assertTrue(first.is_primary, "the first role is the main one")
        second = self.env["hospital.practitioner.role"].create(
            {"practitioner_id": self.doctor.id, "department_id": self.surgery.id, "is_primary": True}
        )
        self.assertFalse(first.is_primary)
        self.assertEqual(self.doctor.primary_department_id, self.surgery)
        self.assertEqual(self.doctor.campus_ids, self.east | self.west)
        found = self.env["hospital.practitioner"].search([("campus_ids", "=", self.west.id)])
        self.assertIn(self.doctor, found)
        second.date_to = second.date_from = self.today - timedelta(days=1)
        self.assertEqual(self.doctor.department_ids, self.cardiology, "a role that ended counts no more")
        self.assertNotIn(
            self.doctor, self.env["hospital.practitioner"].search([("department_ids", "in", self.surgery.ids)])
        )
        second.active = False
        self.assertTrue(first.is_primary)

    def test_roles_do_not_overlap(self):
        role = self.doctor.role_ids
        values = {"practitioner_id": self.doctor.id, "department_id": self.cardiology.id, "job": role.job}
        roles = self.env["hospital.practitioner.role"]
        with self.assertRaises(ExclusionViolation) as caught, mute_logger("odoo.sql_db"), self.cr.savepoint():
            roles.create(values)
        self.assertIn("End the earlier role first", roles._sql_error_to_message(caught.exception))
        with self.assertRaises(CheckViolation) as caught, mute_logger("odoo.sql_db"), self.cr.savepoint():
            role.write({"date_from": self.today, "date_to": self.today - timedelta(days=1)})
            self.env.flush_all()
        self.assertIn("Correct the dates", roles._sql_error_to_message(caught.exception))
        role.date_to = self.today
        later = roles.create({**values, "date_from": self.today + timedelta(days=1)})
        self.assertTrue(later)

    def test_archive_and_delete(self):
        self.doctor.action_register()
        with self.refused("Suspend the practitioner before archiving"):
            self.doctor.active = False
        self.doctor._suspend("leaves")
        self.doctor.active = False
        user = self.env["res.users"].browse(self.clerk.id)
        self.doctor.user_id = user
        self.assertEqual(user._hospital_practitioner(), self.env["hospital.practitioner"], "an archived one is nobody")
        self.doctor.active = True
        self.assertEqual(user._hospital_practitioner(), self.doctor)

    def test_phone_is_masked_for_all_and_kept_whole(self):
        self.doctor.phone = "138 1234 5678"
        self.assertEqual(self.doctor.phone, "138****5678")
        self.assertEqual(self.doctor.sudo().phone_full, "13812345678")
        with Form(self.doctor.with_user(self.operator)) as form:
            form.name = "单小明明"
        self.assertEqual(self.doctor.sudo().phone_full, "13812345678", "saving the mask does not overwrite the number")
        with self.assertRaises(AccessError):
            self.doctor.with_user(self.operator).read(["phone_full"])
        found = self.env["hospital.practitioner"].with_user(self.operator).search([("phone", "=", "13812345678")])
        self.assertEqual(found, self.doctor)
        with self.refused("not a phone number"):
            self.doctor.phone = "12"
