from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .people_common import PeopleCase


@tagged("post_install", "-at_install")
class TestPeopleMerge(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.department = cls.env["hospital.department"].create(
            {"name": "合并科", "code": "PMD", "campus_id": cls.campus.id, "kind": "clinic"},
        )
        cls.winner = cls.make_patient("周瑜", document=cls.resident_number(31), sex="1")
        cls.loser = cls.make_patient(
            "周瑜",
            document="H0000000001",
            phone="13800002222",
            birth_date="1990-01-01",
            contact_name="小乔",
            card_ids=[Command.create({"number": "3300000501"})],
            allergy_ids=[Command.create({"substance": "青霉素"})],
        )
        cls.registrar = cls.users["registrar"]

    def encounter(self, patient, kind="outpatient"):
        return self.env["hospital.encounter"].create(
            {
                "patient_id": patient.id,
                "kind": kind,
                "campus_id": self.campus.id,
                "department_id": self.department.id,
            }
        )

    def merge(self, winner=None, loser=None, take=()):
        wizard = (
            self.env["hospital.patient.merge"]
            .with_user(self.registrar)
            .create(
                {
                    "winner_id": (winner or self.winner).id,
                    "loser_id": (loser or self.loser).id,
                    "confirmed": True,
                }
            )
        )
        wizard.line_ids.filtered(lambda line: line.field_name in take).take = True
        return wizard.action_merge()

    def test_everything_moves(self):
        encounter = self.encounter(self.loser)
        child = self.make_patient("周循", mother_id=self.loser.id)
        partner = self.env["res.partner"].create({"name": "follower"})
        (self.winner | self.loser).message_subscribe(partner.ids)
        other = self.env["res.partner"].create({"name": "only of the loser"})
        self.loser.message_subscribe(other.ids)
        attachment = self.env["ir.attachment"].create(
            {"name": "scan.txt", "raw": b"x", "res_model": "hospital.patient", "res_id": self.loser.id},
        )
        message = self.loser.message_post(body="note")
        activity = self.loser.activity_schedule("mail.mail_activity_data_todo", user_id=self.env.user.id)
        mother = self.make_patient("周母")
        earlier = self.make_patient("周瑜甲")
        earlier._merge_into(self.loser)
        documents, card, allergy = self.loser.identifier_ids, self.loser.card_ids, self.loser.allergy_ids
        self.loser.mother_id = mother
        self.winner.mother_id = self.loser

        self.merge()
        self.assertEqual((documents | self.winner.identifier_ids).patient_id, self.winner)
        self.assertEqual((card | card).patient_id, self.winner)
        self.assertEqual(allergy.patient_id, self.winner)
        self.assertEqual(self.winner.allergy_state, "known")
        self.assertEqual(encounter.patient_id, self.winner)
        self.assertEqual(child.mother_id, self.winner)
        self.assertEqual(self.winner.mother_id, mother)
        self.assertEqual((attachment.res_id, message.res_id, activity.res_id), (self.winner.id,) * 3)
        self.assertEqual(earlier.merged_into_id, self.winner)
        followers = self.env["mail.followers"].search(
            [("res_model", "=", "hospital.patient"), ("res_id", "in", (self.winner | self.loser).ids)]
        )
        self.assertEqual(followers.mapped("res_id"), [self.winner.id] * len(followers))
        self.assertTrue(partner in followers.partner_id and other in followers.partner_id)
        self.assertEqual(len(followers.filtered(lambda follower: follower.partner_id == partner)), 1)
        self.assertEqual((self.loser.active, self.loser.merged_into_id), (False, self.winner))

    def test_facts_fill_what_is_empty(self):
        self.winner.phone = "13900003333"
        self.merge(take=())
        self.assertEqual(self.winner.sudo().phone_full, "13900003333")
        self.assertEqual((str(self.winner.birth_date), self.winner.contact_name), ("1990-01-01", "小乔"))

    def test_facts_taken_by_choice(self):
        self.winner.phone = "13900003333"
        self.merge(take=("phone_full",))
        self.assertEqual(self.winner.sudo().phone_full, "13800002222")

    def test_side_by_side_shows_masks(self):
        self.winner.phone = "13900003333"
        with Form(self.env["hospital.patient.merge"].with_user(self.registrar)) as form:
            form.winner_id, form.loser_id = self.winner, self.loser
        lines = {line.field_name: line for line in form.record.line_ids}
        self.assertEqual(
            (lines["phone_full"].winner_value, lines["phone_full"].loser_value), ("139****3333", "138****2222")
        )
        self.assertTrue(lines["birth_date"].take)
        self.assertFalse(lines["phone_full"].take)
        self.assertFalse(lines["name"].differs)

    def test_winner_is_found_by_the_numbers_of_the_loser(self):
        number = self.loser.number
        self.merge()
        for term in (number, "H00000000", "3300000501"):
            self.assertEqual(self.env["hospital.patient"].search([("search_text", "ilike", term)]), self.winner, term)

    def test_logged(self):
        self.merge()
        log = self.env["hospital.access.log"].search([("action", "=", "merge")], limit=1)
        self.assertEqual((log.user_id, log.res_id), (self.registrar, self.winner.id))
        self.assertIn(self.loser.number, log.detail)

    def test_refused(self):
        with self.assertRaisesRegex(UserError, "himself"):
            self.merge(self.winner, self.winner)
        wizard = (
            self.env["hospital.patient.merge"]
            .with_user(self.registrar)
            .create(
                {"winner_id": self.winner.id, "loser_id": self.loser.id},
            )
        )
        with self.assertRaisesRegex(UserError, "tick"):
            wizard.action_merge()
        self.merge()
        third = self.make_patient("第三")
        with self.assertRaisesRegex(UserError, "merged already"):
            self.merge(third, self.loser)
        with self.assertRaisesRegex(UserError, "merged already"):
            self.merge(self.loser, third)
        with self.assertRaisesRegex(UserError, "stays archived"):
            self.loser.active = True
        third.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.merge(self.winner, third)

    def test_two_inpatients(self):
        for patient in (self.winner, self.loser):
            self.encounter(patient, "inpatient")
        with self.assertRaisesRegex(UserError, "in hospital now"):
            self.merge()
        self.assertTrue(self.loser.active)
        self.assertTrue(self.loser.card_ids)

    def test_one_inpatient(self):
        encounter = self.encounter(self.loser, "inpatient")
        self.merge()
        self.assertEqual(self.winner.open_inpatient_id, encounter)

    def test_only_the_registration_desk(self):
        with self.assertRaises(AccessError):
            self.env["hospital.patient.merge"].with_user(self.users["doctor"]).create(
                {"winner_id": self.winner.id, "loser_id": self.loser.id},
            )


@tagged("post_install", "-at_install")
class TestPeopleMergeRegistry(PeopleCase):
    def test_relation_tables_and_references_of_any_addon(self):
        """A many2many, a Reference and a number beside a model name, none of which this addon has by itself."""
        winner, loser = self.make_patient("甲"), self.make_patient("乙")
        model = self.env["ir.model"].create(
            {
                "name": "People probe",
                "model": "x_people_probe",
                "field_id": [
                    Command.create(
                        {"name": "x_ref", "ttype": "reference", "selection": "[('hospital.patient', 'Patient')]"}
                    ),
                    Command.create({"name": "x_model", "ttype": "char"}),
                    Command.create({"name": "x_id", "ttype": "integer"}),
                    Command.create({"name": "x_patient", "ttype": "many2one", "relation": "hospital.patient"}),
                    Command.create({"name": "x_patients", "ttype": "many2many", "relation": "hospital.patient"}),
                ],
            }
        )
        probe = self.env[model.model].create(
            {
                "x_ref": f"hospital.patient,{loser.id}",
                "x_model": "hospital.patient",
                "x_id": loser.id,
                "x_patient": loser.id,
                "x_patients": [Command.set((loser | winner).ids)],
            }
        )
        loser._merge_into(winner)
        self.assertEqual((probe.x_ref, probe.x_id, probe.x_patient), (winner, winner.id, winner))
        self.assertEqual(probe.x_patients, winner)
