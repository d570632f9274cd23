from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import CallError, ExchangeError
from ..tools.momentary import BusyError
from .exchange_common import ExchangeCase, error


@tagged("post_install", "-at_install")
class TestEngineActions(ExchangeCase):
    def setUp(self):
        super().setUp()
        self.model_id = self.env["ir.model"]._get_id("hospital.campus")
        self.startPatcher(
            patch.object(
                self.registry["hospital.interface"],
                "_build_fields",
                lambda interface, record, **extra: {"id": record.id if record else 0},
            )
        )

    def action(self, interface, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Call",
                "model_id": self.model_id,
                "state": "exchange",
                "exchange_interface_id": interface.id,
                **values,
            }
        )

    @proves("S2-1.1", "S2-10.6")
    def test_a_server_action_queues_or_calls(self):
        self.once.model_id = self.model_id
        action = self.action(self.once)
        campuses = self.campus | self.other_campus
        action.with_context(active_model="hospital.campus", active_ids=campuses.ids, active_id=campuses[0].id).run()
        messages = self.env["hospital.message"].search([("interface_id", "=", self.once.id)])
        self.assertEqual(sorted(messages.mapped("res_id")), sorted(campuses.ids))
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.deliver()
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.upsert.write({"timing": "now", "model_id": self.model_id})
        self.action(self.upsert).with_context(
            active_model="hospital.campus", active_ids=self.campus.ids, active_id=self.campus.id
        ).run()
        self.assertEqual(self.far.calls[-1][0], "set")
        self.assertFalse(action.warning)
        self.once.model_id = self.env["ir.model"]._get_id("hospital.ward")
        action.invalidate_recordset()
        self.assertTrue(self.action(self.once).warning)

    def test_a_schedule_sends_what_the_domain_finds(self):
        self.upsert.write(
            {"timing": "scheduled", "model_id": self.model_id, "domain": f"[('id', '=', {self.campus.id})]"}
        )
        cron = self.env["ir.cron"].create(
            {
                "name": "Nightly",
                "model_id": self.model_id,
                "state": "exchange",
                "exchange_interface_id": self.upsert.id,
                "interval_type": "days",
            }
        )
        cron.ir_actions_server_id.run()
        messages = self.env["hospital.message"].search([("interface_id", "=", self.upsert.id)])
        self.assertEqual(messages.mapped("res_id"), self.campus.ids)

    def test_delivery_is_woken_once_per_transaction(self):
        trigger = self.env["ir.cron.trigger"].sudo()
        before = trigger.search_count([("cron_id", "=", self.platform.cron_id.id)])
        for key in "12345":
            self.queue(key=key)
        self.assertEqual(trigger.search_count([("cron_id", "=", self.platform.cron_id.id)]), before + 1)

    def test_the_scheduled_action_comes_and_goes_with_its_platform(self):
        platform = self.make_platform("short_lived")
        cron = platform.cron_id
        self.assertIn(platform.name, cron.name)
        platform.with_user(self.users["admin"]).active = False
        self.assertFalse(cron.active)
        platform.with_user(self.users["admin"]).write({"active": True, "name": "Renamed"})
        self.assertTrue(cron.active)
        self.assertIn("Renamed", cron.name)
        action = cron.ir_actions_server_id
        platform.with_user(self.users["admin"]).unlink()
        self.assertFalse(cron.exists())
        self.assertFalse(action.exists())

    def test_the_scheduled_action_hands_over_and_ends(self):
        with patch("odoo.addons.hospital_exchange.tools.workers.submit") as submit:
            self.platform.cron_id.ir_actions_server_id.run()
        submit.assert_called_once_with(self.env.cr.dbname, self.platform.id)

    def test_keys(self):
        self.once.key_template = "{code}:{campus}:{id}"
        self.campus.code = "C{id}"
        message = self.once._queue(self.campus)
        self.assertEqual(message.key, f"do::{self.campus.id}")
        self.once.key_template = "{id}{nonsense}"
        with self.assertRaises(ExchangeError) as caught:
            self.once._queue(self.campus)
        self.assertEqual(caught.exception.kind, "config")
        with self.assertRaises(ExchangeError):
            self.once._queue(None, payload={})

    def test_codes_and_platforms_of_questions(self):
        other = self.make_platform("other")
        foreign = self.make_interfaces(other)
        with self.assertRaises(ValidationError):
            self.once.query_interface_id = foreign["ask"]
        for code in ("Upper", "with-dash", "9x", "a b", "../x"):
            with self.assertRaises(ValidationError):
                self.make_platform(code)

    def test_a_clerk_may_call_without_any_right_on_platforms(self):
        clerk = self.users["clerk"]
        with self.assertRaises(AccessError):
            self.platform.with_user(clerk).read(["name"])
        self.once.timing = "now"
        self.far.answer("do", {"ref": "5"})
        self.assertEqual(
            self.once.with_user(clerk)._call(self.campus.with_user(clerk), payload={"id": 1}), {"ref": "5"}
        )
        message = self.env["hospital.message"].search([("interface_id", "=", self.once.id)])
        self.assertEqual((message.create_uid, message.state), (clerk, "done"))
        self.far.answer("do", error("business", sentence="Not today."))
        with self.assertRaises(CallError) as caught:
            self.once.with_user(clerk)._call(self.other_campus.with_user(clerk), payload={"id": 2})
        self.assertEqual(str(caught.exception), "Not today.")

    def test_handler_that_fails_never_sends_again(self):
        taken = []

        def handle(interface, record, message, reply):
            taken.append(reply)
            if len(taken) == 1:
                raise ZeroDivisionError

        Interface = self.registry["hospital.interface"]
        with patch.object(Interface, "_handle_do", handle, create=True):
            message = self.queue()
            with self.assertLogs("odoo.addons.hospital_exchange", "ERROR"):
                self.deliver()
            self.assertEqual((message.state, message.reply_state, message.is_attention), ("done", "failed", True))
            self.deliver()
            self.assertEqual(len(taken), 1)
            message.with_user(self.users["operator"])._retry("record put right")
            self.deliver()
            self.assertEqual((message.state, message.reply_state, message.is_attention), ("done", "done", False))
        self.assertEqual(len(taken), 2)
        self.assertEqual(self.far.count("do"), 1)

    def test_handler_that_finds_its_record_busy_is_asked_again(self):
        """Nobody is told of it: the reply is handed over when the record is free."""
        busy = [True]

        def handle(interface, record, message, reply):
            if busy:
                raise BusyError("somebody is at it")

        with patch.object(self.registry["hospital.interface"], "_handle_do", handle, create=True):
            message = self.queue()
            self.deliver()
            self.assertEqual((message.state, message.reply_state, message.is_attention), ("done", "waiting", False))
            busy.clear()
            self.deliver()
        self.assertEqual((message.reply_state, message.is_attention), ("done", False))
        self.assertEqual(self.far.count("do"), 1)

    def test_amount_of_a_message_that_only_another_cursor_sees(self):
        message = self.queue(amount=12.5)
        self.env.flush_all()
        names = ["number", "key", "remote_ref", "res_model", "res_id", "state", "currency_id", "amount"]
        values = message.read(names, load=None)
        message.env.cr.execute("DELETE FROM hospital_message WHERE id = %s", [message.id])
        self.env.invalidate_all(flush=False)
        with patch.object(self.registry["hospital.message"], "read", lambda *_arguments, **_options: values):
            known = self.env["hospital.message"]._known(message.id)
        self.assertEqual((known.amount, known.number), (12.5, values[0]["number"]))

    def test_take_back_by_a_person(self):
        message = self.queue(amount=12.5)
        self.deliver()
        reversal = message.with_user(self.users["operator"])._take_back("paid twice at the counter")
        self.assertEqual((reversal.amount, reversal.reversal_of_id), (-12.5, message))
        self.assertEqual(message.with_user(self.users["operator"])._take_back("once more"), reversal)
        self.deliver()
        self.assertEqual(reversal.state, "done")
        with self.assertRaises(UserError):
            reversal.with_user(self.users["operator"])._take_back("back and forth")
