import logging
import threading
import uuid

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ..tools import identity


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))


@tagged("post_install", "-at_install")
class TestPeopleConcurrency(BaseCase):
    """Real connections and real commits: two clerks at once, exactly one wins and the other reads a sentence."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.mark = f"并发{uuid.uuid4().hex[:8]}"
        digits = f"11999918000101{uuid.uuid4().int % 1000:03}"
        self.document = digits + identity.check_character(digits)
        self.card_number = f"33{uuid.uuid4().int % 10**10:010}"
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("DELETE FROM hospital_identifier WHERE number_full = %s", [self.document])
            patient = env["hospital.patient"].create(
                {
                    "name": self.mark,
                    "card_ids": [Command.create({"number": self.card_number})],
                }
            )
            self.patient, self.card = patient.id, patient.card_ids.id
        self.addCleanup(self._clean)

    def _clean(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM hospital_patient WHERE name = %s", [self.mark])
            ids = tuple(row[0] for row in cr.fetchall())
            cr.execute("UPDATE hospital_card SET previous_card_id = NULL WHERE patient_id IN %s", [ids])
            cr.execute("DELETE FROM hospital_card WHERE patient_id IN %s", [ids])
            cr.execute("DELETE FROM mail_message WHERE model = 'hospital.patient' AND res_id IN %s", [ids])
            cr.execute("DELETE FROM mail_followers WHERE res_model = 'hospital.patient' AND res_id IN %s", [ids])
            cr.execute("UPDATE hospital_patient SET merged_into_id = NULL WHERE id IN %s", [ids])
            cr.execute("DELETE FROM hospital_patient WHERE id IN %s", [ids])

    def race(self, *steps):
        outcomes = [None] * len(steps)
        gate = threading.Barrier(len(steps))

        def run(number, step):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
                tries = []

                def attempt():
                    cr.execute("SELECT 1 FROM hospital_patient LIMIT 1")  # the snapshot of this transaction begins here
                    if not tries:
                        gate.wait(20)
                    tries.append(True)
                    step(env)

                try:
                    with mute_logger("odoo.service.model"):
                        retrying(attempt, env)
                    outcomes[number] = "done"
                except UserError as refusal:
                    cr.rollback()  # as a request does
                    outcomes[number] = str(refusal)

        heard = Records()
        logging.getLogger().addHandler(heard)
        threads = [threading.Thread(target=run, args=item) for item in enumerate(steps)]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        finally:
            logging.getLogger().removeHandler(heard)
        for text in heard.texts:
            self.assertNotIn(self.document, text, "a number of a patient is in the log")
        return outcomes

    def assertOneWinner(self, outcomes, *words):
        self.assertEqual(outcomes.count("done"), 1, outcomes)
        [refusal] = [outcome for outcome in outcomes if outcome != "done"]
        self.assertTrue(refusal and any(word in refusal for word in words), refusal)

    def count(self, query, *params):
        with self.registry.cursor() as cr:
            cr.execute(query, params)
            return cr.fetchone()[0]

    def test_one_document_registered_twice(self):
        def register(env):
            env["hospital.patient"].create(
                {
                    "name": self.mark,
                    "identifier_ids": [
                        Command.create(
                            {
                                "type_id": env.ref("hospital_base.identifier_type_resident_id").id,
                                "number": self.document,
                            }
                        )
                    ],
                }
            )

        outcomes = self.race(register, register)
        self.assertOneWinner(outcomes, "registered this document", "already on file")
        self.assertEqual(
            self.count("SELECT count(*) FROM hospital_identifier WHERE number_full = %s", self.document), 1
        )
        self.assertEqual(self.count("SELECT count(*) FROM hospital_patient WHERE name = %s", self.mark), 2)

    def test_one_card_replaced_twice(self):
        def replace(number):
            return lambda env: env["hospital.card"].browse(self.card)._replace(number)

        numbers = [f"35{uuid.uuid4().int % 10**10:010}" for _ in range(2)]
        outcomes = self.race(*(replace(number) for number in numbers))
        self.assertOneWinner(outcomes, "Somebody else", "not possible")
        self.assertEqual(
            self.count("SELECT count(*) FROM hospital_card WHERE patient_id = %s AND state = 'in_use'", self.patient), 1
        )

    def test_one_number_given_to_two(self):
        number = f"35{uuid.uuid4().int % 10**10:010}"

        def give(env):
            patient = env["hospital.patient"].create({"name": self.mark})
            env["hospital.card"].create({"patient_id": patient.id, "number": number})

        self.assertOneWinner(self.race(give, give), "already in use")

    def test_merged_twice_at_once(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            others = env["hospital.patient"].create([{"name": self.mark}, {"name": self.mark}]).ids

        def merge(into):
            return lambda env: (
                env["hospital.patient"].browse(self.patient)._merge_into(env["hospital.patient"].browse(into))
            )

        self.assertOneWinner(self.race(*(merge(into) for into in others)), "Somebody else", "merged already")
