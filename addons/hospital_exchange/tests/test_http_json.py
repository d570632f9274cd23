from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools import http, signing
from ..tools.crypto import text
from .http_far_side import HttpCase, says
from .test_http_signing import key_pairs


@tagged("post_install", "-at_install")
class TestHttpJson(HttpCase):
    """What goes over the wire, and what an answer means, by rows of the platform alone."""

    def sent(self):
        return self.far.requests[-1]

    # === WHAT IS SENT ===

    @proves("S1-3.1")
    def test_a_body_of_json_with_our_number(self):
        outcome = self.call(payload={"id": "1", "name": "张三", "amount": 1.5, "none": None})
        request = self.sent()
        self.assertEqual((request.method, request.path), ("POST", "/api/set"))
        self.assertEqual(request.body.decode(), '{"id":"1","name":"张三","amount":1.5,"none":null}')
        self.assertEqual(request.headers["Content-Type"], "application/json; charset=UTF-8")
        self.assertEqual(request.headers[signing.REQUEST], "N1")
        self.assertEqual(request.headers[signing.APP], "unit")
        self.assertNotIn(signing.SIGNATURE, request.headers)
        self.assertEqual(outcome.evidence.request_body, request.body)
        self.assertEqual(outcome.evidence.http_status, 200)

    def test_the_payload_of_a_get_stands_in_the_address(self):
        self.read.http_method = "GET"
        payload = {"name": "张 三", "days": [1, 2], "only": True, "of": {"a": 1}, "none": None}
        outcome = self.call(self.read, payload)
        request = self.sent()
        query = "name=%E5%BC%A0+%E4%B8%89&days=1&days=2&only=true&of=%7B%22a%22%3A1%7D&none="
        self.assertEqual((request.method, request.path, request.body), ("GET", f"/api/get?{query}", b""))
        self.assertEqual(outcome.evidence.request_body.decode(), f"/api/get?{query}")
        self.read.path = "get?fixed=1"
        self.parameters(charset="gbk")
        self.call(self.read, {"name": "张"})
        self.assertEqual(self.sent().path, "/api/get?fixed=1&name=%D5%C5")

    def test_a_path_with_values_in_it(self):
        self.upsert.path = "/orders/{order.no}/{number}/{key}/{code}/{app}"
        self.parameters(app="hospital")
        self.call(payload={"order": {"no": "A/1 中"}})
        self.assertEqual(self.sent().path, "/api/orders/A%2F1%20%E4%B8%AD/N1/K1/set/hospital")
        for value in ("", "..", ".", None):
            self.assert_fails("config", self.call(payload={"order": {"no": value}}))

    def test_headers_from_parameters_and_secrets(self):
        self.secret("token", "secret token")
        self.parameters(header__Authorization="Bearer {secret:token}", header__X_No="{number}", basic_user=None)
        self.call()
        self.assertEqual(self.sent().headers["Authorization"], "Bearer secret token")
        self.assertEqual(self.sent().headers["X_No"], "N1")
        self.parameters(header__Authorization=None, basic_user="us")
        self.assert_fails("config", self.call())
        self.secret("basic_password", "pass")
        self.call()
        self.assertEqual(self.sent().headers["Authorization"], f"Basic {text.to_base64(b'us:pass')}")

    def test_an_envelope_around_every_payload(self):
        self.parameters(
            envelope='{"head": {"app": "{app}", "no": "{number}", "at": "{time}", "v": 2}, "body": "{payload}"}'
        )
        self.call()
        body = self.sent().json()
        self.assertRegex(body["head"].pop("at"), r"\d{14}")
        self.assertEqual(body, {"head": {"app": "unit", "no": "N1", "v": 2}, "body": {"id": "1"}})
        self.parameters(envelope='{"data": ["{payload:json}"]}')
        self.call()
        self.assertEqual(self.sent().json(), {"data": ['{"id":"1"}']})
        for broken in ("{", '{"a": "{not.there}"}', '{"a": "{secret:none}"}'):
            self.parameters(envelope=broken)
            self.assert_fails("config", self.call())

    def test_a_line_for_one_interface_goes_before_the_one_for_all(self):
        self.parameters(envelope='{"all": "{payload}"}', envelope__set='{"one": "{payload}"}')
        self.call()
        self.assertEqual(self.sent().json(), {"one": {"id": "1"}})
        self.call(self.once)
        self.assertEqual(self.sent().json(), {"all": {"id": "1"}})

    def test_a_line_for_the_mode_goes_before_the_one_for_all(self):
        line = {"platform_id": self.platform.id, "name": "app"}
        self.env["hospital.platform.parameter"].create(
            [
                {**line, "value": "tried", "mode": "test"},
                {**line, "value": "all"},
                {**line, "value": "real", "mode": "production"},
            ]
        )
        self.call()
        self.assertEqual(self.sent().headers[signing.APP], "tried")
        self.assertEqual(self.platform._parameters()["app"], "tried")
        self.platform.mode = "sandbox"
        self.assertEqual(self.platform._parameters()["app"], "all")

    def test_gbk(self):
        self.parameters(charset="GBK")
        self.far.answer(says('{"name": "李四"}'.encode("gbk")))
        outcome = self.call(payload={"name": "张三𠮷"})
        self.assertEqual(self.sent().body.decode("gbk"), '{"name":"张三\\ud842\\udfb7"}')
        self.assertEqual(outcome.reply, {"name": "李四"})
        self.parameters(charset="latin-1")
        self.assert_fails("config", self.call())

    def test_a_compressed_body_is_signed_as_it_is_sent(self):
        self.parameters(gzip="1")
        self.secret("sign_key", "shared secret")
        self.platform.signing = "hmac_sha256"
        outcome = self.call(payload={"text": "x" * 5000})
        request = self.sent()
        self.assertLess(len(request.body), 500)
        self.assertEqual(request.headers["Content-Encoding"], "gzip")
        self.check("hmac_sha256", "shared secret", request)
        self.assertEqual(len(outcome.evidence.request_body), 5011)

    # === SIGNATURES ===

    def check(self, scheme, key, request):
        signing.check(scheme, key, request.headers, request.method, request.path, request.body)

    @proves("S1-3.3")
    def test_every_scheme_is_checked_by_the_far_side(self):
        self.read.write({"http_method": "GET", "path": "get/{id}"})
        others = key_pairs()
        for scheme, (ours, theirs) in key_pairs().items():
            self.platform.signing = scheme
            self.secret("sign_key", ours)
            for interface in (self.upsert, self.read):
                self.assertFalse(self.call(interface, {"id": "中 /?&", "b": "1"}).error)
                self.check(scheme, theirs, self.sent())
                wrong = theirs + "x" if scheme in signing.SYMMETRIC else others[scheme][1]
                with self.assertRaises(signing.SigningError):
                    self.check(scheme, wrong, self.sent())

    def test_a_far_side_that_does_not_accept_the_signature(self):
        self.platform.signing = "hmac_sha256"
        self.secret("sign_key", "not what they have")

        def door(handler, request):
            try:
                self.check("hmac_sha256", "what they have", request)
            except signing.SigningError:
                handler.reply(401)

        self.far.answer(door)
        outcome = self.assert_fails("config", self.call())
        self.assertIn("sign-in", outcome.error.sentence)

    def test_without_a_usable_key_nothing_is_sent(self):
        self.platform.signing = "sm2"
        self.assert_fails("config", self.call())
        self.secret("sign_key", "no key")
        self.assert_fails("config", self.call())
        self.assertFalse(self.far.requests)

    # === WHAT AN ANSWER MEANS ===

    def test_without_rules_http_decides(self):
        self.far.answer({"a": 1}, says(b""), says(b"[1]"), says(b"", 204))
        self.assertEqual([self.call().reply for _time in range(4)], [{"a": 1}, {}, {"data": [1]}, {}])

    def test_yes_and_no_and_the_platforms_words(self):
        self.parameters(
            ok_path="head.ok", ok_values="0, true,1", code_path="head.code", message_path="head.msg",
            duplicate_values="D1,D2", ref_path="data.no", data_path="data",
        )  # fmt: skip
        for yes in (0, "0", True, 1, 1.0, "true"):
            self.far.answer({"head": {"ok": yes}, "data": {"no": 77}})
            outcome = self.call()
            self.assertEqual((outcome.error, outcome.reply, outcome.result.remote_ref), (None, {"no": 77}, "77"))
        self.far.answer({"head": {"ok": 9, "code": "E7", "msg": "余额不足"}})
        outcome = self.assert_fails("business", self.call())
        self.assertEqual((outcome.error.code, outcome.reply["head"]["ok"]), ("E7", 9))
        self.assertEqual(outcome.error.sentence, "Platform unit refuses this: 余额不足")
        self.far.answer({"head": {"ok": 9, "code": "D2"}})
        self.assert_fails("duplicate", self.call())
        for unclear in ({"head": {}}, {}, {"head": []}):
            self.far.answer(unclear)
            self.assert_fails("unknown", self.call())
        self.far.answer(says({"head": {"ok": 9, "code": "E8", "msg": "no"}}, 403))
        self.assertEqual(self.assert_fails("business", self.call()).error.code, "E8")
        self.parameters(ok_values=None)
        self.far.answer({})
        self.assert_fails("config", self.call())
        self.assertFalse(self.far.requests)

    def test_the_value_that_says_no_is_the_code_where_there_is_no_other(self):
        self.parameters(ok_path="code", ok_values="0", duplicate_values="12")
        for code, kind in ((3, "business"), ("12", "duplicate"), (12, "duplicate")):
            self.far.answer({"code": code})
            self.assertEqual(self.assert_fails(kind, self.call()).error.code, str(code))

    def test_json_within_json(self):
        self.parameters(ok_path="result.ok", ok_values="1", data_path="result.data", ref_path="result.data.no")
        self.far.answer({"result": '{"ok": "1", "data": "{\\"no\\": \\"5\\"}"}'})
        outcome = self.call()
        self.assertEqual((outcome.reply, outcome.result.remote_ref), ({"no": "5"}, "5"))

    def test_what_the_database_cannot_hold_is_left_out_of_the_reply(self):
        self.far.answer(says(b'{"a": "x\\u0000y", "b": "\\ud83d", "c": "\\ud83d\\ude00"}'))
        self.assertEqual(self.call().reply, {"a": "xy", "b": "?", "c": "😀"})

    def test_the_characters_of_an_answer(self):
        name = {"name": "王五"}
        body = '{"name": "王五"}'
        for data, content_type in (
            (body.encode(), "application/json"),
            (body.encode("utf-8-sig"), "application/json"),
            (body.encode(), "application/json;charset=ISO-8859-1"),
            (body.encode("gbk"), "text/plain; charset=GB2312"),
            (body.encode("gbk"), 'text/plain; charset="utf-8"'),
            (body.encode("gb18030"), "application/json"),
            (body.encode("big5"), "application/json; charset=big5"),
            (body.encode(), "application/json; charset=unicode_escape"),
        ):
            self.far.answer(says(data, headers={"Content-Type": content_type}))
            self.assertEqual(self.call().reply, name, content_type)

    # === CONNECTIONS ===

    def test_one_connection_for_all_calls_of_a_delivery(self):
        self.far.connections.clear()
        session = self.platform._new_session()
        self.addCleanup(session.close)
        for _time in range(5):
            self.assertFalse(self.call(session=session).error)
        self.assertEqual(len(self.far.connections), 1)
        self.call()
        self.assertEqual(len(self.far.connections), 2)

    def test_a_connection_that_was_idle_is_opened_anew(self):
        with patch.object(http, "IDLE", -1):
            self.far.connections.clear()
            session = self.platform._new_session()
            self.addCleanup(session.close)
            for _time in range(3):
                self.assertFalse(self.call(session=session).error)
            self.assertEqual(len(self.far.connections), 3)

    def test_time_outs_are_always_set(self):
        seen = []
        real = http.send

        def spy(call, *arguments, **options):
            seen.append(call.timeout)
            return real(call, *arguments, **options)

        self.startPatcher(patch.object(http, "send", spy))
        self.call(timeout=())
        self.call(timeout=(1, 2))
        self.assertEqual(seen, [(0.5, 5.0), (1, 2)])


@tagged("post_install", "-at_install")
class TestHttpForm(HttpCase):
    protocol = "hospital.protocol.http_form"

    def test_a_form_there_and_json_back(self):
        self.far.answer({"ok": 1})
        outcome = self.call(payload={"name": "张 三", "items": [{"a": 1}], "days": [1, 2], "flag": False})
        request = self.far.requests[-1]
        self.assertEqual(request.headers["Content-Type"], "application/x-www-form-urlencoded; charset=UTF-8")
        self.assertEqual(
            request.body.decode(),
            "name=%E5%BC%A0+%E4%B8%89&items=%5B%7B%22a%22%3A1%7D%5D&days=1&days=2&flag=false",
        )
        self.assertEqual(outcome.reply, {"ok": 1})

    def test_a_form_back(self):
        self.parameters(reply_format="form", charset="gbk", ok_path="code", ok_values="0", message_path="msg")
        self.far.answer(says(b"code=0&name=%C0%EE%CB%C4&a=1&a=2"))
        self.assertEqual(self.call(payload={"name": "李四"}).reply, {"code": "0", "name": "李四", "a": ["1", "2"]})
        self.assertEqual(self.far.requests[-1].body, b"name=%C0%EE%CB%C4")
        self.far.answer(says("code=9&msg=不行".encode("gbk")))
        self.assertIn("不行", self.assert_fails("business", self.call()).error.sentence)
        self.far.answer(says(b"<html>"))
        self.assert_fails("unknown", self.call())

    def test_a_character_that_cannot_be_written_is_said_before_anything_is_sent(self):
        self.parameters(charset="gbk")
        self.assert_fails("config", self.call(payload={"name": "𠮷"}))
        self.read.http_method = "GET"
        self.assert_fails("config", self.call(self.read, payload={"name": "𠮷"}))
        self.assertFalse(self.far.requests)
