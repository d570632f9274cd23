from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .people_common import PeopleCase


@tagged("post_install", "-at_install")
class TestPeopleCards(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registrar = cls.users["registrar"]
        cls.patient = cls.make_patient("黄忠")
        cls.card = (
            cls.env["hospital.card"]
            .with_user(cls.registrar)
            .create({"patient_id": cls.patient.id, "number": "3300000601"})
        )

    def step(self, card, step, **values):
        action = getattr(card, f"action_{step}")()
        self.assertEqual(action["context"]["default_card_id"], card.id)
        return (
            self.env["hospital.card.step"]
            .with_user(self.registrar)
            .with_context(**action["context"])
            .create(values)
            .action_confirm()
        )

    def test_lost_found_replaced(self):
        self.step(self.card, "lost", reason="掉了")
        self.assertEqual(
            (self.card.state, self.card.state_reason, self.card.state_by_id), ("lost", "掉了", self.registrar)
        )
        self.assertFalse(self.patient.card_number)
        self.step(self.card, "found")
        self.assertEqual((self.card.state, self.patient.card_number), ("in_use", "3300000601"))
        self.step(self.card, "lost")
        self.step(self.card, "replace", new_number="35 0000 0602", reason="补办")
        new = self.card.next_card_ids
        self.assertEqual(
            (self.card.state, new.number, new.state, new.type_id.prefix), ("replaced", "3500000602", "in_use", "35")
        )
        self.assertEqual(
            (new.previous_card_id, new.patient_id, new.issued_by_id), (self.card, self.patient, self.registrar)
        )
        self.assertEqual(self.patient.search([("search_text", "ilike", "3300000601")]), self.patient)

    def test_replaced_by_a_virtual_card(self):
        self.step(self.card, "replace", is_virtual=True)
        self.assertRegex(self.card.next_card_ids.number, r"^900\d{9}$")

    def test_returned_cards_are_given_out_again(self):
        self.step(self.card, "return")
        again = (
            self.env["hospital.card"]
            .with_user(self.registrar)
            .create(
                {"patient_id": self.make_patient("魏延").id, "number": "3300000601"},
            )
        )
        self.assertEqual(again.state, "in_use")
        with self.assertRaisesRegex(UserError, "not possible"):
            self.card.action_found()

    def test_impossible_steps(self):
        self.step(self.card, "return")
        for step in ("lost", "found", "replace", "return"):
            with self.assertRaisesRegex(UserError, "not possible"):
                getattr(self.card, f"action_{step}")()

    def test_failed_replacement_changes_nothing(self):
        other = self.env["hospital.card"].create({"patient_id": self.make_patient("马超").id, "number": "3300000603"})
        for number in (other.number, "7700000001"):
            with self.assertRaises(ValidationError if number == other.number else UserError), self.env.cr.savepoint():
                self.step(self.card, "replace", new_number=number)
            self.assertEqual((self.card.state, self.card.next_card_ids), ("in_use", self.card.browse()))

    def test_history_cannot_be_written(self):
        for vals in ({"state": "lost"}, {"patient_id": self.make_patient("甲").id}, {"state_reason": "x"}):
            with self.assertRaises(AccessError):
                self.card.with_user(self.registrar).write(vals)
        forged = (
            self.env["hospital.card"]
            .with_user(self.registrar)
            .create(
                {
                    "patient_id": self.patient.id,
                    "number": "3300000604",
                    "state": "returned",
                    "issued_at": "2000-01-01",
                    "state_reason": "x",
                }
            )
        )
        self.assertEqual((forged.state, forged.state_reason, forged.issued_at.year > 2000), ("in_use", False, True))
        with self.assertRaises(UserError):
            self.card.sudo().write({"number": "3300000999"})
        for role in ("cashier", "doctor", "nurse"):
            with self.assertRaises(AccessError):
                self.env["hospital.card"].with_user(self.users[role]).create(
                    {"patient_id": self.patient.id, "number": "3300000605"}
                )
            with self.assertRaises(AccessError):
                self.env["hospital.card.step"].with_user(self.users[role]).create(
                    {"card_id": self.card.id, "step": "lost"}
                )
