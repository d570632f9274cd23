from contextlib import contextmanager
from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .common import proves


class PlacesCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.east, cls.west = cls.env["hospital.campus"].create(
            [{"name": "东院区", "code": "PLACES-E"}, {"name": "西院区", "code": "PLACES-W"}]
        )
        cls.operator = new_test_user(
            cls.env,
            "places_it",
            groups="hospital_base.group_hospital_it_operator",
            hospital_campus_ids=[Command.set((cls.east | cls.west).ids)],
            hospital_campus_id=cls.east.id,
        )
        cls.clerk = new_test_user(
            cls.env,
            "places_registrar",
            groups="hospital_base.group_hospital_registrar",
            hospital_campus_ids=[Command.set(cls.east.ids)],
        )
        cls.cardiology = cls.env["hospital.department"].create(
            {"name": "心血管内科", "code": "0301", "kind": "inpatient", "campus_id": cls.east.id}
        )
        cls.ward = cls.env["hospital.ward"].create(
            {
                "name": "一病区",
                "code": "W1",
                "campus_id": cls.east.id,
                "department_ids": [Command.set(cls.cardiology.ids)],
                "bed_ids": [Command.create({"name": "01"}), Command.create({"name": "02"})],
            }
        )

    @contextmanager
    def refused(self, sentence, error=UserError):
        """What happens inside is refused with this sentence, and nothing of it stays."""
        with self.assertRaisesRegex(error, sentence), self.cr.savepoint():
            yield

    def refused_by_database(self, model, values):
        """The sentence a user reads when the database refuses the row."""
        with self.assertRaises(UniqueViolation) as caught, mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.env[model].create(values)
        return self.env[model]._sql_error_to_message(caught.exception)


@tagged("post_install", "-at_install")
class TestPlaces(PlacesCase):
    @proves("S2-1.2", "S2-5.1")
    def test_operator_keeps_the_information_of_the_hospital(self):
        campus = self.east.with_user(self.operator)
        with Form(campus) as form:
            form.org_code = "PDY900001"
            form.level = "3a"
            form.licence_number = "L-1"
            form.licence_valid_to = date(2030, 1, 1)
            form.address = "示范路1号"
            form.phone = "0000-1234567"
            form.introduction = "<p>东院区简介</p>"
        self.assertEqual((campus.org_code, campus.level, campus.initials), ("PDY900001", "3a", "DYQ"))
        self.flush_tracking()
        changed = campus.sudo().message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertIn("address", changed, "who changed the data of the hospital stays visible")
        with self.assertRaises(AccessError):
            self.east.with_user(self.clerk).address = "elsewhere"
        self.assertEqual(self.east.with_user(self.clerk).name, "东院区")

    @proves("S2-10.1")
    def test_several_campuses(self):
        new = self.env["hospital.campus"].with_user(self.operator).create({"name": "南院区", "code": "PLACES-S"})
        self.assertIn(new, self.operator.hospital_campus_ids, "whoever opens a campus may work at it")
        department = self.env["hospital.department"].with_user(self.operator).create({"name": "内科", "code": "01"})
        self.assertEqual(department.campus_id, self.east, "the default campus of the user")
        same_code = (
            self.env["hospital.department"]
            .with_user(self.operator)
            .create({"name": "内科", "code": "01", "campus_id": new.id})
        )
        self.assertEqual(same_code.campus_id, new, "the same code may serve on each campus")
        self.assertEqual(self.east.department_count, 2)
        self.assertEqual((self.east.ward_count, self.east.bed_count), (1, 2))
        found = self.env["hospital.department"].name_search("西院区/内科", operator="=")
        self.assertFalse(found)
        found = self.env["hospital.department"].name_search("南院区/内科", operator="=")
        self.assertEqual(found[0][0], same_code.id)

    @proves("S2-10.1")
    def test_user_works_at_his_campuses(self):
        with self.refused("does not work at"):
            self.clerk.hospital_campus_id = self.west
        self.assertEqual(self.clerk._hospital_campus(), self.east)
        self.assertEqual(self.operator._hospital_campus(), self.east)
        self.operator.with_user(self.operator).hospital_campus_id = self.west
        self.assertEqual(self.operator._hospital_campus(), self.west, "a user chooses among his campuses himself")
        with self.assertRaises(AccessError):
            self.clerk.with_user(self.clerk).hospital_campus_ids = [Command.link(self.west.id)]
        self.env.company.hospital_default_campus_id = self.west
        newcomer = new_test_user(self.env, "places_new", groups="hospital_base.group_hospital_nurse")
        self.assertEqual(newcomer.hospital_campus_ids, self.west)

    @proves("S2-1.2", "S2-5.2")
    def test_departments_are_kept_by_the_operator(self):
        departments = self.env["hospital.department"].with_user(self.operator)
        with Form(departments) as form:
            form.name = "呼吸内科"
            form.code = "0302"
            form.kind = "clinic"
            form.standard_code_id = self.env["hospital.code"]._get("dept_standard", "03.01")
            form.location = "门诊楼2层"
        department = departments.search([("initials", "=", "HXNK"), ("campus_id", "=", self.east.id)])
        self.assertEqual(department.code, "0302")
        department.name = "呼吸与危重症医学科"
        self.assertEqual(department.initials, "HXYWZZYXK")
        department.unlink()
        with self.assertRaises(AccessError):
            self.env["hospital.department"].with_user(self.clerk).create({"name": "X", "code": "X"})

    def test_department_errors(self):
        message = self.refused_by_database(
            "hospital.department", {"name": "重复", "code": "0301", "campus_id": self.east.id}
        )
        self.assertIn("has this code already", message)
        west = self.env["hospital.department"].create({"name": "外科", "code": "04", "campus_id": self.west.id})
        with self.refused("Choose one of the same campus"):
            self.cardiology.parent_id = west
        with self.refused("cannot stand above itself"):
            self.cardiology.parent_id = self.cardiology
        with self.refused("belongs to 东院区 but department 外科 does not"):
            self.ward.department_ids = west
        with self.refused("does not"):
            self.ward.nursing_department_id = west
        with self.refused("belongs to 东院区"):
            self.cardiology.campus_id = self.west

    def test_what_is_used_is_archived(self):
        self.env["hospital.practitioner"].create(
            {"name": "甲", "code": "P-1", "role_ids": [Command.create({"department_id": self.cardiology.id})]}
        )
        with self.refused("心血管内科 cannot be deleted.*Practitioner role.*Archive it instead"):
            self.cardiology.unlink()
        self.cardiology.active = False
        with self.refused("used by: Bed"):
            self.ward.unlink()
        with self.refused("still has departments or wards"):
            self.east.active = False
        self.ward.active = False
        self.assertFalse(self.ward.bed_ids, "the beds go with the ward")
        self.env["hospital.department"].search([("campus_id", "=", self.east.id)]).active = False
        self.east.active = False

    def test_beds(self):
        bed = self.ward.bed_ids[0]
        self.assertEqual((bed.campus_id, bed.state), (self.east, "free"))
        with self.refused("Say why bed 01 is blocked"):
            bed.blocked = True
        bed.write({"blocked": True, "blocked_reason": "氧气维修"})
        self.assertEqual(bed.state, "blocked")
        message = self.refused_by_database("hospital.bed", {"name": "01", "ward_id": self.ward.id})
        self.assertIn("has a bed of that name already", message)

    def test_occupied_bed_and_its_department_stay(self):
        patient = self.env["hospital.patient"].create({"name": "测试患者"})
        encounter = self.env["hospital.encounter"].create(
            {
                "patient_id": patient.id,
                "kind": "inpatient",
                "campus_id": self.east.id,
                "department_id": self.cardiology.id,
            }
        )
        bed = self.ward.bed_ids[0]
        encounter._admit(bed, fields.Datetime.now())
        with self.refused("A patient lies in bed 01"):
            bed.active = False
        with self.refused("A patient lies in bed 01"):
            self.ward.active = False
        with self.refused("still has 1 inpatients"):
            self.cardiology.active = False
        self.assertEqual(self.cardiology.inpatient_count, 1)

    @proves("S2-1.2")
    def test_many_beds_at_once(self):
        series = Form(
            self.env["hospital.bed.series"].with_user(self.operator).with_context(default_ward_id=self.ward.id)
        )
        self.assertEqual(series.first, 3, "after the last bed of the ward")
        series.first, series.last = 2, 5
        self.assertEqual(series.preview, "3 new beds: 03, 04, 05")
        series.save().action_create_beds()
        self.assertEqual(self.ward.bed_ids.mapped("name"), ["01", "02", "03", "04", "05"])
        series = series.save()
        with self.refused("no new bed in this range"):
            series.action_create_beds()
        series.last = 500
        with self.refused("At most 200 beds"):
            series.action_create_beds()

    def test_hospital_day_is_the_day_of_the_hospital(self):
        company = self.env.company
        company.hospital_tz = "Asia/Shanghai"
        evening, night = map(fields.Datetime.to_datetime, ("2026-01-31 15:59:00", "2026-01-31 16:00:00"))
        self.assertEqual(company._hospital_date(evening), date(2026, 1, 31))
        self.assertEqual(company._hospital_date(night), date(2026, 2, 1))
        self.assertEqual(company._hospital_day_bounds(date(2026, 2, 1)), (night, night + timedelta(days=1)))
        company.hospital_tz = "Europe/Berlin"
        start, end = company._hospital_day_bounds(date(2026, 3, 29))
        self.assertEqual((end - start).total_seconds(), 23 * 3600, "the day on which clocks go forward has 23 hours")

    def test_lock_date(self):
        company = self.env.company
        company._hospital_check_unlocked(date(2026, 1, 1))
        company.hospital_lock_date = date(2026, 1, 31)
        company._hospital_check_unlocked(date(2026, 2, 1))
        with self.refused("locked"):
            company._hospital_check_unlocked(date(2026, 1, 31))

    def test_finance_manager_locks_a_period(self):
        manager = new_test_user(
            self.env, "places_finance_manager", groups="hospital_base.group_hospital_finance_manager"
        )
        company, today = self.env.company, self.env.company._hospital_today()
        locks = self.env["hospital.lock.date"].with_user(manager)
        with self.refused("Only days that are over"):
            locks.create({"lock_date": today, "reason": "too early"}).action_apply()
        locks.create({"lock_date": today - timedelta(days=1), "reason": "月结"}).action_apply()
        self.assertEqual(company.hospital_lock_date, today - timedelta(days=1))
        self.assertIn("月结", self.east.message_ids[0].body)
        self.assertEqual(self.east.message_ids[0].author_id, manager.partner_id)
        locks.create({"lock_date": False, "reason": "更正"}).action_apply()
        self.assertFalse(company.hospital_lock_date)
        with self.refused("", AccessError):
            self.env["hospital.lock.date"].with_user(self.operator).create({"reason": "not mine"})

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.flush()
