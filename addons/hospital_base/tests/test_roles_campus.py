from odoo.tests import tagged

from .common import proves
from .roles_common import RoleCase

BOUND = ["hospital.encounter", "hospital.stay", "hospital.leave", "hospital.condition", "hospital.charge"]


@tagged("post_install", "-at_install", "slow")
class TestRolesCampus(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here = cls.env.ref("hospital_base.demo_campus_01")
        cls.there = cls.env.ref("hospital_base.demo_campus_02")
        # even a registrar who may export
        cls.env.ref("hospital_base.user_registrar").group_ids |= cls.env.ref("base.group_allow_export")
        cls.foreign = {model: cls.env[model].search([("campus_id", "=", cls.there.id)], limit=1) for model in BOUND}
        cls.own = {model: cls.env[model].search([("campus_id", "=", cls.here.id)], limit=1) for model in BOUND}

    def test_every_model_with_a_campus_has_a_rule_or_a_reason(self):
        shared = {
            # places are known to everybody; cards and patients belong to no campus
            "hospital.department",
            "hospital.ward",
            "hospital.bed",
            "hospital.practitioner.role",
            "hospital.card",
        }
        for name, model in self.env.registry.items():
            if (
                not name.startswith("hospital.")
                or model._abstract
                or model._transient
                or model._original_module != "hospital_base"
            ):
                continue
            if "campus_id" in model._fields and name not in shared:
                with self.subTest(name):
                    rules = self.env["ir.rule"].search([("model_id.model", "=", name), ("groups", "=", False)])
                    self.assertTrue(any("hospital_campus_ids" in (rule.domain_force or "") for rule in rules))

    @proves("S2-10.1")
    def test_what_happened_at_another_campus_stays_there(self):
        self.log_in("registrar")
        for model in BOUND:
            foreign, own = self.foreign[model], self.own[model]
            if not foreign:
                continue
            elsewhere = [("campus_id", "=", self.there.id)]
            with self.subTest(model):
                self.assertEqual(self.ask(model, "search", elsewhere), [])
                self.assertEqual(self.ask(model, "search_count", elsewhere), 0)
                self.assertEqual(self.ask(model, "web_search_read", elsewhere, {"id": {}})["length"], 0)
                self.assertEqual(self.ask(model, "formatted_read_group", elsewhere, ["campus_id"], ["__count"]), [])
                self.assertEqual(self.ask(model, "search", [("id", "=", foreign.id)]), [])
                self.assertEqual(self.ask(model, "search", [("id", "=", own.id)]), [own.id])
                self.refuse(model, "read", [foreign.id], ["campus_id"])
                self.refuse(model, "web_read", [foreign.id], {"campus_id": {}})
                self.refuse(model, "export_data", [foreign.id], ["campus_id/name"])
                self.refuse(model, "write", [foreign.id], {})
                if foreign.display_name:
                    found = self.ask(model, "name_search", foreign.display_name)
                    self.assertNotIn(foreign.id, [record_id for record_id, _name in found])
                groups = self.ask(model, "formatted_read_group", [], ["campus_id"], ["__count"])
                self.assertEqual({group["campus_id"][0] for group in groups}, {self.here.id})

    def test_nor_through_the_patient(self):
        """The patient is shared, his visits elsewhere are not."""
        encounter = self.foreign["hospital.encounter"]
        patient = encounter.patient_id
        self.log_in("registrar")
        read = self.ask("hospital.patient", "read", [patient.id], ["name", "encounter_ids"])
        self.assertNotIn(encounter.id, read[0]["encounter_ids"])
        result, error = self.call(
            "hospital.patient",
            "web_read",
            [patient.id],
            {"encounter_ids": {"fields": {"number": {}, "main_condition": {}}}},
        )
        if not error:
            self.assertNotIn(encounter.number, str(result))
        self.assertEqual(self.ask("hospital.charge", "search_count", [("encounter_id", "=", encounter.id)]), 0)
        self.assertEqual(
            self.ask("hospital.charge", "search_count", [("encounter_id.campus_id", "=", self.there.id)]), 0
        )

    def test_each_campus_sees_its_own(self):
        for login, campus in (
            ("registrar", self.here),
            ("registrar2", self.there),
            ("cashier2", self.there),
            ("nurse2", self.there),
        ):
            self.log_in(login)
            with self.subTest(login):
                groups = self.ask("hospital.encounter", "formatted_read_group", [], ["campus_id"], ["__count"])
                self.assertEqual([group["campus_id"][0] for group in groups], [campus.id])
        self.log_in("finance")
        groups = self.ask("hospital.encounter", "formatted_read_group", [], ["campus_id"], ["__count"])
        self.assertEqual({group["campus_id"][0] for group in groups}, {self.here.id, self.there.id})

    def test_nobody_gives_himself_another_campus(self):
        user = self.env.ref("hospital_base.user_registrar")
        self.log_in("registrar")
        for values in (
            {"hospital_campus_ids": [(4, self.there.id)]},
            {"group_ids": [(4, self.env.ref("base.group_system").id)]},
        ):
            _result, error = self.call("res.users", "write", [user.id], values)
            self.assertEqual(error, "AccessError")
        self.refuse("hospital.campus", "write", [self.there.id], {"user_ids": [(4, user.id)]})
        self.assertEqual(user.hospital_campus_ids, self.here)

    def test_a_new_encounter_of_another_campus_is_refused(self):
        department = self.env.ref("hospital_base.demo_department_0203")
        patient = self.env.ref("hospital_base.demo_patient_200")
        self.log_in("registrar")
        self.refuse(
            "hospital.encounter",
            "create",
            [
                {
                    "patient_id": patient.id,
                    "campus_id": self.there.id,
                    "department_id": department.id,
                    "kind": "outpatient",
                }
            ],
        )

    def test_places_are_known_to_everybody(self):
        self.log_in("registrar")
        for model in ("hospital.department", "hospital.ward", "hospital.bed"):
            self.assertTrue(self.ask(model, "search_count", [("campus_id", "=", self.there.id)]))
