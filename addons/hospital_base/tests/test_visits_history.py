import random
from contextlib import closing
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .visits_common import VisitsCase

INVARIANTS = {
    "a gap or an overlap inside of an encounter": """
        SELECT encounter_id FROM (
            SELECT encounter_id, end_at, LEAD(start_at) OVER chain AS next_start FROM hospital_stay
            WINDOW chain AS (PARTITION BY encounter_id ORDER BY start_at)
        ) stays WHERE next_start IS NOT NULL AND next_start IS DISTINCT FROM end_at""",
    "two patients in one bed": """
        SELECT one.id FROM hospital_stay one JOIN hospital_stay two ON one.bed_id = two.bed_id AND one.id < two.id
         WHERE one.start_at < COALESCE(two.end_at, 'infinity') AND two.start_at < COALESCE(one.end_at, 'infinity')""",
    "one patient in two beds": """
        SELECT one.id FROM hospital_stay one JOIN hospital_stay two ON one.patient_id = two.patient_id AND one.id < two.id
         WHERE one.start_at < COALESCE(two.end_at, 'infinity') AND two.start_at < COALESCE(one.end_at, 'infinity')""",
    "an encounter whose times are not those of its stays": """
        SELECT e.id FROM hospital_encounter e
          LEFT JOIN LATERAL (SELECT MIN(start_at) AS first, COUNT(*) AS number, COUNT(*) FILTER (WHERE end_at IS NULL) AS open,
                                    MAX(end_at) AS last FROM hospital_stay WHERE encounter_id = e.id) s ON TRUE
         WHERE e.kind = 'inpatient' AND CASE e.state
               WHEN 'in_progress' THEN s.open <> 1 OR e.start_at <> s.first OR e.end_at IS NOT NULL
               WHEN 'finished' THEN s.number = 0 OR s.open <> 0 OR e.start_at <> s.first OR e.end_at <> s.last
               ELSE s.number <> 0 END""",
    "an encounter that does not know its bed": """
        SELECT e.id FROM hospital_encounter e JOIN LATERAL
               (SELECT * FROM hospital_stay WHERE encounter_id = e.id ORDER BY start_at DESC LIMIT 1) s ON TRUE
         WHERE (e.ward_id, e.bed_id, e.department_id) IS DISTINCT FROM (s.ward_id, s.bed_id, s.department_id)""",
    "a leave that is not inside of one stay": """
        SELECT l.id FROM hospital_leave l WHERE NOT EXISTS (
            SELECT FROM hospital_stay s WHERE s.encounter_id = l.encounter_id AND s.start_at <= l.start_at
               AND COALESCE(l.end_at, 'infinity') <= COALESCE(s.end_at, 'infinity'))""",
    "an open leave of somebody who is not there": """
        SELECT l.id FROM hospital_leave l JOIN hospital_encounter e ON e.id = l.encounter_id
         WHERE l.end_at IS NULL AND e.state <> 'in_progress'""",
    "two open inpatient encounters": """
        SELECT patient_id FROM hospital_encounter WHERE kind = 'inpatient' AND state IN ('registered', 'in_progress')
         GROUP BY patient_id HAVING COUNT(*) > 1""",
    "a stay in the future": "SELECT id FROM hospital_stay WHERE GREATEST(start_at, end_at) > (now() AT TIME ZONE "
    "'UTC') + interval '1 minute'",
}


@tagged("post_install", "-at_install", "slow")
class TestVisitsHistory(VisitsCase):
    """Whatever people do in whatever order: a step is done whole or refused, and the stays stay true."""

    def test_random_histories(self):
        done = {}
        for seed in range(8):
            with closing(self.env.cr.savepoint()):  # every history begins with empty beds
                self._random_history(random.Random(seed), done)
        for step in (
            "admit",
            "transfer",
            "discharge",
            "undo_discharge",
            "undo_transfer",
            "undo_admission",
            "leave",
            "back",
            "remove_leave",
            "cancel",
        ):
            self.assertGreater(done.get(step, 0), 2, f"{step} hardly ever succeeded: the test proves nothing")

    def _random_history(self, dice, done):
        beds = self.m1 | self.m2 | self.m3 | self.s1 | self.s2
        patients = [self.new_patient(f"随机{number}") for number in range(5)]
        encounters = self.env["hospital.encounter"]
        for number in range(120):
            alive = encounters.filtered(lambda e: e.state in ("registered", "in_progress"))
            encounter = dice.choice(list(alive or encounters) + list(encounters[-2:])) if encounters else encounters
            # time goes on, but what happened may be recorded late
            at = self.now - timedelta(minutes=(120 - number) * 60 + dice.choice([0, 0, dice.randrange(0, 60 * 30)]))
            bed = dice.choice(list(beds))
            steps = {
                "register": lambda: self.new_encounter(dice.choice(patients)),
                "admit": lambda: encounter._admit(bed, at, reason="r"),
                "transfer": lambda: encounter._transfer(bed, at, reason="r"),
                "discharge": lambda: encounter._discharge(at, reason="r"),
                "undo_discharge": lambda: encounter._undo_discharge("r", dice.choice([None, bed])),
                "undo_transfer": lambda: encounter._undo_transfer(
                    "r", dice.choice(list(encounter.stay_ids[1:]) or [None])
                ),
                "undo_admission": lambda: encounter._undo_admission("r"),
                "leave": lambda: encounter._start_leave(
                    at, reason="r", end_at=dice.choice([None, at + timedelta(minutes=dice.randrange(1, 600))])
                ),
                "back": lambda: encounter._end_leave(at, "r"),
                "remove_leave": lambda: encounter._remove_leave(encounter.leave_ids[:1], "r"),
                "cancel": lambda: encounter._cancel("r"),
            }
            weights = {"register": 2, "admit": 4, "transfer": 5, "leave": 3, "undo_admission": 1, "cancel": 0.5}
            step = (
                dice.choices(list(steps), [weights.get(name, 1.5) for name in steps])[0] if encounters else "register"
            )
            try:
                with self.env.cr.savepoint():
                    result = steps[step]()
            except UserError as refusal:
                self.assertTrue(str(refusal).strip().endswith("."), refusal)
            else:
                done[step] = done.get(step, 0) + 1
                if step == "register":
                    encounters |= result
            self._check_invariants(step)

    def _check_invariants(self, step):
        self.env.flush_all()
        for what, query in INVARIANTS.items():
            self.env.cr.execute(query)  # constant texts above
            rows = self.env.cr.fetchall()
            self.assertFalse(rows, f"after {step}: {what}")
