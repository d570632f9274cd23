from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.far import Asked, Visit
from .sandbox_common import SandboxCase


@tagged("post_install", "-at_install")
class TestEcho(SandboxCase):
    """Echo as a person works with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.echo = cls.env.ref("hospital_sandbox.platform_echo")
        cls.echo.mode = "sandbox"
        cls.env["hospital.sandbox"]._make_keys(cls.echo)
        cls.do, cls.put, cls.get = (
            cls.env.ref(f"hospital_sandbox.interface_echo_{code}") for code in ("do", "set", "get")
        )
        cls.do.query_delay = 600  # asked when the test says so
        cls.env["hospital.sandbox.fault"].search([]).unlink()
        cls.note = cls.env["hospital.echo.note"].create({"text": "hello"})

    def message(self, note=None):
        note = note or self.note
        return self.env["hospital.message"].search([("res_model", "=", note._name), ("res_id", "=", note.id)], limit=1)

    def test_sending_writes_the_number_back(self):
        self.note.action_send()
        self.assertEqual(self.note.exchange_state, "waiting")
        self.deliver(self.echo)
        self.assertEqual(self.message().state, "done")
        self.assertEqual(self.message().reply_state, "done")
        self.assertTrue(self.note.remote_ref)
        self.assertEqual(self.note.remote_ref, self.message().remote_ref)
        self.assertEqual(self.done(self.echo)[self.note.name], 1)

    def test_reading_fills_the_record(self):
        self.note.action_put()
        self.deliver(self.echo)
        self.assertEqual(self.note.exchange_state, "done")
        self.note.text = "changed here only"
        self.note.action_get()
        self.assertEqual(self.note.echoed_text, "hello")

    def test_keeping_twice_is_harmless(self):
        self.note.action_put()
        self.deliver(self.echo)
        self.note.text = "newer"
        self.note.action_put()
        self.deliver(self.echo)
        kept = self.env["hospital.sandbox.record"].search([("key", "=", self.note.name), ("kind", "=", "set")])
        self.assertEqual((kept.data["text"], kept.count), ("newer", 1))

    @proves("S2-1.1")
    def test_lost_answer_becomes_certain_by_asking(self):
        self.play(self.do, "lose_after", times=1)
        self.note.action_send()
        self.deliver(self.echo)
        message = self.message()
        self.assertEqual((message.state, message.is_attention), ("unknown", False))
        self.assertEqual(self.note.exchange_state, "unknown")
        self.make_due(message)
        self.deliver(self.echo)
        self.assertEqual(message.state, "done")
        self.assertEqual(self.done(self.echo)[self.note.name], 1)
        self.assertEqual(self.note.remote_ref, message.remote_ref)

    def test_lost_request_is_sent_again_after_asking(self):
        self.play(self.do, "lose_before", times=1)
        self.note.action_send()
        self.deliver(self.echo)
        message = self.message()
        self.assertEqual(message.state, "unknown")
        for _round in range(2):
            self.make_due(message)
            self.deliver(self.echo)
        self.assertEqual(message.state, "done")
        self.assertEqual(self.done(self.echo)[self.note.name], 1)

    def test_a_no_is_shown_on_the_note(self):
        self.play(self.do, "refuse", code="A17", words="no such ward", times=1)
        self.note.action_send()
        self.deliver(self.echo)
        message = self.message()
        self.assertEqual((message.state, message.error_code), ("refused", "A17"))
        self.assertEqual(self.note.exchange_state, "failed")
        self.assertTrue(self.note.exchange_banner)
        self.note.action_exchange_retry()
        self.deliver(self.echo)
        self.assertEqual(self.note.exchange_state, "done")

    def test_too_long_never_leaves(self):
        note = self.env["hospital.echo.note"].create({"text": "x" * 201})
        note.action_put()
        self.deliver(self.echo)
        self.assertEqual(note.exchange_state, "failed")
        self.assertIn("200", note.exchange_banner)
        self.assertNotIn(note.name, self.done(self.echo, "set"))

    def test_echo_takes_no_empty_note(self):
        note = self.env["hospital.echo.note"].create({"text": " "})
        self.do._queue(note, payload={"id": note.name, "text": " "})
        self.deliver(self.echo)
        self.assertEqual(self.message(note).error_code, "EMPTY")

    def test_taking_back(self):
        self.note.action_send()
        self.deliver(self.echo)
        self.message()._take_back("written by mistake")
        self.deliver(self.echo)
        self.assertEqual(self.done(self.echo)[self.note.name], 0)

    def test_fault_knows_its_end_and_its_luck(self):
        fault = self.play(self.do, "lose_before", times=2)
        for number in range(4):
            self.do._queue(self.note, key=f"k{number}", payload={"id": f"k{number}", "text": "x"})
        self.deliver(self.echo)
        self.assertEqual(fault.used, 2)
        self.assertEqual(sum(self.done(self.echo).get(f"k{number}", 0) for number in range(4)), 2)
        fault.unlink()
        lucky = self.play(self.do, "lose_before", probability=40, seed=7)
        visits = [self._visit(f"N{number}") for number in range(300)]
        first = [lucky._befalls(visit) for visit in visits]
        self.assertEqual(first, [lucky._befalls(visit) for visit in visits])
        self.assertTrue(80 < sum(first) < 160, sum(first))

    def _visit(self, number):
        return Visit(self.echo, Asked("POST", "do", "/sandbox/echo/do", {}), self.do, number)

    def test_operators_play_and_administrators_read_bodies(self):
        operator = new_test_user(self.env, "sbx_operator", groups="hospital_exchange.group_exchange_operator")
        admin = new_test_user(self.env, "sbx_admin", groups="hospital_exchange.group_exchange_admin")
        note = self.env["hospital.echo.note"].with_user(operator).create({"text": "by an operator"})
        note.action_send()
        self.deliver(self.echo)
        self.env["hospital.sandbox.fault"].with_user(operator).create({"platform_id": self.echo.id, "kind": "slow"})
        seen = (
            self.env["hospital.sandbox.call"].with_user(operator).search([("interface_id", "=", self.do.id)], limit=1)
        )
        self.assertNotIn("request_body", seen.fields_get())
        self.assertIn(note.name, seen.with_user(admin).request_body)
        with self.assertRaises(UserError):
            seen.with_user(admin).unlink()
        clerk = new_test_user(self.env, "sbx_clerk", groups="hospital_base.group_hospital_registrar")
        for model in (
            "hospital.sandbox.fault",
            "hospital.sandbox.call",
            "hospital.sandbox.record",
            "hospital.echo.note",
        ):
            with self.assertRaises(UserError):
                self.env[model].with_user(clerk).search([])

    def test_log_does_not_grow_for_ever(self):
        self.note.action_send()
        self.deliver(self.echo)
        calls = self.env["hospital.sandbox.call"]
        self.env.cr.execute("UPDATE hospital_sandbox_call SET at = at - interval '8 days'")
        self.env.invalidate_all()
        calls._gc_calls()
        self.assertFalse(calls.search([]))
