import threading

import psycopg2.errors
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestVisitsConcurrency(BaseCase):
    """Real connections and real commits: two clerks at once, exactly one winner and a sentence for the other."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.made = {}
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            campus = env["hospital.campus"].create({"name": "并发院", "code": "VCC"})
            department = env["hospital.department"].create(
                {"name": "并发科", "code": "VCC", "campus_id": campus.id, "kind": "inpatient"}
            )
            ward = env["hospital.ward"].create(
                {"name": "并发病区", "code": "VCC", "campus_id": campus.id, "department_ids": department.ids}
            )
            beds = env["hospital.bed"].create([{"name": str(number), "ward_id": ward.id} for number in range(1, 5)])
            patients = env["hospital.patient"].create([{"name": f"并发{number}", "sex": "1"} for number in range(3)])
            encounters = env["hospital.encounter"].create(
                [
                    {
                        "patient_id": patient.id,
                        "kind": "inpatient",
                        "campus_id": campus.id,
                        "department_id": department.id,
                    }
                    for patient in patients[:2]
                ]
            )
            self.made = {
                "hospital.encounter": encounters.ids,
                "hospital.patient": patients.ids,
                "hospital.bed": beds.ids,
                "hospital.ward": ward.ids,
                "hospital.department": department.ids,
                "hospital.campus": campus.ids,
            }
            self.department, self.campus = department.id, campus.id
        self.addCleanup(self._clean)

    def _clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            patients = tuple(self.made["hospital.patient"])
            cr.execute("DELETE FROM hospital_encounter WHERE patient_id IN %s", [patients])
            for model in list(self.made)[1:]:
                env[model].browse(self.made[model]).unlink()

    def _race(self, *steps):
        """Every step in its own connection, all past their first look before any of them may write. Returns the outcomes."""
        outcomes = [None] * len(steps)
        gate = threading.Barrier(len(steps))

        def run(number, step):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                tries = []

                def attempt():
                    cr.execute("SELECT 1")  # the snapshot of this transaction begins here
                    if not tries:
                        gate.wait(20)
                    tries.append(True)
                    step(env)

                try:
                    retrying(attempt, env)
                    outcomes[number] = "done"
                except UserError as refusal:
                    outcomes[number] = str(refusal)

        threads = [threading.Thread(target=run, args=item) for item in enumerate(steps)]
        with mute_logger("odoo.sql_db", "odoo.service.model"):  # out here: threads would undo each other's
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        return outcomes

    def assertOneWinner(self, outcomes, *words):
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        [refusal] = [outcome for outcome in outcomes if outcome != "done"]
        self.assertTrue(refusal and any(word in refusal for word in words), refusal)
        self.assertTrue(refusal.endswith("."), refusal)

    def _stays(self, query="SELECT COUNT(*) FROM hospital_stay WHERE patient_id IN %s"):
        with self.registry.cursor() as cr:
            cr.execute(query, [tuple(self.made["hospital.patient"])])
            return cr.fetchone()[0]

    def test_two_patients_one_bed(self):
        bed = self.made["hospital.bed"][0]
        outcomes = self._race(
            *(
                lambda env, enc=enc: env["hospital.encounter"].browse(enc)._admit(env["hospital.bed"].browse(bed))
                for enc in self.made["hospital.encounter"]
            )
        )
        self.assertOneWinner(outcomes, "is occupied at that time", "A colleague is changing")
        self.assertEqual(self._stays(), 1)

    def test_one_patient_two_beds(self):
        encounter = self.made["hospital.encounter"][0]
        outcomes = self._race(
            *(
                lambda env, bed=bed: env["hospital.encounter"].browse(encounter)._admit(env["hospital.bed"].browse(bed))
                for bed in self.made["hospital.bed"][:2]
            )
        )
        self.assertOneWinner(outcomes, "Only a registered patient", "A colleague is changing")
        self.assertEqual(self._stays(), 1)

    def test_one_patient_registered_twice(self):
        patient = self.made["hospital.patient"][2]
        vals = {"patient_id": patient, "kind": "inpatient", "campus_id": self.campus, "department_id": self.department}
        outcomes = self._race(*[lambda env: env["hospital.encounter"].create(vals)] * 2)
        self.assertOneWinner(outcomes, "open inpatient encounter")

    def test_the_database_has_the_last_word(self):
        """The loser had looked before the winner wrote, and no lock was in its way any more."""
        bed_id, (first, second) = self.made["hospital.bed"][0], self.made["hospital.encounter"]
        with self.registry.cursor() as slow_cr:
            slow = api.Environment(slow_cr, SUPERUSER_ID, {})
            slow_cr.execute("SELECT 1")
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["hospital.encounter"].browse(first)._admit(env["hospital.bed"].browse(bed_id))
            with self.assertRaises(UserError) as caught, mute_logger("odoo.sql_db"):
                slow["hospital.encounter"].browse(second)._admit(slow["hospital.bed"].browse(bed_id))
            self.assertIsInstance(caught.exception.__context__, psycopg2.errors.ExclusionViolation)
            self.assertIn("并发病区", str(caught.exception))
            slow_cr.rollback()
        self.assertEqual(self._stays(), 1)
