from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import Error as DatabaseError

from .people_common import PeopleCase

PHONE = "13800001234"
SECRETS = (PHONE, "119999199001010012", "13900005678", "9876543210")


@tagged("post_install", "-at_install")
class TestPeopleAccess(PeopleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient(
            document="119999199001010012",
            phone=PHONE,
            contact_phone="13900005678",
            coverage_ids=[
                Command.create(
                    {
                        "kind_id": cls.env["hospital.code"].search([("set_id.code", "=", "insutype")], limit=1).id,
                        "number": "9876543210",
                    }
                )
            ],
        )
        cls.document = cls.patient.identifier_ids
        cls.admin = cls.env.ref("base.user_admin")
        cls.everyone = [
            *(
                cls.users[role]
                for role in (
                    "registrar",
                    "cashier",
                    "doctor",
                    "nurse",
                    "auditor",
                    "it_operator",
                    "pharmacist",
                    "user",
                )
            ),
            cls.admin,
        ]

    def assertNoSecret(self, answer):
        for secret in SECRETS:
            self.assertNotIn(secret, repr(answer))

    def test_nothing_that_rpc_offers_shows_a_whole_number(self):
        for user in self.everyone:
            patient = self.patient.with_user(user)
            if not patient.has_access("read"):
                continue
            self.env.invalidate_all()
            model = patient.browse()
            names = [
                name
                for name in patient._fields
                if name not in ("phone_full", "phone_other_full", "contact_phone_full")
                and patient._has_field_access(patient._fields[name], "read")
            ]
            self.assertNoSecret(patient.read(names))
            self.assertNoSecret(
                patient.web_read(
                    {
                        "phone": {},
                        "contact_phone": {},
                        "main_document": {},
                        "display_name": {},
                        "identifier_ids": {"fields": {"number": {}, "display_name": {}}},
                        "coverage_ids": {"fields": {"number": {}}},
                    }
                )
            )
            self.assertNoSecret(model.search_read([("id", "=", patient.id)], ["phone", "main_document"]))
            self.assertNoSecret(model.name_search("119999199001010012"))
            self.assertNoSecret(
                patient.export_data(["phone", "contact_phone", "identifier_ids/number", "coverage_ids/number"])
            )
            self.assertNoSecret(self.document.with_user(user).read())
            if patient.has_access("write"):
                self.assertNoSecret(
                    patient.onchange({"phone": PHONE}, ["phone"], {"contact_phone": {}, "main_document": {}})
                )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model", "odoo.orm.models")
    def test_secret_fields_are_closed_to_everybody(self):
        for user in self.everyone:
            patient = self.patient.with_user(user)
            document = self.document.with_user(user)
            for attempt in (
                lambda patient=patient: patient.read(["phone_full"]),
                lambda patient=patient: patient.search([("phone_full", "=", PHONE)]),
                lambda patient=patient: patient.search([("identifier_ids.number_full", "like", "1199%")]),
                lambda patient=patient: patient.search([], order="phone_full"),
                lambda patient=patient: patient.formatted_read_group([], ["phone_full"], ["__count"]),
                lambda patient=patient: patient.formatted_read_group([], [], ["phone_full:array_agg"]),
                lambda patient=patient: patient.export_data(["phone_full"]),
                lambda patient=patient: patient.web_read({"phone_full": {}}),
                lambda patient=patient: patient.onchange({}, [], {"phone_full": {}}),
                lambda patient=patient: patient.mapped("phone_full"),
                lambda patient=patient: patient.filtered_domain([("phone_full", "like", "138")]).mapped("phone_full"),
                lambda document=document: document.read(["number_full"]),
                lambda document=document: document.search([("match_key", "=like", "1%")]),
                lambda document=document: document.formatted_read_group([], ["match_key"], ["__count"]),
            ):
                self.env.invalidate_all()
                with self.assertRaises(Exception) as refusal:
                    attempt()
                self.assertIsInstance(refusal.exception, (UserError, ValueError))
                self.assertNoSecret(refusal.exception)

    def test_what_was_typed_comes_back_masked(self):
        registrar = self.patient.with_user(self.users["registrar"])
        answer = registrar.web_save({"phone": "13700009999"}, {"phone": {}})
        self.assertEqual(answer[0]["phone"], "137****9999")
        answer = registrar.browse().web_save({"name": "新", "phone": PHONE}, {"phone": {}})
        self.assertEqual(answer[0]["phone"], "138****1234")

    def test_masked_filters_cannot_be_probed(self):
        Patient = self.env["hospital.patient"].with_user(self.users["registrar"])
        Document = self.env["hospital.identifier"].with_user(self.users["registrar"])
        mine = [("id", "=", self.patient.id)]
        self.assertTrue(Patient.search(mine + [("phone", "=", "138 0000-1234")]))
        self.assertTrue(Patient.search(mine + [("phone", "ilike", "1380000")]))
        for probe in (
            ("phone", "ilike", "1380"),
            ("phone", "=like", "138%"),
            ("phone", "like", "1234"),
            ("phone", "=like", "1380000_23_"),
            ("contact_phone", "ilike", "1390000"),
            ("phone", "ilike", "%1234"),
        ):
            self.assertFalse(Patient.search(mine + [probe]), probe)
        owner = [("patient_id", "=", self.patient.id)]
        self.assertTrue(Document.search(owner + [("number", "=", "１１9999199001010012")]))
        for probe in (
            ("number", "ilike", "1199"),
            ("number", "=like", "119999%"),
            ("number", "ilike", "11999919900101001"),
        ):
            self.assertFalse(Document.search(owner + [probe]), probe)
        with self.assertRaises(UserError):
            Patient.search([("phone", ">", "138")])

    def test_reveal_is_logged(self):
        registrar = self.users["registrar"]
        Log = self.env["hospital.access.log"]
        before = Log.search_count([])
        self.assertEqual(self.patient.with_user(registrar).hospital_reveal("phone"), PHONE)
        self.assertEqual(self.document.with_user(registrar).hospital_reveal("number"), "119999199001010012")
        log = Log.search([], limit=2)
        self.assertEqual(Log.search_count([]), before + 2)
        self.assertEqual(log.mapped("user_id"), registrar)
        self.assertEqual(set(log.mapped("model")), {"hospital.patient", "hospital.identifier"})
        self.assertEqual(set(log.mapped("field_names")), {"phone", "number"})
        self.assertNoSecret(log.read())
        for role in ("auditor", "it_operator", "user"):
            with self.assertRaises(AccessError):
                self.patient.with_user(self.users[role]).hospital_reveal("phone")
        with self.assertRaises(UserError):
            self.patient.with_user(registrar).hospital_reveal("name")
        with self.assertRaises(UserError):
            self.patient.with_user(registrar).hospital_reveal("phone_full")

    def test_export_is_logged(self):
        self.patient.with_user(self.users["registrar"]).export_data(["name", "phone"])
        log = self.env["hospital.access.log"].search([], limit=1)
        self.assertEqual((log.action, log.res_id, log.field_names), ("export", self.patient.id, "name, phone"))
        (self.patient + self.make_patient("二")).export_data(["name"])
        log = self.env["hospital.access.log"].search([], limit=1)
        self.assertEqual((log.res_id, log.res_ids_count), (0, 2))

    def test_only_the_auditor_reads_the_log(self):
        self.patient.hospital_reveal("phone") if self.env.user.has_groups(
            self.patient._hospital_reveal_groups
        ) else None
        Log = self.env["hospital.access.log"]
        self.assertTrue(Log.with_user(self.users["auditor"]).has_access("read"))
        for user in self.everyone:
            log = Log.with_user(user)
            self.assertEqual(log.has_access("read"), user == self.users["auditor"], user.login)
            for operation in ("create", "write", "unlink"):
                self.assertFalse(log.has_access(operation), user.login)

    def test_nobody_changes_the_log(self):
        log = self.env["hospital.access.log"]._log("reveal", self.patient, field_names="phone")
        self.env.flush_all()
        for user in (self.env.ref("base.user_root"), self.admin):
            with self.assertRaises(UserError):
                log.with_user(user).sudo().write({"field_names": "nothing"})
            with self.assertRaises(UserError):
                log.with_user(user).sudo().unlink()
        with self.assertRaises(UserError):
            self.env["hospital.access.log"].with_user(self.admin).with_env(
                self.env(user=self.admin, su=False),
            ).create({"user_id": self.admin.id, "action": "reveal", "model": "hospital.patient"})
        for query in (
            "UPDATE hospital_access_log SET detail = 'x'",
            "DELETE FROM hospital_access_log",
            "TRUNCATE hospital_access_log",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(DatabaseError), self.env.cr.savepoint():
                self.env.cr.execute(query)
