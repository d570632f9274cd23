import hashlib
from datetime import date, datetime

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import CallError
from .exchange_common import ExchangeCase, make_lines


@tagged("post_install", "-at_install")
class TestFieldsBuild(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.upsert.model_id = cls.env["ir.model"]._get_id("hospital.campus")
        cls.campus.write({"address": "  Garden Street 1 ", "phone": "0755-1234567", "org_code": "44030012"})
        cls.clinic, cls.ward = cls.env["hospital.department"].create(
            [
                {"code": "0301", "name": "心血管内科", "campus_id": cls.campus.id, "kind": "clinic", "sequence": 1},
                {"code": "0302", "name": "消化内科", "campus_id": cls.campus.id, "kind": "clinic", "sequence": 2},
            ]
        )

    def lines(self, *lines, interface=None):
        return make_lines(interface or self.upsert, *lines)

    def build(self, record=None, interface=None, **extra):
        return (interface or self.upsert)._build(self.campus if record is None else record, **extra)

    def refused(self, record=None, **extra):
        with self.assertRaises(CallError) as caught:
            self.build(record, **extra)
        return caught.exception

    @proves("S1-3.1")
    def test_nested_payload(self):
        self.lines(
            ("head.no", "编号", "constant", "A1"),
            ("head.time", "时间", "call", "now", {"type": "datetime", "format": "yyyyMMddHHmmss"}),
            ("hospital.code", "医院", "record", "org_code", {"required": True}),
            ("rows[].code", "科室", "record", "code"),
        )
        payload = self.build(now=datetime(2026, 3, 1, 16, 0, 1))
        self.assertEqual(payload["head"], {"no": "A1", "time": "20260302000001"}, "in the time zone of the hospital")
        self.assertEqual(payload["hospital"], {"code": "44030012"})
        self.assertEqual(payload["rows"], [{"code": "EXCHANGE"}], "a list without rows of its own has one item")

    def test_rows_objects_and_values(self):
        self.upsert.model_id = self.env["ir.model"]._get_id("hospital.department")
        self.clinic.child_ids = [
            Command.create({"code": f"0301-{n}", "name": f"组{n}", "campus_id": self.campus.id, "sequence": n})
            for n in (1, 2)
        ]
        self.lines(
            ("campus", "院区", "record", "campus_id", {"type": "object"}),
            ("campus.code", "院区编码", "record", "code"),
            ("groups[]", "组", "records", "child_ids", {"type": "list"}),
            ("groups[].name", "组名", "record", "name"),
            ("groups[].campus.code", "院区编码", "record", "campus_id.code"),
            ("groups[].above", "上级", "call", "record.code"),
            ("codes[]", "组编码", "record", "child_ids.code"),
            ("joined", "组编码", "record", "child_ids.code"),
            ("count", "组数", "record", "child_ids", {"type": "integer", "transform": "count"}),
        )
        self.assertEqual(
            self.build(self.clinic),
            {
                "campus": {"code": "EXCHANGE"},
                "groups": [
                    {"name": "组1", "campus": {"code": "EXCHANGE"}, "above": "0301"},
                    {"name": "组2", "campus": {"code": "EXCHANGE"}, "above": "0301"},
                ],
                "codes": ["0301-1", "0301-2"],
                "joined": "0301-1,0301-2",
                "count": 2,
            },
        )
        self.assertEqual(self.build(self.ward), {"campus": {"code": "EXCHANGE"}, "count": 0})

    def test_a_payload_that_is_a_list(self):
        self.lines(("[].code", "编码", "record", "code"))
        self.assertEqual(self.build(), [{"code": "EXCHANGE"}])
        self.assertEqual(self.upsert._schema("request")["type"], "array")

    def test_types_and_formats(self):
        moment = datetime(2026, 12, 31, 16, 30, 5, 70000)
        self.lines(
            ("day", "日期", "call", "moment", {"type": "date"}),
            ("compact", "日期", "call", "moment", {"type": "date", "format": "yyyyMMdd"}),
            ("time", "时间", "call", "moment", {"type": "datetime"}),
            ("iso", "时间", "call", "moment", {"type": "datetime", "format": "yyyy-MM-dd'T'HH:mm:ss.SSS"}),
            ("stamp", "时间", "call", "moment", {"type": "datetime", "format": "timestamp"}),
            ("money", "金额", "call", "amount", {"type": "money"}),
            ("number", "金额", "call", "amount", {"type": "money", "format": "yuan number"}),
            ("cents", "金额", "call", "amount", {"type": "money", "format": "cents"}),
            ("four", "单价", "call", "amount", {"type": "money", "decimals": 4}),
            ("dose", "剂量", "call", "dose", {"type": "number"}),
            ("rounded", "剂量", "call", "dose", {"type": "number", "decimals": 2, "format": "text"}),
            ("whole", "天数", "call", "whole", {"type": "integer"}),
            ("yes", "是", "call", "yes", {"type": "boolean"}),
            ("no", "否", "call", "no", {"type": "boolean", "format": "1/0"}),
            ("text", "天数", "call", "whole"),
            ("nothing", "空", "call", "nothing"),
            ("otherwise", "空", "call", "nothing", {"default": "-"}),
        )
        payload = self.build(moment=moment, amount=12.345, dose=0.125, whole=3.0, yes=True, no=False, nothing=None)
        self.assertEqual(
            payload,
            {
                "day": "2027-01-01",
                "compact": "20270101",
                "time": "2027-01-01 00:30:05",
                "iso": "2027-01-01T00:30:05.070",
                "stamp": 1798734605,
                "money": "12.35",
                "number": 12.35,
                "cents": 1235,
                "four": "12.3450",
                "dose": 0.125,
                "rounded": "0.13",
                "whole": 3,
                "yes": True,
                "no": "0",
                "text": "3",
                "otherwise": "-",
            },
        )
        self.env["hospital.platform.parameter"].create(
            {"platform_id": self.platform.id, "name": "empty_fields", "value": "null"}
        )
        payload = self.build(moment=moment, amount=1, dose=1, whole=3, yes=True, no=False, nothing=None)
        self.assertIn("nothing", payload)
        self.assertIsNone(payload["nothing"])

    def test_transforms(self):
        cases = {
            "strip": (" a ", "a"),
            "upper": ("a", "A"),
            "digits": ("０755-12", "075512"),
            "half_width": ("ＡＢ１", "AB1"),
            "plain_text": ("<p>one</p>", "one"),
            "cut": ("心血管内科", "心血"),
            "zeros": ("7", "0007"),
            "mask_phone": ("13812345678", "138****5678"),
            "mask_name": ("王小明", "王*明"),
            "initials": ("心血管内科", "XXGNK"),
            "sha256": ("a", hashlib.sha256(b"a").hexdigest()),
            "sm3": ("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            "md5": ("a", "0cc175b9c0f1b6a831c399e269772661"),
            "base64": ("中", "5Lit"),
            "cents": (1.1, "110"),
            "absolute": (-1.5, "1.5"),
            "age_years": (date(2000, 1, 1), None),
        }
        for name, (value, wanted) in cases.items():
            length = {"cut": 4, "zeros": 4}.get(name, 0)
            line = self.lines(
                (name, name, "call", "value", {"transform": name, "length": length, "length_unit": "gbk"})
            )
            if wanted is not None:
                self.assertEqual(self.build(value=value), {name: wanted})
            line.unlink()

    def test_every_fault_at_once_and_never_the_value(self):
        secret = "四川省成都市锦江区的一个很长的地址"
        self.campus.address = secret
        self.lines(
            ("address", "住址", "record", "address", {"length": 10}),
            ("gbk", "住址", "record", "address", {"length": 20, "length_unit": "gbk"}),
            ("level", "等级", "record", "level", {"required": True}),
            ("phone", "电话", "record", "phone", {"type": "integer"}),
            (
                "rows[].sex",
                "性别",
                "record",
                "org_code",
                {"code_set_id": self.env.ref("hospital_base.code_set_sex").id},
            ),
        )
        caught = self.refused()
        self.assertEqual(caught.kind, "business")
        for sentence in (
            "住址 has 17 characters, the platform takes 10. Shorten it.",
            "住址 is 34 bytes long as the platform counts, it takes 20. Shorten it.",
            "等级 is empty but the platform requires it. Fill it in.",
            "电话 is not a whole number. Correct it.",
            "rows 1 · 性别 is no code of the code set",
        ):
            self.assertIn(sentence, caught.sentence)
        for text in (caught.sentence, caught.detail):
            self.assertNotIn(secret, text)
            self.assertNotIn("44030012", text)

    def test_what_is_not_set_up_goes_first(self):
        self.lines(
            ("token", "令牌", "parameter", "token"),
            ("org", "机构", "record", "org_code", {"required": True}),
        )
        self.campus.org_code = False
        caught = self.refused()
        self.assertEqual(caught.kind, "config")
        self.assertIn("令牌: the platform has no parameter token. Add it to the platform.", caught.sentence)
        self.env["hospital.platform.parameter"].create(
            {"platform_id": self.platform.id, "name": "token", "value": "T", "mode": "test"}
        )
        self.assertEqual(self.refused().kind, "business")
        self.campus.org_code = "X1"
        self.assertEqual(self.build(), {"token": "T", "org": "X1"})

    def test_a_record_that_cannot_be_built_holds_up_no_other(self):
        self.lines(("phone", "电话", "record", "phone", {"required": True}))
        self.other_campus.phone = False
        messages = self.upsert._queue(self.campus | self.other_campus)
        good, bad = messages.sorted("res_id")
        self.assertEqual(
            (good.state, bad.state, bad.error_kind, bad.is_attention), ("pending", "refused", "business", True)
        )
        self.assertIn("电话 is empty", bad.error_sentence)
        self.deliver()
        self.assertEqual((self.far.count("set"), good.state, bad.state), (1, "done", "refused"))
        operator = self.users["operator"]
        with self.assertRaisesRegex(Exception, "电话 is empty"):
            bad.with_user(operator)._retry("once more")
        self.other_campus.phone = "1"
        bad.with_user(operator)._retry("phone entered")
        self.deliver()
        self.assertEqual((bad.state, self.far.calls[-1][3]), ("done", {"phone": "1"}))

    def test_full_numbers_only_where_a_line_names_them(self):
        clerk = self.users["clerk"]
        patient = self.env["hospital.patient"].create({"name": "测试", "sex": "1", "phone_full": "13800001234"})
        self.upsert.model_id = self.env["ir.model"]._get_id("hospital.patient")
        self.lines(("full", "手机", "record", "phone_full"), ("shown", "手机", "record", "phone"))
        self.assertEqual(
            self.upsert.with_user(clerk).sudo()._build(patient.with_user(clerk)),
            {"full": "13800001234", "shown": "138****1234"},
        )

    def test_hidden_rows_are_never_just_left_out(self):
        self.upsert.model_id = self.env["ir.model"]._get_id("res.company")
        self.lines(
            ("campuses[]", "院区", "records", "hospital_campus_ids", {"type": "list"}),
            ("campuses[].code", "编码", "record", "code"),
        )
        clerk = self.users["clerk"]
        rule = self.env["ir.rule"].create(
            {
                "name": "Hide a campus",
                "model_id": self.env["ir.model"]._get_id("hospital.campus"),
                "domain_force": [("id", "!=", self.other_campus.id)],
                "groups": [Command.link(self.env.ref("hospital_base.group_hospital_user").id)],
            }
        )
        company = self.env.company.with_user(clerk)
        with self.assertRaises(CallError) as caught:
            self.upsert.sudo()._build(company)
        self.assertIn("you may not see all of", caught.exception.sentence)
        rule.unlink()
        self.assertIn({"code": "EXCHANGE2"}, self.upsert.sudo()._build(company)["campuses"])

    def test_lines_that_cannot_work_are_refused_when_saved(self):
        def save(values):
            return self.env["hospital.interface.field"].create(
                {"interface_id": self.upsert.id, "name": "字段", "source": "record", "value": "name", **values}
            )

        for values, sentence in (
            ({"path": "a..b"}, "is no path of a payload"),
            ({"path": "a b"}, "is no path of a payload"),
            ({"path": "x", "value": "no_such_field"}, "leads nowhere"),
            ({"path": "x", "value": "company_id.partner_id"}, "ends at a record"),
            ({"path": "x", "source": "records", "value": "name"}, "rows need a path"),
            ({"path": "x", "type": "date", "format": "dd of month"}, "does not go with its type"),
            ({"path": "x", "type": "money", "format": "pounds"}, "does not go with its type"),
        ):
            with self.assertRaisesRegex(ValidationError, sentence), self.env.cr.savepoint():
                save(values)
