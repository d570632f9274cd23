import time

from odoo.tests import TransactionCase, tagged

from .common import proves
from .demo import load_demo


@tagged("post_install", "-at_install", "slow")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        started = time.monotonic()
        load_demo(cls.env)
        cls.seconds = time.monotonic() - started

    def family(self, prefix):
        return self.env["hospital.demo"]._family(prefix)

    @proves("S2-10.1")
    def test_the_invented_hospital_is_big_enough(self):
        self.assertEqual(len(self.family("campus")), 2)
        self.assertGreaterEqual(len(self.family("department")), 20)
        self.assertEqual(len(self.family("practitioner")), 60)
        self.assertEqual(len(self.family("patient")), 300)
        self.assertGreaterEqual(len(self.family("bed")), 100)

    def test_loading_takes_less_than_half_a_minute(self):
        self.assertLess(self.seconds, 30)

    def test_again_adds_nothing(self):
        models = sorted(
            name for name in self.env.registry if name.startswith("hospital.") and not self.env[name]._abstract
        )
        models = [name for name in models if not self.env[name]._transient and self.env[name]._auto] + [
            "product.product",
            "res.users",
        ]

        def count():
            return {name: self.env[name].with_context(active_test=False).search_count([]) for name in models}

        before = count()
        self.env["hospital.demo"]._generate()
        self.env.flush_all()
        self.assertEqual(count(), before)

    def test_two_draws_are_alike(self):
        demo = self.env["hospital.demo"]
        self.assertEqual(demo._demo_people(), demo._demo_people())
        self.assertEqual(demo._demo_staff(demo._draw("x")), demo._demo_staff(demo._draw("x")))

    def test_nobody_can_hold_the_numbers(self):
        for document in self.family("identifier").sudo():
            number = document.number_full
            with self.subTest(number):
                code = document.type_id.code
                if code == "resident_id":
                    self.assertEqual(number[:6], "119999")
                elif code == "prc_2023":
                    self.assertEqual(number[3:6], "999")
                elif code == "prc_2017":
                    self.assertEqual(number[:3], "ZZZ")
                elif code == "birth_certificate":
                    self.assertTrue(number.startswith("Z99"))
                else:
                    self.assertRegex(number, r"^H?999999\d\d$")
        for patient in self.family("patient").sudo():
            for phone in filter(None, (patient.phone_full, patient.contact_phone_full)):
                self.assertEqual(phone[:7], "1990000")

    def test_numbers_agree_with_their_holders(self):
        for document in self.family("identifier").sudo():
            parsed = document.type_id._parse(document.number_full)
            with self.subTest(document.number_full):
                if parsed.birth_date:
                    self.assertEqual(parsed.birth_date, document.patient_id.birth_date)
                if parsed.sex:
                    self.assertEqual(parsed.sex, document.patient_id.sex)

    def test_there_is_something_of_everything(self):
        patients = self.family("patient")
        self.assertEqual(len(patients.filtered("mother_id")), 6)
        kinds = set(self.family("identifier").type_id.mapped("code"))
        self.assertLessEqual(
            {"resident_id", "prc_2017", "prc_2023", "birth_certificate", "hk_mo_travel", "tw_travel"}, kinds
        )
        foreign = self.family("identifier").filtered(lambda document: document.type_id.is_foreign_resident).patient_id
        self.assertEqual(set(foreign.card_ids.type_id.mapped("kind")), {"virtual"})
        self.assertTrue(all(card.number.startswith("900") for card in foreign.card_ids))
        self.assertGreater(len(self.family("coverage")), 150)
        self.assertGreater(len(self.family("allergy")), 30)
        self.assertEqual(len(patients.card_ids.filtered(lambda card: card.state == "lost")), 3)

    def test_ninety_inpatients_moved_on_leave_and_discharged(self):
        inpatients = self.family("inpatient")
        self.assertEqual(len(inpatients), 90)
        states = dict(inpatients._read_group([("id", "in", inpatients.ids)], ["state"], ["__count"]))
        self.assertEqual(states, {"in_progress": 60, "finished": 26, "registered": 4})
        moved = inpatients.filtered(lambda encounter: len(encounter.stay_ids) > 1)
        self.assertGreaterEqual(len(moved), 10)
        self.assertGreaterEqual(len(inpatients.filtered("is_on_leave")), 3)
        self.assertGreaterEqual(len(self.family("leave").filtered("end_at")), 3)
        for encounter in inpatients - inpatients.filtered(lambda encounter: encounter.state == "registered"):
            segments = encounter._stay_segments()
            self.assertEqual(segments[0][0], encounter.start_at)
            self.assertEqual(segments[-1][1] or False, encounter.end_at)
            for (_from, end_at, _stay), (start_at, _to, _next) in zip(segments, segments[1:], strict=False):
                self.assertEqual(end_at, start_at, "stays follow each other without a gap")
            self.assertTrue(encounter.main_condition)

    def test_patients_fit_their_departments(self):
        for encounter in self.family("inpatient") | self.family("visit"):
            with self.subTest(encounter.number):
                self.assertTrue(
                    self.env["hospital.demo"]._fits(encounter.patient_id, encounter.department_id)
                    or len(encounter.stay_ids) > 1
                )

    def test_nothing_lies_in_the_future(self):
        now = self.env.cr.now()
        for model, field in (
            ("hospital.encounter", "registered_at"),
            ("hospital.encounter", "start_at"),
            ("hospital.encounter", "end_at"),
            ("hospital.stay", "start_at"),
            ("hospital.stay", "end_at"),
            ("hospital.leave", "start_at"),
            ("hospital.leave", "end_at"),
            ("hospital.charge", "service_at"),
        ):
            with self.subTest(model, field=field):
                self.assertFalse(self.env[model].search_count([(field, ">", now)]))

    def test_a_month_of_charges(self):
        charges = self.family("charge")
        self.assertGreater(len(charges), 3000)
        self.assertEqual(len(self.family("item")), 152)
        used = set(charges.category_id.mapped("insurance_code_id.code"))
        self.assertGreaterEqual(len(used), 10)
        self.assertGreaterEqual(len(self.family("reversal")), 20)
        self.assertEqual(set(charges.mapped("state")), {"settled", "unsettled", "reversed"})
        for charge in charges.filtered("reversal_ids"):
            self.assertGreaterEqual(charge.quantity, charge.reversed_quantity)
        open_bills = charges.filtered(
            lambda charge: charge.state == "unsettled" and charge.encounter_id.state == "finished"
        )
        # five; where bills are issued as well two of them have been settled
        stays = open_bills.encounter_id.filtered(lambda encounter: encounter.kind == "inpatient")
        self.assertEqual(len(stays), 3 if "hospital.invoice" in self.env else 5)
        self.assertEqual(len(charges.filtered("is_late")), 3)
        self.assertTrue(self.family("bed").filtered("product_id"))
