from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from .exchange_common import ExchangeCase, error


@tagged("post_install", "-at_install")
class TestScreensDecisions(ExchangeCase):
    """A person decides about messages: what can be decided, what it moves, and what came of it."""

    def setUp(self):
        super().setUp()
        self.operator = self.users["operator"]
        build = lambda interface, record, **extra: self.build(record)  # noqa: E731
        self.patch(self.registry["hospital.interface"], "_build_fields", build)
        self.breaks_at = None

    def build(self, record):
        if record == self.breaks_at:
            raise KeyError("title")
        return {"id": record.id}

    def refused(self, *keys, interface=None, code="E1", **options):
        self.far.answer("do", error("business", code))
        messages = [self.queue(interface, key=key, **options) for key in keys]
        self.deliver()
        return self.env["hospital.message"].browse(message.id for message in messages)

    def unknown(self, key="U", **options):
        self.far.answer("do", error("unknown"))
        self.far.answer("ask", error("unknown"))
        self.platform._close_line()
        message = self.queue(key=key, **options)
        self.deliver()
        message._set(next_try_at=None, is_attention=True)
        return message

    def decide(self, messages, decision, user="operator", **values):
        as_user = messages.with_user(self.users[user])
        action = as_user.with_context(decision=decision).action_decide()
        wizard = as_user.env[action["res_model"]].browse(action["res_id"])
        if values:
            wizard.write(values)
        return wizard

    def choices(self, message):
        names = ("retry", "resend", "confirm_done", "send_again", "take_back", "ask", "close")
        seen = message.with_user(self.operator)
        return {name for name in names if seen[f"can_{name}"]}

    # === BUTTONS BY STATE ===

    def test_buttons_by_state(self):
        [refused] = self.refused("A")
        self.assertEqual(self.choices(refused), {"retry", "resend", "close"})
        unknown = self.unknown()
        self.assertEqual(self.choices(unknown), {"confirm_done", "send_again", "take_back", "ask", "close"})
        self.far.answer("do", {"ref": "R"})
        done = self.queue(key="D")
        self.assertEqual(self.choices(done), set(), "what waits goes on by itself")
        self.deliver()
        self.assertEqual(self.choices(done), {"take_back"})
        self.decide(done, "take_back", reason="wrong account").action_confirm()
        self.assertEqual(self.choices(done), set(), "it is being taken back already")

    def test_nothing_that_would_do_it_twice(self):
        [first] = self.refused("A")
        self.far.answer("do", {"ref": "R"})
        self.queue(key="A")
        self.deliver()
        self.assertEqual(self.choices(first), {"close"}, "a newer message has done it")
        with self.assertRaisesRegex(UserError, "None of the chosen"):
            self.decide(first, "retry", reason="again").action_confirm()
        unknown = self.unknown()
        for decision in ("retry", "resend"):
            with self.assertRaisesRegex(UserError, "None of the chosen"):
                self.decide(unknown, decision, reason="again").action_confirm()
        self.assertEqual(unknown.state, "unknown")

    def test_a_platform_that_is_off_takes_nothing(self):
        [refused] = self.refused("A")
        self.platform.mode = "disabled"
        refused.invalidate_recordset()
        wizard = self.decide(refused, "retry", reason="again")
        self.assertFalse(wizard.possible_count)
        self.assertIn("switched off", wizard.blocked)

    def test_what_a_person_waited_for_is_not_sent_behind_his_back(self):
        unknown = self.unknown()
        unknown._set(caller_state="lost")
        self.assertNotIn("send_again", self.choices(unknown))
        self.assertIn("close", self.choices(unknown))

    def test_a_call_in_can_only_be_closed(self):
        [refused] = self.refused("A")
        refused._set(direction="in")
        self.assertEqual(self.choices(refused), {"close"})

    # === DECIDING ===

    @proves("S2-1.4")
    def test_each_decision_is_carried_out_with_its_reason(self):
        retried, resent, closed = self.refused("A", "B", "C")
        for message, decision in ((retried, "retry"), (resent, "resend"), (closed, "close")):
            self.decide(message, decision, reason=f"because of {decision}").action_confirm()
        self.env.invalidate_all()
        self.assertEqual((retried.state, resent.state, closed.state), ("pending", "closed", "closed"))
        again = self.env["hospital.message"].search([("key_base", "=", "B")], limit=1)
        self.assertEqual((again.state, again.key), ("pending", "B~2"))
        for message in (retried, resent, closed):
            [decision] = message.attempt_ids.filtered(lambda attempt: attempt.purpose == "person")
            self.assertEqual(decision.user_id, self.operator)
            self.assertIn("because of", decision.detail)
        unknown = self.unknown()
        self.decide(unknown, "confirm_done", reason="seen on their screen").action_confirm()
        self.assertEqual(unknown.state, "done")
        other = self.unknown("V")
        self.decide(other, "send_again", reason="not on their screen").action_confirm()
        self.assertEqual(other.state, "pending")
        asked = self.unknown("W")
        self.decide(asked, "ask").action_confirm()
        self.assertTrue(asked.next_try_at)

    def test_a_reason_is_required(self):
        [refused] = self.refused("A")
        for reason in (False, "", "   "):
            with self.assertRaisesRegex(UserError, "reason"):
                self.decide(refused, "retry", reason=reason).action_confirm()
        self.assertEqual(refused.state, "refused")

    @proves("S2-1.4")
    def test_money_is_confirmed(self):
        messages = self.refused("A", "B", amount=100.0) | self.refused("C", amount=0.5)
        wizard = self.decide(messages, "retry", reason="again")
        self.assertIn("200.5", wizard.amounts)
        self.assertTrue(wizard.asks_for_money)
        with self.assertRaisesRegex(UserError, "200.5"):
            wizard.action_confirm()
        self.assertEqual(set(messages.mapped("state")), {"refused"})
        wizard.money_confirmed = True
        wizard.action_confirm()
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        closing = self.decide(self.refused("E", amount=100.0), "close", reason="settled by hand")
        self.assertFalse(closing.asks_for_money, "closing moves nothing")

    def test_what_cannot_stays_and_is_said(self):
        good, gone = self.refused("A", "B")
        mixed = good | gone | self.unknown()
        gone._set(res_id=0)
        wizard = self.decide(mixed, "resend", reason="corrected")
        self.assertEqual((wizard.total_count, wizard.possible_count), (3, 1))
        self.assertIn(gone.number, wizard.blocked)
        result = wizard.action_confirm()
        self.assertEqual(result["res_model"], wizard._name)
        self.assertEqual((wizard.state, wizard.done_count, wizard.failed_count), ("result", 1, 2))
        self.assertIn(gone.number, wizard.result)
        self.assertEqual(set(wizard.action_open_failed()["domain"][0][2]), set((mixed - good).ids))

    def test_many_go_in_chunks(self):
        messages = self.refused(*(f"M{number}" for number in range(120)))
        wizard = self.decide(messages, "close", reason="an old matter")
        action = wizard.action_confirm()
        self.assertEqual((action["tag"], action["params"]["total"]), ("hospital_exchange_decide", 120))
        self.assertEqual(set(messages.mapped("state")), {"refused"}, "the client goes on")
        self.assertEqual(wizard.decide_some(), 20)
        self.assertEqual(wizard.decide_some(), 0)
        wizard.finish()
        self.assertEqual(set(messages.mapped("state")), {"closed"})
        self.assertEqual(wizard.done_count, 120)

    def test_the_second_of_two_operators_gets_a_sentence(self):
        [refused] = self.refused("A")
        first = self.decide(refused, "close", reason="mine")
        second = self.decide(refused, "retry", reason="no, mine")
        first.action_confirm()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "None of the chosen"):
            second.action_confirm()
        self.assertIn("Closed by a person", second.blocked)
        self.assertEqual(refused.state, "closed")

    def test_one_that_breaks_does_not_hold_up_the_others(self):
        good, broken = self.refused("A", "B")
        broken._set(res_id=self.other_campus.id)
        self.breaks_at = self.other_campus
        wizard = self.decide(good | broken, "resend", reason="again")
        with self.assertLogs("odoo.addons.hospital_exchange.wizards.message_decision", "ERROR"):
            wizard.action_confirm()
        self.assertEqual((good.state, broken.state), ("closed", "refused"))
        self.assertIn("IT must look", wizard.result)

    # === WHO MAY ===

    @proves("S2-1.6")
    def test_a_clerk_decides_nothing_over_rpc(self):
        [refused] = self.refused("A")
        clerk = self.users["clerk"]
        as_clerk = refused.with_user(clerk)
        for call in (
            lambda: as_clerk.read(["state"]),
            lambda: as_clerk.action_decide(),
            lambda: as_clerk.action_read_bodies() and as_clerk.hospital_read_bodies(),
            lambda: as_clerk.env["hospital.message.decision"].create(
                {"decision": "close", "reason": "x", "message_ids": [Command.set(refused.ids)]}
            ),
            lambda: self.platform.with_user(clerk).action_check_health(),
            lambda: self.platform.with_user(clerk).read(["name"]),
            lambda: self.once.with_user(clerk).action_make_button(),
        ):
            with self.assertRaises(AccessError):
                call()
        self.assertEqual(refused.state, "refused")

    def test_messages_of_another_campus_are_not_decided(self):
        [refused] = self.refused("A")
        refused._set(campus_id=self.other_campus.id)
        self.assertFalse(self.env["hospital.message"].with_user(self.operator).search([("id", "=", refused.id)]))
        with self.assertRaises(AccessError):
            self.decide(refused, "close", reason="x").action_confirm()
        decision = self.env["hospital.message.decision"].with_user(self.operator)
        with self.assertRaises(AccessError):
            decision.create({"decision": "close", "reason": "x", "message_ids": [Command.set(refused.ids)]})
        self.assertEqual(refused.state, "refused")

    def test_nobody_writes_a_message_and_no_window_is_shared(self):
        [refused] = self.refused("A")
        for role in ("operator", "admin", "auditor"):
            with self.assertRaises(UserError):  # an AccessError is one
                refused.with_user(self.users[role]).write({"state": "done"})
        wizard = self.decide(refused, "close", reason="x")
        with self.assertRaises(AccessError):
            wizard.with_user(self.users["admin"]).action_confirm()
