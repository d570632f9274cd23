import gzip
import json
import random
import socket
import time
from collections import Counter
from unittest.mock import patch

from odoo.tests import tagged

from ..tools.call import Answer
from .http_far_side import HttpCase, drips, nobody_accepts, nobody_there, reset, says, silent

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@tagged("post_install", "-at_install")
class TestHttpFailures(HttpCase):
    """Every row of the table of errors, over real sockets: what surely was not sent, and what nobody knows."""

    def test_nobody_listens(self):
        with nobody_there() as url:
            self.platform.url_test = url
            outcome = self.assert_fails("network", self.call())
        self.assertIn("refused", outcome.error.detail)
        self.assertFalse(outcome.evidence.reply_body)

    def test_no_such_name(self):
        real = socket.getaddrinfo

        def look_up(host, *arguments, **options):
            if host.endswith(".invalid"):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return real(host, *arguments, **options)

        self.platform.url_test = "http://platform.invalid/api"  # a name that nobody may ever have
        with patch.object(socket, "getaddrinfo", look_up):
            self.assert_fails("network", self.call())

    def test_nobody_accepts(self):
        with nobody_accepts() as url:
            self.platform.url_test = url
            start = time.monotonic()
            self.assert_fails("network", self.call())
        self.assertLess(time.monotonic() - start, 8)

    def test_no_answer_in_time(self):
        self.platform.read_timeout = 0.3
        self.far.answer(silent(6))
        start = time.monotonic()
        outcome = self.assert_fails("unknown", self.call())
        self.assertLess(time.monotonic() - start, 4)
        self.assertIn("within 0.8 s", outcome.error.detail)
        self.assertEqual(outcome.evidence.request_body, b'{"id":"1"}')

    def test_an_answer_that_drips_ends_with_the_time_of_the_whole_call(self):
        self.platform.write({"read_timeout": 0.4, "connect_timeout": 0.2})
        body = HEAD + b" " * 1000
        for answer in (drips(body, 0.05), drips(CHUNKED + b"1\r\n \r\n" * 200, 0.02)):
            self.far.answer(answer)
            start = time.monotonic()
            outcome = self.assert_fails("unknown", self.call())
            self.assertLess(time.monotonic() - start, 4)
            self.assertIn("completely", outcome.error.detail)

    def test_a_long_body_has_the_time_of_the_whole_call(self):
        self.platform.write({"read_timeout": 8, "connect_timeout": 0.3})
        self.far.pause = 1
        self.assertFalse(self.call(payload={"text": "x" * 10_000_000}).error)
        self.platform.read_timeout = 0.3
        self.far.answer({})
        self.far.pause = 5
        start = time.monotonic()
        self.assert_fails("unknown", self.call(payload={"text": "x" * 10_000_000}))
        self.assertLess(time.monotonic() - start, 4)

    def test_what_came_before_the_end_is_kept(self):
        for answer in (reset(HEAD + b'{"half": '), drips(HEAD + b'{"half": ', 0)):
            self.platform.read_timeout = 0.5
            self.far.answer(answer)
            outcome = self.assert_fails("unknown", self.call())
            self.assertIn(outcome.evidence.reply_body, (b'{"half": ', b""))
            self.assertEqual(outcome.evidence.request_body, b'{"id":"1"}')

    def test_cut_off_in_the_middle(self):
        for after in (
            b"",
            b"HTTP/1.1 20",
            b"HTTP/1.1 200 OK\r\nContent-Le",
            HEAD,
            HEAD + b'{"ok"',
            CHUNKED + b"5\r\n{",
        ):
            self.far.answer(reset(after))
            self.assert_fails("unknown", self.call())

    def test_a_connection_that_was_kept_and_is_cut(self):
        session = self.platform._new_session()
        self.addCleanup(session.close)
        self.assertFalse(self.call(session=session).error)
        self.far.answer(reset())
        self.assert_fails("unknown", self.call(session=session))
        self.assertEqual(len(self.far.requests), 1, "never sent twice by itself")

    def test_the_platform_is_out_of_order(self):
        for status in (500, 502, 503, 504):
            self.far.answer(says({"message": "down"}, status))
            outcome = self.assert_fails("unknown", self.call())
            self.assertEqual((outcome.evidence.http_status, outcome.error.code), (status, str(status)))
            self.assertIn(b"down", outcome.evidence.reply_body)

    def test_an_unreadable_answer(self):
        for body in (
            b"<html>gateway</html>", b"{", b"\xff\xfe\xff", b'{"a": NaN}', b'{"a": 1e999}', b"[" * 100_000,
            b'{"a": ' + b"9" * 5000 + b"}",
        ):  # fmt: skip
            self.far.answer(says(body))
            outcome = self.assert_fails("unknown", self.call())
            self.assertEqual(outcome.evidence.reply_body[:50], body[:50])
        self.far.answer(says(b"no gzip", headers={"Content-Encoding": "gzip"}))
        self.assert_fails("unknown", self.call())
        self.far.answer(reset(b"SSH-2.0-OpenSSH_9.2\r\n"))
        self.assert_fails("unknown", self.call())

    def test_a_thousand_damaged_answers(self):
        """Whatever comes is sorted, and what is kept of it the database can keep."""
        self.parameters(ok_path="code", ok_values="0", message_path="msg", data_path="data", ref_path="data.no")
        chance = random.Random(3)
        whole = json.dumps(
            {"code": 0, "msg": "好 \u0000 \ud83d", "data": {"no": 12.5, "list": [1, None, "x"]}}
        ).encode()
        kinds = Counter()
        for _time in range(1000):
            body = bytearray(whole)
            for _change in range(chance.randrange(1, 6)):
                at = chance.randrange(len(body))
                body[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
            status = chance.choice([200, 200, 200, 201, 400, 404, 409])
            answer = Answer(status, {"Content-Type": chance.choice(["", "text/html; charset=gbk"])}, bytes(body))
            with patch.object(self.registry["hospital.protocol.http"], "_send", lambda *_arguments: answer):
                outcome = self.call()
            kinds[outcome.kind] += 1
            self.env.cr.execute("SELECT %s::jsonb, %s", [json.dumps(outcome.reply), str(outcome.error)])
        self.assertLessEqual(kinds.keys(), {None, "unknown", "business"})
        self.assertGreater(min(kinds.values()), 10)

    def test_an_answer_beyond_all_measure(self):
        self.parameters(max_reply_kb="100")
        for answer in (says(b" " * 200_000), says(_bomb(), headers={"Content-Encoding": "gzip"})):
            self.far.answer(answer)
            outcome = self.assert_fails("unknown", self.call())
            self.assertIn("100 kB", outcome.error.detail)
        self.far.answer(says(b'{"a": "' + b"x" * 50_000 + b'"}'))
        self.assertFalse(self.call().error)

    def test_the_platform_says_no_by_status(self):
        for status, kind in ((400, "business"), (404, "business"), (409, "business"), (401, "config"), (403, "config"),
                             (429, "network"), (408, "unknown")):  # fmt: skip
            self.far.answer(says(b"<html>no</html>", status))
            outcome = self.assert_fails(kind, self.call())
            self.assertEqual(outcome.error.code, str(status))
        self.parameters(duplicate_values="409,7")
        self.far.answer(says(b"", 409))
        self.assert_fails("duplicate", self.call())

    def test_what_cannot_be_sent_at_all(self):
        self.upsert.path = "set"
        for address in ("ftp://127.0.0.1/", "127.0.0.1:80", "http://", "http://[::1", "http://127.0.0.1:99999/"):
            self.platform.url_test = address
            outcome = self.call()
            self.assertIn(outcome.kind, ("config", "network"), (address, outcome.error))
        self.platform.url_test = self.far.url
        for header in ("bad\nheader", "中文"):
            self.parameters(header__X_Test=header)
            self.assert_fails("config", self.call())
        self.assertFalse(self.far.requests)

    def test_sent_on_to_another_place(self):
        elsewhere = {"Location": "http://127.0.0.2:1/login"}
        for status, kind in ((301, "unknown"), (302, "unknown"), (303, "unknown"), (307, "config"), (308, "config")):
            self.far.answer(says(b"", status, elsewhere))
            outcome = self.assert_fails(kind, self.call())
            self.assertIn("127.0.0.2", outcome.error.detail)
            self.assertEqual(len(self.far.requests), 1)
        self.read.http_method = "GET"
        moved = says(b"", 302, {"Location": "/api/new?a=1"})
        self.far.answer(moved, says({"a": 1}))
        self.assertEqual(self.call(self.read, {}).reply, {"a": 1})
        self.assertEqual([request.path for request in self.far.requests], ["/api/get", "/api/new?a=1"])
        self.far.answer(says(b"", 307, {"Location": "set2"}), says({"a": 1}))
        self.assertEqual(self.call().reply, {"a": 1})
        self.assertEqual([request.body for request in self.far.requests], [b'{"id":"1"}'] * 2)
        self.far.answer(moved)
        self.assert_fails("unknown", self.call(self.read, {}))

    def test_our_own_mistake_before_anything_was_sent(self):
        self.assert_fails("bug", self.call(payload={"a": {1, 2}}))
        self.assertFalse(self.far.requests)


def _bomb():
    return gzip.compress(b" " * 50_000_000)
