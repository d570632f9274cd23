from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .charges_common import ChargesCase


@tagged("post_install", "-at_install")
class TestRuleSentence(ChargesCase):
    def test_a_record_of_another_campus(self):
        nurse = self.users["nurse"].with_context(lang="en_US")
        campus = {
            "hospital_campus_ids": [Command.set(self.other_campus.ids)],
            "hospital_campus_id": self.other_campus.id,
        }
        nurse.write({"lang": "en_US", **campus})
        for step in ("read", "write"):
            with self.assertRaises(AccessError) as refused:
                self.inpatient.with_user(nurse).with_context(lang="en_US").check_access(step)
            sentence = refused.exception.args[0]
            self.assertIn("not open to you", sentence)
            self.assertNotIn(self.patient.name, sentence)
            self.assertNotIn("cookies", sentence)
