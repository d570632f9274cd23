from odoo import models
from odoo.tests import tagged

from .roles_common import RoleCase

READERS = ["registrar", "cashier", "finance", "doctor", "nurse", "pharmacist", "gcp", "auditor", "admin"]


@tagged("post_install", "-at_install", "slow")
class TestRolesSecrets(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.env.ref("hospital_base.demo_patient_021")
        cls.document = cls.patient.identifier_ids
        cls.coverage = cls.env.ref("hospital_base.demo_coverage_001")
        cls.phone = cls.patient.sudo().phone_full
        cls.number = cls.document.sudo().number_full
        cls.secrets = [
            (cls.patient, "phone_full", cls.phone),
            (cls.patient, "contact_phone_full", cls.patient.sudo().contact_phone_full),
            (cls.document, "number_full", cls.number),
            (cls.document, "match_key", cls.number),
            (cls.coverage, "number_full", cls.coverage.sudo().number_full),
            (
                cls.env.ref("hospital_base.demo_practitioner_001"),
                "phone_full",
                cls.env.ref("hospital_base.demo_practitioner_001").sudo().phone_full,
            ),
        ]

    def test_no_call_gives_a_whole_number(self):
        for role in READERS:
            self.log_in(role)
            for record, field, value in self.secrets:
                with self.subTest(role=role, model=record._name, field=field):
                    self.assertTrue(value)
                    self._try_everything(record, field, value)

    def _try_everything(self, record, field, value):
        model, public = record._name, field.removesuffix("_full").replace("match_key", "number")
        own = [("id", "=", record.id)]
        calls = [
            ("read", [[record.id], [field]]),
            ("read", [[record.id]]),
            ("web_read", [[record.id], {field: {}}]),
            ("search_read", [own, [field]]),
            ("web_search_read", [own, {field: {}}]),
            ("export_data", [[record.id], [field]]),
            ("formatted_read_group", [own, [field], ["__count"]]),
            ("web_read_group", [own, [field]]),
            ("search", [[(field, "=", value)]]),
            ("search", [[(field, "like", value[:7])]]),
            ("search", [own], {"order": field}),
            ("search_count", [[(field, "!=", False)]]),
            ("name_search", ["", [(field, "=", value)]]),
            ("onchange", [[record.id], {}, [field], {field: {}}]),
            ("fields_get", [[field]]),
            ("copy_data", [[record.id]]),
            ("read", [[record.id], [public]]),
            ("web_read", [[record.id], {public: {}, "display_name": {}}]),
            ("export_data", [[record.id], [public, "display_name"]]),
            ("onchange", [[record.id], {public: record[public]}, [public], {public: {}, "display_name": {}}]),
            ("search", [own], {"order": public}),
            ("web_read_group", [own, [public]]),
            ("formatted_read_group", [own, [public], ["__count"]]),
            ("name_search", [record.display_name]),
        ]
        before = f"{value[:3]}{value[-4:]}"
        for method, arguments, *keywords in calls:
            result, error = self.call(model, method, *arguments, **(keywords[0] if keywords else {}))
            answer = self.raw if error else str(result)
            self.assertNotIn(value, answer, f"{method} {arguments}")
            if method in ("search", "search_count", "name_search") and field in str(arguments) and not error:
                self.fail(f"{method} {arguments} answered {result}")
        self.assertTrue(before)

    def test_a_dotted_path_is_no_way_round(self):
        self.log_in("registrar")
        for model, path in (
            ("hospital.encounter", "patient_id.phone_full"),
            ("hospital.card", "patient_id.identifier_ids.number_full"),
            ("hospital.patient", "identifier_ids.match_key"),
        ):
            with self.subTest(path):
                self.refuse(model, "search_count", [(path, "=like", "1%")])
                result, error = self.call(
                    model, "export_data", self.env[model].search([], limit=3).ids, [path.replace(".", "/")]
                )
                if not error:
                    self.assertFalse(any(any(row) for row in result["datas"]), result)

    def test_a_mask_cannot_be_spelt_out(self):
        """The public field finds by the whole value, so that a scan works, but not digit by digit."""
        self.log_in("registrar")
        searches = [
            ("hospital.patient", "phone", self.phone, self.patient),
            ("hospital.identifier", "number", self.number, self.document),
            ("hospital.patient", "search_text", self.number, self.patient),
        ]
        for model, field, value, record in searches:
            own = ("id", "=", record.id)
            with self.subTest(model, field=field):
                self.assertEqual(self.ask(model, "search", [own, (field, "=", value)]), [record.id])
                for operator in ("like", "ilike", "=like", "=ilike"):
                    for part in (
                        value[:5],
                        value[:6],
                        value[3:9],
                        value[4:8],
                        f"{value[:4]}_{value[5:]}",
                        f"%{value[4:9]}%",
                        f"{value[:4]}%",
                    ):
                        found, _error = self.call(model, "search", [own, (field, operator, part)])
                        self.assertFalse(found, f"{operator} {part}")

    def test_showing_a_number_leaves_a_row(self):
        log = self.env["hospital.access.log"]
        before = log.search_count([])
        self.log_in("nurse")
        self.assertEqual(self.ask("hospital.patient", "hospital_reveal", [self.patient.id], "phone"), self.phone)
        self.env.invalidate_all()
        self.assertEqual(log.search_count([]), before + 1)
        row = log.search([], limit=1)
        self.assertEqual(
            (row.user_id.login, row.action, row.res_id, row.field_names), ("nurse", "reveal", self.patient.id, "phone")
        )
        self.assertNotIn(self.phone, str(row.read()))
        for role in ("gcp", "pharmacist", "auditor"):
            self.log_in(role)
            self.refuse("hospital.patient", "hospital_reveal", [self.patient.id], "phone")

    def test_exports_leave_a_row(self):
        log = self.env["hospital.access.log"]
        self.log_in("finance")
        self.ask("hospital.patient", "export_data", [self.patient.id], ["name", "phone"])
        self.env.invalidate_all()
        row = log.search([], limit=1)
        self.assertEqual((row.user_id.login, row.action, row.model), ("finance", "export", "hospital.patient"))

    def test_what_is_private_cannot_be_called(self):
        patient, encounter = self.patient, self.env["hospital.encounter"].search([], limit=1)
        private = [
            ("hospital.patient", "_hospital_number_queries", [patient.id, "1"]),
            ("hospital.access.log", "_log", ["reveal", patient.id]),
            ("hospital.charge", "_charge", [[]]),
            ("hospital.charge", "_settle", [[]]),
            ("hospital.charge", "_reverse", [[]]),
            ("hospital.charge", "_create_checked", [[]]),
            ("hospital.encounter", "_admit", [[encounter.id]]),
            ("hospital.encounter", "_discharge", [[encounter.id]]),
            ("hospital.encounter", "_make_stay", [[encounter.id]]),
            ("hospital.bed", "_set_blocked", [[1], "x"]),
            ("hospital.demo", "_generate", []),
            ("hospital.home", "_cards", []),
            ("hospital.code", "_get", ["sex", "1"]),
        ]
        for role in ("registrar", "admin"):
            self.log_in(role)
            for model, method, arguments in private:
                with self.subTest(role=role, method=f"{model}.{method}"):
                    self.assertTrue(hasattr(self.env[model], method), "the method was renamed")
                    self.refuse(model, method, *arguments)

    def test_public_methods_are_known_ones(self):
        """Each public method of a model is a door: a new one is thought about, then written down here."""
        doors = {
            "hospital.home": {"get_home", "open_card"},
            "hospital.demo": set(),
            "hospital.access.log": {"action_open_record"},
        }
        for name, known in doors.items():
            model = type(self.env[name])
            found = {
                method
                for cls in model.mro()
                if cls.__module__.startswith("odoo.addons.hospital_")
                for method, function in vars(cls).items()
                if callable(function) and not method.startswith("_") and not hasattr(models.BaseModel, method)
            }
            with self.subTest(name):
                self.assertEqual(found, known)
