from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import CallError, ExchangeError
from .exchange_common import ExchangeCase, make_lines


@tagged("post_install", "-at_install")
class TestCodeMap(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maps = cls.env["hospital.code.map"]
        cls.department = cls.env["hospital.department"].create(
            {"code": "0301", "name": "心血管内科", "campus_id": cls.campus.id, "kind": "clinic"}
        )
        cls.male = cls.env["hospital.code"]._get("sex", "1")
        cls.upsert.model_id = cls.env["ir.model"]._get_id("hospital.department")

    def map(self, remote_code, **values):
        return self.maps.create({"platform_id": self.platform.id, "remote_code": remote_code, **values})

    def rows(self, *domain):
        return self.maps.search([("platform_id", "=", self.platform.id), *domain])

    def offer(self, list_name, **codes):
        return self.env["hospital.code.remote"].create(
            [
                {"platform_id": self.platform.id, "list_name": list_name, "code": code, "name": name}
                for code, name in codes.items()
            ]
        )

    @proves("S1-3.1")
    def test_codes_both_ways(self):
        row = self.map("M", code_id=self.male.id)
        self.assertEqual((row.list_name, row.local_code, row.name, row.state), ("sex", "1", self.male.name, "mapped"))
        self.map("D01", department_id=self.department.id)
        self.map("OP", list_name="visit_kind", local_code="outpatient")
        to_remote, to_local = self.maps._to_remote, self.maps._to_local
        self.assertEqual(to_remote(self.platform, "sex", self.male), "M")
        self.assertEqual(to_remote(self.platform, "sex", "1"), "M", "a bare code of a code set is that code")
        self.assertEqual(to_remote(self.platform, None, self.department), "D01")
        self.assertEqual(to_remote(self.platform, "visit_kind", "outpatient"), "OP")
        self.assertEqual(to_local(self.platform, "sex", "M"), self.male)
        self.assertEqual(to_local(self.platform, "hospital.department", "D01"), self.department)
        self.assertEqual(to_local(self.platform, "visit_kind", "OP"), "outpatient")
        row.remote_code = "1"
        self.assertEqual(to_remote(self.platform, "sex", "1"), "1", "an edited row holds at once")

    def test_of_several_with_the_same_code_there_the_first_comes_in(self):
        other = self.department.copy({"code": "0302"})
        self.map("D", department_id=self.department.id, sequence=20)
        self.map("D", department_id=other.id, sequence=5)
        self.assertEqual(self.maps._to_local(self.platform, "department", "D"), other)

    def fails(self, lookup, *args):
        """Without the savepoint of assertRaises, which would take the row of the worklist back."""
        try:
            lookup(self.platform, *args)
        except ExchangeError as caught:
            return caught
        raise AssertionError("the code is mapped")

    def test_what_is_asked_for_in_vain_is_on_the_worklist(self):
        for _again in range(2):
            caught = self.fails(self.maps._to_remote, "sex", "1")
        self.assertEqual(caught.kind, "config")
        self.assertIn("has no counterpart at Platform unit", caught.sentence)
        self.fails(self.maps._to_remote, None, self.department)
        self.fails(self.maps._to_local, "sex", "X")
        self.env.invalidate_all()
        sex = self.rows(("code_id", "=", self.male.id))
        self.assertEqual((sex.state, sex.asked_count, bool(sex.last_asked_at)), ("unmapped", 2, True))
        self.assertEqual(self.rows(("department_id", "=", self.department.id)).asked_count, 1)
        coming_in = self.rows(("remote_code", "=", "X"))
        self.assertEqual((coming_in.state, coming_in.list_name), ("unmapped", "sex"))
        coming_in.code_id = self.male
        self.assertEqual((coming_in.state, coming_in.asked_count), ("mapped", 3))
        self.assertFalse(sex.exists(), "the row that asked for the same code has its answer")
        self.assertEqual(self.maps._to_remote(self.platform, "sex", "1"), "X")

    def test_suggestions_by_name_and_by_code(self):
        self.offer("sex", M=self.male.name, X="其他")
        self.offer("department", **{"0301": "内科"})
        by_name = self.map(False, code_id=self.male.id)
        by_code = self.map(False, department_id=self.department.id)
        self.assertEqual(by_name.suggestion_id.code, "M")
        self.assertEqual(by_code.suggestion_id.code, "0301")
        self.assertEqual(self.rows()[:2], self.rows(("state", "=", "unmapped")))
        self.rows().with_user(self.users["admin"]).action_map_same_name()
        self.assertEqual((by_name.remote_code, by_code.remote_code), ("M", False), "a code alone is no proof")
        by_code.with_user(self.users["admin"]).action_take_suggestion()
        self.assertEqual((by_code.remote_code, by_code.remote_name, by_code.state), ("0301", "内科", "mapped"))
        with self.assertRaises(UserError):
            self.maps.action_map_same_name()

    def test_what_was_held_back_is_sent_once_the_code_is_mapped(self):
        make_lines(self.upsert, ("dept", "科室", "record", "parent_id", {"type": "string", "is_mapped": True}))
        above = self.department.copy({"code": "03", "name": "内科"})
        children = self.department | self.department.copy({"code": "0302"})
        children.parent_id = above
        messages = self.upsert._queue(children)
        self.assertEqual(set(messages.mapped("state")), {"refused"})
        self.assertEqual(set(messages.mapped("error_kind")), {"config"})
        self.assertIn("内科", messages[0].error_sentence)
        self.env.invalidate_all()
        row = self.rows()
        self.assertEqual((row.department_id, row.asked_count, row.waiting_count), (above, 2, 2))
        operator = self.users["operator"]
        with self.assertRaises(UserError):
            row.with_user(operator).action_send_waiting()
        row.remote_code = "N"
        row.with_user(operator).action_send_waiting()
        self.deliver()
        self.assertEqual([call[3] for call in self.far.calls], [{"dept": "N"}, {"dept": "N"}])
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.assertEqual(row.waiting_count, 0)
        with self.assertRaises(UserError):
            row.with_user(operator).action_send_waiting()

    def test_several_unmapped_codes_are_told_at_once(self):
        make_lines(
            self.upsert,
            ("dept", "科室", "record", "parent_id", {"is_mapped": True}),
            ("campus", "院区", "record", "campus_id", {"is_mapped": True}),
        )
        self.department.parent_id = self.department.copy({"code": "03", "name": "内科"})
        with self.assertRaises(CallError) as caught:
            self.upsert._build(self.department)
        self.assertEqual(len(caught.exception.unmapped), 2)
        self.assertEqual(caught.exception.sentence.count("\n"), 1)
        self.assertIn("科室: ", caught.exception.sentence)

    def test_a_reply_is_taken_in(self):
        self.map("D01", department_id=self.department.id)
        child = self.department.copy({"code": "0301-1", "name": "一组"})
        child.parent_id = False
        line = {"part": "reply"}
        make_lines(
            self.upsert,
            ("dept", "科室", "record", "parent_id", {**line, "is_mapped": True}),
            ("place", "位置", "record", "location", {**line, "required": True, "length": 5}),
            ("order", "序号", "record", "sequence", {**line, "type": "integer"}),
            ("rows[]", "下级", "records", "child_ids", {**line, "type": "list"}),
            ("rows[].code", "编码", "record", "code", {**line, "is_key": True}),
            ("rows[].phone", "电话", "record", "phone", line),
            ("seen", "只读", False, False, {**line, "required": True}),
        )
        grandchild = self.department.copy({"code": "0301-1-1", "name": "一组一"})
        grandchild.parent_id = child
        message = self.env["hospital.message"]
        reply = {"dept": "D01", "place": "3F", "order": "7", "rows": [{"code": "0301-1-1", "phone": "123"}]}
        self.upsert._handle(message, reply, child)
        self.assertEqual((child.parent_id, child.location, child.sequence), (self.department, "3F", 7))
        self.assertEqual(grandchild.phone, "123")
        with self.assertRaises(CallError) as caught:
            self.upsert._handle(message, {"place": "Building 3", "order": "x"}, child)
        self.assertEqual(len(caught.exception.sentence.split("\n")), 2)
        with self.assertRaises(CallError):
            self.upsert._handle(message, {"place": "3F", "rows": [{"code": "nobody"}]}, child)

    def test_validation_and_schema(self):
        make_lines(
            self.upsert,
            ("patient.name", "姓名", "record", "name", {"required": True, "length": 4, "length_unit": "gbk"}),
            ("patient.birth", "出生日期", "constant", "x", {"type": "date", "format": "yyyyMMdd"}),
            ("fees[]", "费用", False, False, {"type": "list", "required": True}),
            ("fees[].amount", "金额", "constant", "1", {"type": "money", "length": 6, "decimals": 2, "required": True}),
            ("kind", "类别", "constant", "1", {"code_set_id": self.male.set_id.id}),
        )
        validate = self.upsert._validate_payload
        good = {
            "patient": {"name": "王明", "birth": "20260228"},
            "fees": [{"amount": "1234.56"}],
            "kind": "1",
            "more": 1,
        }
        self.assertEqual(validate("request", good), [])
        bad = {
            "patient": {"name": "王小明", "birth": "2026-02-28"},
            "fees": [{"amount": "12345.6"}, {}, 3],
            "kind": "7",
        }
        sentences = validate("request", bad)
        self.assertEqual(len(sentences), 6)
        self.assertIn("费用 2 · 金额 is empty but the platform requires it. Fill it in.", sentences)
        self.assertEqual(
            validate("request", {"patient": []})[0], "patient must be a group of fields. Send it as an object."
        )
        self.assertTrue(validate("request", "text"))
        self.assertEqual(validate("reply", {"anything": 1}), [])
        schema = self.upsert._schema("request")
        name = schema["properties"]["patient"]["properties"]["name"]
        self.assertEqual((name["title"], name["maxLength"], name["x-length-unit"]), ("姓名", 4, "gbk"))
        self.assertEqual(schema["properties"]["fees"]["items"]["required"], ["amount"])
        self.assertEqual(schema["required"], ["fees"])

    def test_roles(self):
        row = self.map("M", code_id=self.male.id)
        self.assertEqual(row.with_user(self.users["operator"]).remote_code, "M")
        with self.assertRaises(AccessError):
            row.with_user(self.users["operator"]).write({"remote_code": "1"})
        with self.assertRaises(AccessError):
            row.with_user(self.users["clerk"]).read(["remote_code"])
        self.assertEqual(self.maps.with_user(self.users["clerk"])._to_remote(self.platform, "sex", "1"), "M")
        foreign = self.make_platform("foreign", campus_id=self.other_campus.id)
        hidden = self.maps.create({"platform_id": foreign.id, "code_id": self.male.id})
        self.assertNotIn(hidden, self.maps.with_user(self.users["admin"]).search([]))
        self.users["admin"].hospital_campus_ids = [Command.link(self.other_campus.id)]
        self.assertIn(hidden, self.maps.with_user(self.users["admin"]).search([]))
