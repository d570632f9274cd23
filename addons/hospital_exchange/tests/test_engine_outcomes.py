import logging
from datetime import timedelta
from unittest.mock import patch
from uuid import uuid4

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.hospital_base.tests.common import proves

from ..tools import delivery
from ..tools.errors import CallError
from .exchange_common import ExchangeCase, error


@tagged("post_install", "-at_install")
class TestEngineOutcomes(ExchangeCase):
    """What follows from what happened, kind by kind and effect by effect."""

    def settle(self, interface, *answers):
        """A fresh message after one delivery in which the platform answered so."""
        code = interface.code
        self.far.answer(code, *answers)
        message = self.queue(interface, key=str(uuid4()))
        self.deliver()
        return message

    def test_done(self):
        message = self.settle(self.once, {"ref": "77"})
        self.assertEqual((message.state, message.remote_ref, message.try_count), ("done", "77", 1))
        self.assertEqual(message.sudo().reply, {"ref": "77"})
        self.assertTrue(message.number)
        self.assertTrue(message.done_at)
        self.assertEqual(message.attempt_ids.mapped("purpose"), ["send"])

    def test_not_set_up_is_refused_without_counting_a_try(self):
        message = self.settle(self.once, error("config", detail="unmapped department 7"))
        self.assertEqual((message.state, message.error_kind, message.try_count), ("refused", "config", 0))
        self.assertTrue(message.is_attention)
        self.assertIn("unmapped", message.error_detail)

    def test_a_platform_that_is_off_refuses(self):
        for change in ({"mode": "disabled"}, {"url_test": False}):
            platform = self.make_platform(f"off{len(change)}{next(iter(change))}", **change)
            message = self.queue(self.make_interfaces(platform)["do"])
            self.deliver(platform)
            self.assertEqual((message.state, message.error_kind, message.try_count), ("refused", "config", 0))
        self.assertFalse(self.far.calls)

    def test_surely_not_sent_is_tried_again_after_growing_pauses_and_given_up_in_the_end(self):
        self.once.max_tries = 4
        self.platform.breaker_threshold = 100
        message = self.settle(self.once, error("network"))
        pauses = []
        while message.state == "retry":
            pauses.append(round((message.next_try_at - fields.Datetime.now()).total_seconds() / 60))
            self.make_due()
            self.deliver()
        self.assertEqual(pauses, [1, 2, 5])
        self.assertEqual((message.state, message.try_count, message.is_attention), ("dead", 4, True))
        self.assertEqual(len({call[1] for call in self.far.calls}), 1)

    def test_no_answer_to_reading_and_setting_is_sent_again_under_the_same_number(self):
        for interface in (self.upsert, self.read):
            self.far.calls.clear()
            message = self.settle(interface, error("unknown"), {"ref": "1"})
            self.assertEqual((message.state, message.error_kind), ("retry", "unknown"))
            self.make_due()
            self.deliver()
            self.assertEqual(message.state, "done")
            self.assertEqual(len({call[1:3] for call in self.far.calls}), 1)

    def test_no_answer_to_doing_is_asked_about(self):
        self.far.answer("ask", {"found": True, "ref": "5"})
        message = self.settle(self.once, error("unknown"))
        self.assertEqual((message.state, message.remote_ref), ("done", "5"))
        self.assertEqual((self.far.count("do"), self.far.count("ask")), (1, 1))
        self.assertEqual(self.far.calls[1][3]["number"], message.number)

    def test_what_was_surely_not_done_is_sent_again(self):
        for absent in ({"found": False}, error("business", code="404")):
            self.far.calls.clear()
            self.far.answer("ask", absent)
            message = self.settle(self.once, error("unknown"), {"ref": "6"})
            self.assertEqual(message.state, "done")
            self.assertEqual([call[0] for call in self.far.calls], ["do", "ask", "do"])
            self.assertEqual(self.far.calls[0][1], self.far.calls[2][1], "the same number")

    def test_a_question_without_an_answer_is_asked_again_and_then_left_to_a_person(self):
        self.platform.breaker_threshold = 100
        for silence in (error("unknown"), error("network"), error("business", code="1"), {"other": 1}):
            self.far.answer("ask", silence)
            message = self.settle(self.once, error("unknown"))
            for _more in range(12):
                self.assertEqual(message.state, "unknown")
                self.make_due()
                self.deliver()
            self.assertTrue(message.is_attention)
            self.assertEqual(len(message.attempt_ids.filtered(lambda row: row.purpose == "query")), 10)
        self.assertEqual(self.far.count("do"), 4, "never blindly again")
        operator = message.with_user(self.users["operator"])
        operator._confirm_done("seen on the screen of the platform")
        self.assertEqual((message.state, message.is_attention), ("done", False))

    def test_without_a_question_it_is_taken_back(self):
        self.once.query_interface_id = False
        message = self.settle(self.once, error("unknown"))
        reversal = message.reversal_ids
        self.assertEqual((message.state, reversal.state), ("refused", "done"))
        self.assertEqual(self.far.count("do"), 1)
        self.assertEqual(self.far.calls[-1][3]["number"], message.number)

    def test_nothing_to_take_back_means_it_was_not_done(self):
        self.once.query_interface_id = False
        self.far.answer("undo", error("business", code="404"))
        message = self.settle(self.once, error("unknown"))
        self.assertEqual((message.state, message.reversal_ids.state), ("refused", "refused"))
        self.assertFalse(message.reversal_ids.is_attention)

    def test_without_question_and_reversal_a_person_sees_it(self):
        self.once.write({"query_interface_id": False, "reversal_interface_id": False})
        message = self.settle(self.once, error("unknown"))
        for _more in range(3):
            self.deliver()
        self.assertEqual((message.state, message.is_attention), ("unknown", True))
        self.assertEqual(len(self.far.calls), 1)

    def test_duplicate_is_done_with_a_note(self):
        message = self.settle(self.once, error("duplicate", reply={"ref": "old"}))
        self.assertEqual((message.state, message.error_kind), ("done", "duplicate"))
        self.assertTrue(message.note)

    def test_no_of_the_platform_is_final_until_a_person_decides(self):
        message = self.settle(self.once, error("business", code="E7", sentence="The card is not valid."))
        self.assertEqual((message.state, message.error_code, message.is_attention), ("refused", "E7", True))
        self.assertEqual(message.error_sentence, "The card is not valid.")
        for _more in range(3):
            self.make_due()
            self.deliver()
        self.assertEqual(len(self.far.calls), 1)
        self.far.answer("do", {"ref": "9"})
        message.with_user(self.users["operator"])._retry("the card was put right")
        self.deliver()
        self.assertEqual(message.state, "done")
        self.assertEqual(len({call[1] for call in self.far.calls}), 1)

    def test_resend_closes_the_old_one_and_builds_anew(self):
        message = self.settle(self.once, error("business"))
        self.far.answer("do", {"ref": "9"})
        with patch.object(self.registry["hospital.interface"], "_build", lambda *args, **kwargs: {"built": "anew"}):
            again = message.with_user(self.users["operator"])._resend("corrected")
        self.assertEqual(message.state, "closed")
        self.deliver()
        self.assertEqual((again.state, again.sudo().payload), ("done", {"built": "anew"}))
        self.assertNotEqual(again.number, message.number)

    @mute_logger("odoo.addons.hospital_exchange.tools.workers")
    def test_our_own_mistake_is_dead_and_the_others_go_on(self):
        self.far.answer("do", ZeroDivisionError("张三"), {"ref": "1"})
        first, second = self.queue(key="1"), self.queue(key="2")
        with self.assertNoLogs("odoo", "ERROR"):
            self.deliver()
        self.assertEqual((first.state, first.error_kind, second.state), ("dead", "bug", "done"))
        self.assertIn("ZeroDivisionError", first.error_detail)

    def test_a_mistake_after_bytes_left_proves_nothing(self):
        def sent_and_failed(call):
            call.sent = True
            return KeyError("unforeseen reply")

        self.far.answer("ask", {"found": True})
        message = self.settle(self.once, sent_and_failed)
        self.assertEqual([call[0] for call in self.far.calls], ["do", "ask"])
        self.assertEqual(message.state, "done")

    def test_age(self):
        self.once.deadline_minutes = 30
        message = self.queue()
        self.env.cr.execute(
            SQL("UPDATE hospital_message SET create_date = create_date - interval '1 hour' WHERE id = %s", message.id)
        )
        self.deliver()
        self.assertEqual((message.state, message.is_attention), ("dead", True))
        self.assertFalse(self.far.calls)

    def test_stale_claims_are_unknown_and_never_sent_on_a_guess(self):
        once, upsert = self.queue(key="o"), self.queue(self.upsert, key="u")
        for message in (once, upsert):
            message.sudo()._step("sending", claimed_by="delivery", sent_at=fields.Datetime.now(), try_count=1)
        self.far.answer("ask", {"found": True})
        self.deliver()
        self.assertEqual((once.state, upsert.state), ("done", "retry"))
        self.assertEqual(self.far.count("do"), 0)

    def test_strictly_in_order(self):
        self.platform.single_file = True
        self.far.answer("set", error("network"), {"ref": "1"})
        first, second = self.queue(self.upsert, key="1"), self.queue(self.upsert, key="2")
        self.deliver()
        self.assertEqual((first.state, second.state), ("retry", "pending"))
        self.make_due()
        self.deliver()
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertEqual([call[2] for call in self.far.calls], ["1", "1", "2"])

    def test_pause_between_messages(self):
        self.platform.min_interval_ms = 70
        pauses = []
        with patch.object(delivery.time, "sleep", pauses.append):
            for key in "123":
                self.queue(key=key)
            self.deliver()
        self.assertEqual(len(pauses), 2)
        self.assertTrue(all(0 < pause <= 0.07 for pause in pauses))

    def test_same_key_same_message(self):
        first = self.queue(key="same")
        self.assertEqual(self.queue(key="same"), first)
        self.deliver()
        self.assertEqual(self.queue(key="same"), first, "done is done")
        self.deliver()
        self.assertEqual(len(self.far.calls), 1)

    def test_retention(self):
        old, open_one, fresh = (self.queue(key=key) for key in "123")
        self.far.answer("do", {"ref": "1"}, error("business"), {"ref": "3"})
        self.deliver()
        self.env.cr.execute(
            SQL("UPDATE hospital_message SET create_date = create_date - interval '200 days' WHERE id IN %s",
                (old.id, open_one.id))
        )  # fmt: skip
        self.env["hospital.message"]._gc_messages()
        self.assertFalse(old.exists())
        self.assertTrue(open_one.exists(), "what waits for a person is kept whatever its age")
        self.assertTrue(fresh.exists())

    def test_large_bodies_are_files(self):
        self.far.answer("do", {"ref": "1", "text": "x" * 100_000})
        message = self.queue()
        self.deliver()
        _sudo = message.sudo()
        self.assertFalse(_sudo.reply_body)
        self.assertIn("x" * 1000, _sudo._body("reply"))
        [attachment] = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [("res_model", "=", "hospital.message"), ("res_id", "=", message.id), ("res_field", "=", "reply_file")]
            )
        )
        for user in self.users.values():
            self.assertFalse(attachment.with_user(user).has_access("read"))


@tagged("post_install", "-at_install")
class TestEngineAlerts(ExchangeCase):
    def mails(self):
        return self.env["mail.mail"].sudo().search([("email_to", "like", "owner@example.com")])

    @proves("S1-9.1")
    def test_a_line_is_cut_after_failures_in_a_row_and_one_alert_goes_out(self):
        self.far.answer("do", error("network"))
        for number in range(12):
            self.queue(key=str(number))
        self.deliver()
        self.assertEqual((self.platform.breaker_state, len(self.far.calls)), ("open", 5))
        self.assertEqual(
            self.env["hospital.message"].search_count(
                [("platform_id", "=", self.platform.id), ("state", "=", "pending")]
            ),
            7,
        )
        self.assertEqual(len(self.platform.activity_ids), 1)
        self.assertEqual(self.platform.activity_ids.user_id, self.owner)
        self.assertEqual(len(self.mails()), 1)
        for _more in range(4):  # tried again after each pause, and still nothing: nobody is told a second time
            self.platform.sudo()._write_line(breaker_retry_at=fields.Datetime.now() - timedelta(seconds=1))
            self.deliver()
        self.assertEqual(len(self.far.calls), 9)
        self.assertEqual((len(self.platform.activity_ids), len(self.mails())), (1, 1))
        self.far.answer("do", {"ref": "1"})
        self.platform.sudo()._write_line(breaker_retry_at=fields.Datetime.now() - timedelta(seconds=1))
        self.make_due()
        self.deliver()
        self.assertEqual(self.platform.breaker_state, "closed")
        self.assertFalse(self.platform.activity_ids)
        states = set(self.env["hospital.message"].search([("platform_id", "=", self.platform.id)]).mapped("state"))
        self.assertEqual(states, {"done"})

    def test_a_cut_line_is_tried_by_the_health_check_first(self):
        self.platform.health_interface_id = self.read
        self.far.answer("get", error("network"))
        self.queue()
        self.platform.sudo()._write_line(
            breaker_state="open", breaker_failures=5, breaker_retry_at=fields.Datetime.now() - timedelta(seconds=1),
            breaker_opened_at=fields.Datetime.now(),
        )  # fmt: skip
        self.deliver()
        self.assertEqual([call[0] for call in self.far.calls], ["get"])
        self.far.answer("get", {"ref": "up"})
        self.platform.sudo()._write_line(breaker_retry_at=fields.Datetime.now() - timedelta(seconds=1))
        self.deliver()
        self.assertEqual([call[0] for call in self.far.calls], ["get", "get", "do"])

    def test_a_person_at_a_cut_line_is_told_at_once(self):
        now = fields.Datetime.now()
        self.platform.sudo()._write_line(
            breaker_state="open",
            breaker_failures=5,
            breaker_opened_at=now,
            breaker_retry_at=now + timedelta(seconds=60),
        )
        with self.assertRaises(CallError) as caught:
            self.once._call(self.campus, payload={})
        self.assertEqual(caught.exception.kind, "network")
        self.assertIsInstance(caught.exception, UserError)
        self.assertFalse(self.far.calls)

    def test_messages_that_need_somebody_are_told_once(self):
        self.far.answer("do", error("business"))
        for number in range(30):
            self.queue(key=str(number))
        self.deliver()
        self.queue(key="later")
        self.deliver()
        self.assertEqual(len(self.platform.activity_ids), 1)
        self.assertEqual(len(self.mails()), 1)
        self.assertNotIn("Exchange Campus", self.mails().body_html, "nothing about a record in an e-mail")
        messages = self.env["hospital.message"].search([("platform_id", "=", self.platform.id)])
        messages.with_user(self.users["operator"])._close("done by telephone")
        self.deliver()
        self.assertFalse(self.platform.activity_ids)
        self.queue(key="new trouble")
        self.deliver()
        self.assertEqual((len(self.platform.activity_ids), len(self.mails())), (1, 2))

    @proves("S1-9.1")
    def test_certificates_are_warned_about_in_time(self):
        self.platform.certificate_id = self.make_certificate()
        for days, warned in ((40, 0), (29, 1), (29, 1), (20, 1), (13, 2), (1, 3), (0.5, 3), (-1, 4), (-2, 4), (300, 4)):
            self.let_end(days)
            self.env["hospital.platform"]._cron_watch()
            with self.subTest(days=days):
                self.assertEqual(len(self.mails()), warned)
        self.let_end(-1)
        message = self.queue()
        self.deliver()
        self.assertEqual((message.state, message.error_kind), ("refused", "config"))

    def test_no_word_of_a_patient_in_a_log(self):
        self.far.answer(
            "do",
            ValueError("张三 13800001234"),
            error("business", sentence="张三 has no cover"),
            error("unknown", detail="张三"),
        )
        self.far.answer("ask", RuntimeError("张三"))
        for key in "123":
            self.queue(key=key, payload={"name": "张三"})
        with self.assertLogs("odoo", "DEBUG") as logs:
            logging.getLogger("odoo").warning("assertLogs wants a line")
            with self.assertRaises(CallError):
                self.far.answer("do", error("business", sentence="张三 has no cover"))
                self.once._call(self.campus, key="4", payload={"name": "张三"})
            self.deliver()
        ours = [line for line in logs.output if "sql_db" not in line]
        self.assertNotIn("张三", "\n".join(ours))
