from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import CallError
from .exchange_common import ExchangeCase, error


@tagged("post_install", "-at_install")
class TestMonitorActions(ExchangeCase):
    """The server action "Call an external platform": bound to a model, run by people and by rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patients = cls.env["ir.model"]._get("hospital.patient")
        cls.clerk = cls.users["clerk"]
        cls.once.model_id = cls.patients

    def setUp(self):
        super().setUp()
        Patient = self.registry["hospital.patient"]
        self.startPatcher(patch.object(Patient, "_build_do", lambda patient, interface, **extra: {"id": patient.id}, create=True))  # fmt: skip
        self.action = self.env["ir.actions.server"].create(
            {
                "name": "Report the patient",
                "model_id": self.patients.id,
                "state": "exchange",
                "exchange_interface_id": self.once.id,
            }
        )

    def register(self, name="Somebody"):
        return self.env["hospital.patient"].with_user(self.clerk).create({"name": name, "sex": "0"})

    def messages(self):
        return self.env["hospital.message"].search([("interface_id", "=", self.once.id)])

    def run_by_rule(self, patients):
        """As automation rules do: elevated, in the transaction of who saved the record, record by record."""
        for patient in patients:
            context = {"active_model": patient._name, "active_ids": patient.ids, "active_id": patient.id, "domain_post": None}  # fmt: skip
            self.action.with_user(self.clerk).sudo().with_context(**context).run()

    @proves("S2-10.6")
    def test_by_a_rule_for_a_clerk_without_rights(self):
        patients = self.register("One") | self.register("Two")
        with self.assertRaises(AccessError):
            self.once.with_user(self.clerk).read(["code"])
        self.run_by_rule(patients)
        messages = self.messages()
        self.assertEqual(sorted(messages.mapped("res_id")), sorted(patients.ids))
        self.assertEqual(messages.create_uid, self.clerk)
        self.run_by_rule(patients)
        self.assertEqual(self.messages(), messages, "what must happen once is queued once")
        self.deliver()
        self.assertEqual(self.far.count("do"), 2)
        with self.assertRaises(AccessError):
            messages[0].with_user(self.clerk).read(["number"])

    def test_by_a_button_of_the_action_menu(self):
        self.action.create_action()
        bindings = self.env["ir.actions.actions"].with_user(self.clerk).get_bindings("hospital.patient")
        self.assertIn(self.action.id, [binding["id"] for binding in bindings["action"]])
        patients = self.register("One") | self.register("Two")
        self.action.with_user(self.clerk).with_context(
            active_model="hospital.patient", active_ids=patients.ids, active_id=patients[0].id
        ).run()
        self.assertEqual(sorted(self.messages().mapped("res_id")), sorted(patients.ids))

    def test_nobody_sends_what_he_may_not_change(self):
        patient = self.register()
        outsider = self.owner
        with self.assertRaises(AccessError), self.assertLogs("odoo.addons.base.models.ir_actions", "WARNING"):
            self.action.with_user(outsider).with_context(
                active_model="hospital.patient", active_ids=patient.ids, active_id=patient.id
            ).run()
        self.assertFalse(self.messages())

    def test_by_a_schedule_of_its_own(self):
        patient = self.register("Nightly")
        self.once.domain = f"[('id', '=', {patient.id})]"
        cron = self.env["ir.cron"].create(
            {
                "name": "Nightly report",
                "model_id": self.patients.id,
                "state": "exchange",
                "exchange_interface_id": self.once.id,
                "interval_type": "days",
            }
        )
        cron.method_direct_trigger()
        self.assertEqual(self.messages().res_id, patient.id)

    @proves("S2-10.6")
    def test_at_once_the_clerk_reads_why_not(self):
        self.once.timing = "now"
        self.far.answer("do", error("business", sentence="No such ward there."))
        with self.assertRaises(CallError) as caught:
            self.run_by_rule(self.register())
        self.assertEqual(str(caught.exception), "No such ward there.")
        self.far.answer("do", {"ref": "7"})
        self.run_by_rule(self.register("Another"))
        self.assertEqual(self.messages()[0].state, "done")
        self.assertEqual(self.messages()[0].create_uid, self.clerk)

    # === FORM ===

    def test_the_form_offers_what_fits_and_says_what_happens(self):
        disabled = self.make_platform("resting", mode="disabled")
        resting = self.make_interfaces(disabled)["do"]
        foreign = self.upsert
        foreign.model_id = self.env["ir.model"]._get("hospital.ward")
        inbound = self.read.copy({"code": "inbound", "direction": "in"})
        with Form(self.env["ir.actions.server"], view="base.view_server_action_form") as form:
            form.name = "Report"
            form.model_id = self.patients
            form.state = "exchange"
            domain = [
                ("platform_id.mode", "!=", "disabled"), ("direction", "not in", ("in", "view", "link")),
                "|", ("model_id", "=", False), ("model_id", "=", self.patients.id),
            ]  # fmt: skip
            offered = self.env["hospital.interface"].search(domain)
            self.assertIn(self.once, offered)
            self.assertFalse(offered & (resting | foreign | inbound))
            form.exchange_interface_id = self.once
            self.assertIn("Platform unit is in the mode “Test” now.", form.exchange_explanation)
            self.assertIn("A message is queued", form.exchange_explanation)
            self.assertIn("not sent a second time", form.exchange_explanation)
            self.assertFalse(form.warning)
            form.exchange_interface_id = foreign
            self.assertIn("another model", form.warning)
            form.exchange_interface_id = inbound
            self.assertIn("is not called from here", form.warning)
            form.exchange_interface_id = self.once
        self.once.timing = "now"
        self.action.invalidate_recordset()
        self.assertIn("the person waits", self.action.exchange_explanation)

    def test_the_domain_of_the_form_is_the_one_that_is_tested(self):
        field = self.env["ir.actions.server"]._fields["exchange_interface_id"]
        for part in ("'platform_id.mode', '!=', 'disabled'", "'not in', ('in', 'view')", "('model_id', '=', model_id)"):
            self.assertIn(part, field.domain)

    def test_an_interface_in_use_is_not_archived(self):
        with self.assertRaises(ValidationError) as caught:
            self.once.active = False
        self.assertIn("Report the patient", str(caught.exception))
        self.action.unlink()
        self.once.active = False
