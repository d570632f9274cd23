from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import CallError
from .http_far_side import HttpCase, drips, nobody_there, reset, says, silent


@tagged("post_install", "-at_install")
class TestHttpEngine(HttpCase):
    """The table of errors from the socket to the state of the message."""

    def setUp(self):
        super().setUp()
        self.parameters(ok_path="code", ok_values="0", message_path="msg", duplicate_values="dup", ref_path="no")
        self.platform.write({"read_timeout": 0.3, "connect_timeout": 0.2, "breaker_threshold": 100})

    def settled(self, interface, *answers):
        """A message of this interface after one delivery."""
        self.far.answer(*answers)
        message = self.queue(interface, key=f"K{len(interface.search([]))}{self.serial()}")
        self.deliver()
        return message

    def serial(self):
        self.count = getattr(self, "count", 0) + 1
        return self.count

    def paths(self):
        return [request.path.rpartition("/")[2] for request in self.far.requests]

    def test_done(self):
        message = self.settled(self.once, {"code": 0, "no": "77"})
        self.assertEqual((message.state, message.remote_ref), ("done", "77"))
        self.assertEqual(message.sudo().reply, {"code": 0, "no": "77"})
        self.assertIn('"id":', message.sudo().request_body)
        self.assertEqual(message.sudo().reply_body, '{"code": 0, "no": "77"}')
        self.assertEqual(message.attempt_ids.http_status, 200)

    def test_the_platform_says_no_or_has_it_already(self):
        message = self.settled(self.once, {"code": 9, "msg": "停诊"})
        self.assertEqual((message.state, message.error_kind, message.error_code), ("refused", "business", "9"))
        self.assertIn("停诊", message.error_sentence)
        message = self.settled(self.once, {"code": "dup"})
        self.assertEqual((message.state, message.error_kind), ("done", "duplicate"))
        self.assertTrue(message.note)

    def test_surely_not_sent_is_tried_again(self):
        with nobody_there() as url:
            self.platform.url_test = url
            for interface in (self.once, self.upsert, self.read):
                message = self.settled(interface, {})
                self.assertEqual((message.state, message.error_kind), ("retry", "network"))
                self.assertNotIn("\n", message.error_detail)

    @proves("S1-3.2")
    def test_nobody_knows(self):
        self.parameters(max_reply_kb="50")
        body = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        for answer in (
            silent(0.6), reset(), reset(body + b"{"), drips(body + b" " * 90, 0.05), says({"code": 0}, 503),
            says(b"<html>"), says("{“}".encode("gbk")), says({"other": 0}), says(b" " * 60_000),
        ):  # fmt: skip
            for interface in (self.upsert, self.read):
                message = self.settled(interface, answer)
                self.assertEqual((message.state, message.error_kind), ("retry", "unknown"), message.error_detail)
            message = self.settled(self.once, answer, {"code": 0, "found": True, "no": "5"})
            self.assertEqual((message.state, message.remote_ref), ("done", "5"))
            self.assertEqual(self.paths(), ["do", "ask"], "asked about, never sent again on a guess")

    def test_surely_not_done_is_sent_again_under_the_same_number(self):
        message = self.settled(self.once, reset(), says({"code": "404"}, 404), {"code": 0, "no": "6"})
        self.assertEqual((message.state, message.remote_ref), ("done", "6"))
        self.assertEqual(self.paths(), ["do", "ask", "do"])
        first, _asked, second = (request.headers["X-Exchange-Request"] for request in self.far.requests)
        self.assertEqual((first, second), (message.number, message.number))

    def test_not_set_up(self):
        self.parameters(header__X_Key="{secret:nobody_entered_it}")
        message = self.settled(self.once, {"code": 0})
        self.assertEqual((message.state, message.error_kind, message.try_count), ("refused", "config", 0))
        self.parameters(header__X_Key=None)
        message = self.settled(self.once, says(b"who are you", 401))
        self.assertEqual((message.state, message.error_kind), ("refused", "config"))
        self.assertIn("sign-in", message.error_sentence)

    def test_secrets_and_long_answers_in_the_evidence(self):
        self.secret("token", "a very secret token")
        self.parameters(envelope='{"token": "{secret:token}", "body": "{payload}"}')
        message = self.settled(self.once, {"code": 0, "echo": "a very secret token", "text": "长" * 50_000})
        self.assertIn(b"very secret", self.far.requests[0].body)
        body = message.sudo()._body("reply")
        self.assertGreater(len(body), 50_000)
        for kept in (message.sudo()._body("request"), body):
            self.assertNotIn("very secret", kept)

    def test_a_person_who_waits(self):
        self.far.answer({"code": 0, "no": "8"})
        self.assertEqual(self.read._call(payload={"id": "1"}), {"code": 0, "no": "8"})
        self.far.answer({"code": 9, "msg": "停诊"})
        with self.assertRaises(CallError) as caught:
            self.read._call(payload={"id": "1"})
        self.assertIn("停诊", caught.exception.sentence)

    def test_all_messages_of_a_delivery_share_a_connection(self):
        self.far.answer({"code": 0})
        self.far.connections.clear()
        for key in range(5):
            self.queue(self.once, key=f"shared{key}")
        self.deliver()
        self.assertEqual(len(self.far.requests), 5)
        self.assertEqual(len(self.far.connections), 1)

    def test_a_bug_of_a_dialect_after_sending_is_no_certain_answer(self):
        protocol = self.registry["hospital.protocol.http_json"]
        with patch.object(protocol, "_read", lambda *_arguments: 1 // 0):
            message = self.settled(self.upsert, {"code": 0})
        self.assertEqual((message.state, message.error_kind), ("retry", "unknown"))
        self.assertIn("code", message.sudo().reply_body)
