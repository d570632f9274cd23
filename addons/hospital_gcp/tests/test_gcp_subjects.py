from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from odoo.addons.hospital_base.tests.common import proves

from ..models.gcp_subject import STATUSES, STEPS
from .gcp_common import GcpCase


@tagged("post_install", "-at_install")
class TestGcpProjects(GcpCase):
    @proves("S3-14.1")
    def test_the_office_keeps_projects_and_their_investigators(self):
        form = Form(self.env["hospital.gcp.project"].with_user(self.office))
        form.code, form.name, form.sponsor = "GCPT9", "乙药治疗某病的Ⅲ期试验", "乙制药有限公司"
        form.principal_id = self.doctor
        with form.investigator_ids.new() as line:
            line.practitioner_id = self.doctor
            line.role = "principal"
        with form.investigator_ids.new() as line:
            line.practitioner_id = self.other_doctor
        project = form.save()
        self.assertEqual(project.created_on, self.env.company._hospital_today())
        self.assertEqual(project.investigator_ids.mapped("role"), ["principal", "sub"])
        self.assertEqual(project.initials[:2], "YY")
        project.action_start()
        self.assertEqual(project.state, "running")
        project.action_close()
        with self.assertRaisesRegex(UserError, "already"):
            project.action_close()
        project.action_reopen()
        self.assertEqual(project.state, "running")

    def test_two_projects_never_share_a_code(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.make_project("GCPT1", "另一个").flush_recordset()

    def test_an_investigator_has_a_role_once_at_a_time(self):
        line = {"project_id": self.project.id, "practitioner_id": self.doctor.id, "role": "sub"}
        create = self.env["hospital.gcp.investigator"].create
        create({**line, "date_from": "2026-01-01", "date_to": "2026-03-31"})
        create({**line, "date_from": "2026-04-01"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            create({**line, "date_from": "2026-05-01"}).flush_recordset()

    def test_a_project_with_subjects_is_archived_not_deleted(self):
        self.bind(self.new_patient("甲"))
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.project.unlink()


@tagged("post_install", "-at_install")
class TestGcpSubjects(GcpCase):
    @proves("S3-14.2")
    def test_every_step_is_kept_with_who_and_when(self):
        subject = self.bind(self.new_patient("步骤甲")).with_user(self.office)
        for status in ("enrolled", "discharged", "follow_up", "enrolled", "out"):
            subject.status = status
        steps = subject.step_ids.sorted("id")
        self.assertEqual(
            [(step.old_status, step.status) for step in steps],
            [
                (False, "screening"),
                ("screening", "enrolled"),
                ("enrolled", "discharged"),
                ("discharged", "follow_up"),
                ("follow_up", "enrolled"),
                ("enrolled", "out"),
            ],
        )
        self.assertEqual(steps[1:].user_id, self.office)
        self.assertTrue(all(steps.mapped("at")))
        self.assertEqual(subject.out_on, self.env.company._hospital_today())
        self.assertEqual((subject.status_uid, subject.status_at), (self.office, steps[-1].at))
        for act in (lambda: steps.sudo().write({"reason": "x"}), lambda: steps.sudo().unlink(), subject.unlink):
            with self.assertRaises(UserError):
                act()

    @proves("S3-14.2")
    def test_only_the_allowed_steps_are_taken(self):
        labels = [status for status, _label in STATUSES]
        self.assertEqual(labels, ["screening", "enrolled", "discharged", "follow_up", "out"])
        allowed = {
            ("screening", "enrolled"), ("screening", "out"),
            ("enrolled", "discharged"), ("enrolled", "follow_up"), ("enrolled", "out"),
            ("discharged", "enrolled"), ("discharged", "follow_up"), ("discharged", "out"),
            ("follow_up", "enrolled"), ("follow_up", "discharged"), ("follow_up", "out"),
        }  # fmt: skip
        way = {"screening": (), "enrolled": ("enrolled",), "discharged": ("enrolled", "discharged")}
        way |= {"follow_up": ("enrolled", "follow_up"), "out": ("out",)}
        self.assertEqual({(old, new) for old, targets in STEPS.items() for new in targets}, allowed)
        for number, old in enumerate(labels):
            subject = self.bind(self.new_patient(f"路径{number}"))
            for status in way[old]:
                subject.status = status
            for new in labels:
                if new != old and (old, new) not in allowed:
                    with self.assertRaisesRegex(UserError, "cannot go from"):
                        subject.status = new
                    self.assertEqual(subject.status, old)

    def test_a_step_is_taken_back_with_a_reason(self):
        subject = self.bind(self.new_patient("退步甲")).with_user(self.office)
        with self.assertRaisesRegex(UserError, "no step"):
            subject.action_undo_step()
        subject.status = "out"
        self.assertTrue(subject.out_on)
        wizard = self.env["hospital.gcp.status"].with_user(self.office)
        action = subject.action_undo_step()
        change = wizard.with_context(**action["context"]).create({})
        self.assertTrue(change.undo)
        with self.assertRaisesRegex(UserError, "reason"):
            change.action_confirm()
        change.reason = "点错"
        change.action_confirm()
        self.assertEqual((subject.status, subject.out_on), ("screening", False))
        last = subject.step_ids.sorted("id")[-1]
        self.assertEqual((last.is_undo, last.reason), (True, "点错"))
        with self.assertRaisesRegex(UserError, "no step"):  # back and forth would hide what happened
            change.action_confirm()

    def test_several_subjects_change_together_or_not_at_all(self):
        first, second = (self.bind(self.new_patient(name)) for name in ("批甲", "批乙"))
        second.status = "out"
        wizard = self.env["hospital.gcp.status"].with_user(self.office)
        change = wizard.create({"subject_ids": (first | second).ids, "status": "enrolled"})
        with self.assertRaisesRegex(UserError, "cannot go from"):
            change.action_confirm()
        first.invalidate_recordset()
        self.assertEqual(first.status, "screening")
        change.subject_ids = first
        change.at = fields.Datetime.now() + timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "future"):
            change.action_confirm()
        change.at = fields.Datetime.now() - timedelta(days=3)
        with self.assertRaisesRegex(UserError, "later"):
            change.action_confirm()
        change.write({"at": fields.Datetime.now(), "reason": "合格"})
        change.action_confirm()
        self.assertEqual((first.status, first.step_ids[0].reason), ("enrolled", "合格"))

    @proves("S3-14.2")
    def test_a_closed_project_takes_nobody(self):
        closed = self.make_project("GCPT2", "已结束试验", state="closed")
        with self.assertRaisesRegex(ValidationError, "closed"):
            self.bind(self.new_patient("迟到"), closed)

    def test_a_patient_in_two_running_projects_is_warned_of(self):
        patient = self.new_patient("双试验")
        other = self.make_project("GCPT3", "丙药试验")
        first = self.bind(patient)
        self.assertFalse(first.other_projects)
        form = Form(self.env["hospital.gcp.subject"].with_user(self.office))
        form.project_id = other
        with self.assertLogs("odoo.tests.form", "WARNING") as warned:
            form.patient_id = patient
        self.assertIn("甲药试验", warned.output[0])
        form.subject_number = "S1"
        second = form.save()
        self.assertIn("甲药试验", second.other_projects)
        subjects = self.env["hospital.gcp.subject"]
        self.assertEqual(subjects.search([("other_projects", "!=", False)]) & (first | second), first | second)
        self.assertFalse(subjects.search([("other_projects", "=", False)]) & (first | second))
        first.status = "out"
        self.assertFalse(subjects.search([("other_projects", "!=", False)]) & (first | second))
        second.invalidate_recordset()
        self.assertFalse(second.other_projects)

    @proves("S3-14.2")
    def test_several_patients_are_bound_at_once_by_number_card_or_name(self):
        encounter = self.new_inpatient(hours_ago=5)
        carded = self.new_patient("持卡甲")
        card_type = self.env["hospital.card.type"].search([("kind", "=", "self_paid")], limit=1)
        number = (card_type.prefix + "0000000000000000")[: card_type.number_length or 12]
        carded.card_ids = [(0, 0, {"number": number, "campus_id": self.campus.id})]
        patients = self.env["hospital.patient"].with_user(self.office)
        found = [patients.name_search(text)[0][0] for text in (encounter.number, number, "持卡甲")]
        self.assertEqual(found, [encounter.patient_id.id, carded.id, carded.id])
        binding = Form(
            self.env["hospital.gcp.binding"].with_user(self.office).with_context(default_project_id=self.project.id)
        )
        for subject_number, patient in (("B1", encounter.patient_id), ("B2", carded)):
            with binding.line_ids.new() as line:
                line.patient_id = patient
                line.subject_number = subject_number
        action = binding.save().action_confirm()
        subjects = self.env["hospital.gcp.subject"].search(action["domain"])
        self.assertEqual(subjects.mapped("subject_number"), ["B1", "B2"])
        self.assertEqual(subjects.patient_id, encounter.patient_id | carded)
        self.assertEqual(subjects[0].ward_id, self.ward_m)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.bind(carded, number="B3").flush_recordset()


@tagged("post_install", "-at_install")
class TestGcpDoctors(GcpCase):
    @proves("S3-14.3")
    def test_the_doctor_sees_the_status_in_the_list_and_on_the_board(self):
        encounter = self.new_inpatient(hours_ago=30)
        subject = self.bind(encounter.patient_id)
        subject.status = "enrolled"
        view = self.env.ref("hospital_base.view_hospital_encounter_inpatient_list")
        seen = self.env["hospital.encounter"].with_user(self.users["doctor"])
        arch = seen.get_view(view.id, "list")["arch"]
        self.assertIn('name="gcp_status"', arch)
        self.assertEqual(seen.browse(encounter.id).gcp_status, "enrolled")
        self.assertIn("甲药试验", seen.browse(encounter.id).gcp_projects)
        self.assertIn(encounter, seen.search([("gcp_status", "=", "enrolled")]))
        self.assertNotIn(encounter, seen.search([("gcp_status", "=", False)]))
        badges = self.m1.with_user(self.users["nurse"]).board_card["badges"]
        self.assertIn("GCP Enrolled", [badge["text"] for badge in badges])
        finance = self.env["hospital.encounter"].with_user(self.users["finance_clerk"])
        self.assertNotIn('name="gcp_status"', finance.get_view(view.id, "list")["arch"])
        self.assertNotIn("gcp_status", finance.fields_get())
        badges = self.m1.with_user(self.users["registrar"]).board_card["badges"]
        self.assertNotIn("GCP Enrolled", [badge["text"] for badge in badges])

    def test_of_several_trials_the_one_still_running_counts(self):
        encounter = self.new_inpatient(hours_ago=30)
        running = self.bind(encounter.patient_id)
        left = self.bind(encounter.patient_id, self.make_project("GCPT4", "丁药试验"))
        left.status = "out"
        self.assertEqual(encounter.gcp_status, "screening")
        running.status = "out"
        encounter.invalidate_recordset()
        self.assertEqual(encounter.gcp_status, "out")
