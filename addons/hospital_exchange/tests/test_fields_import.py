import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tools.xlsx import Sheet, write_workbook

from ..tools.field_table import read_table
from .exchange_common import ExchangeCase, make_lines

VENDOR = """platform,interface,direction,seq,field,name_zh,type,required,note,confidence,source
cloud,SET 建档,platform→hospital request,1,patientName,就诊人姓名,string(100),Y?,,inferred,x
cloud,SET 建档,platform→hospital request,2,birthDate,出生日期,date,N?,yyyy-MM-dd,inferred,x
cloud,SET 建档,platform→hospital request,3,list[].price,单价,"decimal(12,4)",Y,,medium,x
cloud,SET 建档,platform→hospital response,1,patientId,患者编号,varchar(32),Y,,medium,x
cloud,NEW9 新接口,platform→hospital request,1,id,编号,long,Y,,medium,x
cloud,SET 建档,platform→hospital request,9,bad name,坏名,string,N,,low,x
cloud,SET 建档,platform→hospital request,1,patientName,重复,string,N,,low,x
other,SET 建档,platform→hospital request,1,elsewhere,别处,string,N,,low,x
"""
NATIONAL = """infno,direction,node,seq,field,name_zh,type,length,required,codetable,note,confidence,source
set,in,(root),1,infno,交易编号,字符型,4,Y,,,high,x
set,in,data,1,sex,性别,字符型,6,Y,sex,,high,x
set,in,feedetail[],1,amount,金额,数值型,"16,2",?,,,high,x
set,in,feedetail[],2,begin,开始时间,日期时间型,,Y,no_such_set,yyyy-MM-dd HH:mm:ss,low,x
set,out,result[],1,odd,怪字段,奇怪型,abc,N,,,low,x
"""
CHINESE = """接口编号;参数名;中文名称;数据类型;长度;是否必填;备注
set;xm;姓名;字符串;50;是;
set;csrq;出生日期;日期型;;否;格式YYYYMMDD
"""


@tagged("post_install", "-at_install")
class TestFieldsImport(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = cls.env["hospital.interface.field"]

    def wizard(self, content, file_name="fields.csv", **values):
        data = content if isinstance(content, bytes) else content.encode()
        wizard = (
            self.env["hospital.field.import"]
            .with_user(self.users["admin"])
            .create({"platform_id": self.platform.id, "file": base64.b64encode(data), "file_name": file_name, **values})
        )
        wizard.action_preview()
        return wizard

    def counts(self, wizard):
        return (wizard.new_count, wizard.changed_count, wizard.same_count, wizard.problem_count)

    def line(self, path, part="request", interface=None):
        domain = [("interface_id", "=", (interface or self.upsert).id), ("part", "=", part), ("path", "=", path)]
        return self.lines.search(domain)

    @proves("S1-3.1")
    def test_a_vendors_table(self):
        with self.assertRaisesRegex(UserError, "cloud, other"):
            self.wizard(VENDOR)
        wizard = self.wizard(VENDOR, rows_of="cloud")
        self.assertEqual(self.counts(wizard), (5, 0, 0, 3))
        problems = {line.row: line.what for line in wizard.line_ids if line.kind == "problem"}
        self.assertEqual(problems[6], "The platform has no interface NEW9.")
        self.assertEqual(problems[7], "The field has no name that can stand in a payload.")
        self.assertEqual(problems[8], "The same field stands in row 2 already.")
        wizard.action_import()
        name, birth = self.line("patientName"), self.line("birthDate")
        self.assertEqual((name.name, name.type, name.length, name.required), ("就诊人姓名", "string", 100, True))
        self.assertEqual((name.confidence, name.note), ("inferred", "required: Y?"))
        self.assertEqual((birth.type, birth.format, birth.required), ("date", "yyyy-MM-dd", False))
        price = self.line("list[].price")
        self.assertEqual((price.type, price.length, price.decimals), ("number", 12, 4))
        self.assertEqual(self.line("list[]").type, "list", "a list without a row of its own gets a line")
        self.assertEqual(self.line("patientId", "reply").length, 32)
        self.assertEqual(self.counts(self.wizard(VENDOR, rows_of="cloud")), (0, 0, 4, 3))
        wizard = self.wizard(VENDOR, rows_of="cloud", make_interfaces=True)
        self.assertEqual(self.counts(wizard), (1, 0, 4, 2))
        wizard.action_import()
        made = self.platform.interface_ids.filtered(lambda interface: interface.code == "NEW9")
        self.assertEqual((made.name, made.field_ids.type), ("新接口", "integer"))

    def test_the_national_table(self):
        wizard = self.wizard(NATIONAL)
        self.assertEqual(self.counts(wizard), (7, 0, 0, 0))
        told = wizard.line_ids.filtered("what")
        self.assertEqual(told.what, "The type is not known; it is taken as text.")
        wizard.action_import()
        self.assertTrue(self.line("infno").required)
        self.assertEqual(self.line("data.sex").code_set_id.code, "sex")
        amount = self.line("feedetail[].amount")
        self.assertEqual((amount.type, amount.length, amount.decimals, amount.required), ("number", 16, 2, False))
        begin = self.line("feedetail[].begin")
        self.assertEqual((begin.type, begin.format), ("datetime", "yyyy-MM-dd HH:mm:ss"))
        self.assertIn("no_such_set", begin.note)
        self.assertTrue(self.line("result[].odd", "reply"))

    def test_chinese_headings_gbk_and_excel(self):
        rows = read_table(CHINESE.encode("gb18030"), "字段.csv")
        self.assertEqual([(row.path, row.values["required"]) for row in rows], [("xm", True), ("csrq", False)])
        self.assertEqual(rows[1].values["format"], "yyyyMMdd")
        table = [line.split(";") for line in CHINESE.strip().split("\n")]
        book = write_workbook([Sheet("字段", table[0], table[1:])])
        wizard = self.wizard(book, "字段.xlsx", interface_id=self.read.id)
        self.assertEqual(self.counts(wizard), (2, 0, 0, 0))
        wizard.action_import()
        self.assertEqual(self.line("xm", interface=self.read).length, 50)

    def test_what_was_set_here_stays(self):
        self.wizard(CHINESE).action_import()
        line = self.line("xm")
        line.write({"source": "constant", "value": "A", "transform": "upper", "sequence": 77})
        wizard = self.wizard(CHINESE.replace(";50;", ";80;"))
        self.assertEqual(self.counts(wizard), (0, 1, 1, 0))
        self.assertEqual(wizard.line_ids.filtered("what").what, "Changes: Length")
        wizard.action_import()
        self.assertEqual((line.length, line.source, line.value, line.transform), (80, "constant", "A", "upper"))
        self.assertEqual(line.sequence, 77)

    def test_files_that_are_none(self):
        for content, name, sentence in (
            (b"\xff\xfe\x00\x81", "x.csv", "cannot be read"),
            (b"\n", "x.csv", "is empty"),
            (b"a,b\n1,2", "x.csv", "no heading"),
            (b"PK nonsense", "x.xlsx", "cannot be read"),
        ):
            with self.assertRaisesRegex(UserError, sentence):
                self.wizard(content, name)
        with self.assertRaises(UserError):
            self.wizard(CHINESE.split("\n", maxsplit=1)[0] + "\n").action_import()
        with self.assertRaises(AccessError):
            self.env["hospital.field.import"].with_user(self.users["operator"]).create(
                {"platform_id": self.platform.id}
            )

    # === TEST OF LINES ===

    def look(self, record, line=None, user="admin"):
        wizards = self.env["hospital.field.test"].with_user(self.users[user])
        form = Form(wizards.with_context(default_interface_id=self.upsert.id, default_line_id=line and line.id))
        form.res_id = record.id
        return form

    def test_the_payload_is_seen_before_anything_is_sent(self):
        self.upsert.model_id = self.env["ir.model"]._get_id("hospital.campus")
        lines = make_lines(
            self.upsert,
            ("code", "院区编码", "record", "code"),
            ("phone", "电话", "record", "phone", {"required": True}),
        )
        self.campus.phone = False
        logs = self.env["hospital.access.log"].search([])
        form = self.look(self.campus)
        self.assertEqual(form.outcome, "faults")
        self.assertEqual(form.faults, "电话 is empty but the platform requires it. Fill it in.")
        self.assertIn("EXCHANGE", form.values_html)
        log = self.env["hospital.access.log"].search([]) - logs
        self.assertEqual(
            (log[0].model, log[0].res_id, log[0].user_id), ("hospital.campus", self.campus.id, self.users["admin"])
        )
        self.campus.phone = "12345"
        form = self.look(self.campus)
        self.assertEqual(
            (form.outcome, json.loads(form.payload_text)), ("good", {"code": "EXCHANGE", "phone": "12345"})
        )
        form = self.look(self.campus, lines[0])
        self.assertNotIn("12345", form.values_html)
        self.assertFalse(form.payload_text)
        self.assertFalse(self.far.calls)
        self.assertFalse(self.env["hospital.message"].search([("interface_id", "=", self.upsert.id)]))
        with self.assertRaises(AccessError):
            self.look(self.campus, user="operator")
        action = self.upsert.with_user(self.users["admin"]).action_test_fields()
        self.assertEqual(action["res_model"], "hospital.field.test")
        with self.assertRaises(UserError):
            self.read.action_test_fields()
