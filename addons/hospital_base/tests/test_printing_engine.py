import base64
import io
import json
import logging
from unittest.mock import patch

from odoo import http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger
from PIL import Image

from ..tools import printing
from .pdf import Printed

BODY = """
<t t-name="hospital_base.test_print">
    <t t-call="hospital_base.print_document">
        <t t-foreach="docs" t-as="doc">
            <t t-call="hospital_base.%(layout)s">
                <t t-set="title">收费单</t>
                <t t-set="qr_text" t-value="'P%%s' %% doc.id"/>
                <t t-set="landscape" t-value="%(landscape)s"/>
                %(body)s
            </t>
        </t>
    </t>
</t>
"""
NAME = '<p>姓名：<span t-out="doc.name"/></p>'


class PrintingCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.name = "市第一医院"
        cls.patients = cls.env["res.partner"].create([{"name": name} for name in ("张三", "李四", "王五")])

    @classmethod
    def make_report(cls, layout="layout_a4", body=NAME, landscape=False, **values):
        cls.env["ir.ui.view"].create(
            {
                "name": "test",
                "type": "qweb",
                "key": "hospital_base.test_print",
                "arch": BODY % {"layout": layout, "body": body, "landscape": landscape},
            }
        )
        return cls.env["ir.actions.report"].create(
            {
                "name": "Test",
                "model": "res.partner",
                "report_type": "qweb-pdf",
                "report_name": "hospital_base.test_print",
                "hospital_engine": "weasyprint",
                **values,
            }
        )

    def print(self, report, records):
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(report, records.ids)
        self.assertEqual(kind, "pdf")
        return Printed(content)


@tagged("post_install", "-at_install", "slow")
class TestPrintingEngine(PrintingCase):
    def test_a4_has_head_foot_chinese_text_and_embedded_fonts(self):
        printed = self.print(self.make_report(), self.patients[0])
        self.assertEqual(len(printed.reader.pages), 1)
        self.assertEqual(printed.size_mm(), (210, 297))
        for text in ("市第一医院", "收费单", "姓名：张三", self.env.user.name.replace(" ", ""), "Page1of1"):
            self.assertIn(text, printed.text)
        self.assertTrue(printed.fonts())
        self.assertTrue(all(printed.fonts().values()), printed.fonts())
        self.assertTrue(any("CJK" in name for name in printed.fonts()))

    def test_numbers_are_never_cut(self):
        number = self.env["ir.actions.report"]._hospital_print_values()["number"]
        for value, text in ((12345.67, "12345.67"), (1234567, "1234567"), (0.5, "0.5"), (10.0, "10"), (0.1 + 0.2, "0.3"),
                            (-2, "-2"), (0, "0"), (None, "0"), (0.0001, "0.0001")):  # fmt: skip
            with self.subTest(value):
                self.assertEqual(number(value), text)

    def test_layouts_have_their_paper(self):
        for layout, landscape, size in (
            ("layout_a4", True, (297, 210)),
            ("slip_a5", False, (148, 210)),
            ("slip_a5", True, (210, 148)),
        ):
            with self.subTest(layout=layout, landscape=landscape):
                printed = self.print(self.make_report(layout, landscape=landscape), self.patients[:1])
                self.assertEqual(printed.size_mm(), size)
                self.env["ir.ui.view"].search([("key", "=", "hospital_base.test_print")]).unlink()

    def test_a_roll_is_as_long_as_its_text(self):
        line = '<t t-foreach="range(%d)" t-as="i"><div>第<t t-out="i"/>行</div></t>'
        report = self.make_report("slip_80mm", body=line % 5)
        short = self.print(report, self.patients[:1])
        self.env["ir.ui.view"].search([("key", "=", "hospital_base.test_print")]).arch = BODY % {
            "layout": "slip_80mm",
            "landscape": False,
            "body": line % 105,
        }
        long = self.print(report, self.patients[:1])
        self.assertEqual([len(short.reader.pages), len(long.reader.pages)], [1, 1])
        self.assertEqual(short.size_mm()[0], 80)
        self.assertLess(short.size_mm()[1], 110)
        per_line = (long.size_mm()[1] - short.size_mm()[1]) / 100
        self.assertTrue(3.5 < per_line < 5, per_line)
        self.assertIn("第104行", long.text)

    def test_several_records_in_one_run_count_their_own_pages(self):
        body = NAME + '<t t-if="doc.name == \'李四\'"><p style="break-before: page">续页</p></t>'
        printed = self.print(self.make_report(body=body), self.patients)
        self.assertEqual(len(printed.reader.pages), 4)
        numbers = [text[text.index("Page") :][:9] for text in printed.texts]
        self.assertEqual(numbers, ["Page1of1", "Page1of2", "Page2of2", "Page1of1"])
        self.assertEqual(
            [name for text in printed.texts for name in ("张三", "李四", "王五") if name in text],
            ["张三", "李四", "王五"],
        )
        self.assertIn("市第一医院·收费单", printed.texts[2], "the running head stands on the second page")
        self.assertNotIn("·收费单", printed.texts[1], "but not on the first")

    def test_fonts_are_embedded_once_however_many_records(self):
        report = self.make_report()
        one = len(self.env["ir.actions.report"]._render_qweb_pdf(report, self.patients[:1].ids)[0])
        many = self.env["res.partner"].create([{"name": f"张三{number}"} for number in range(60)])
        self.assertLess(len(self.env["ir.actions.report"]._render_qweb_pdf(report, many.ids)[0]), one * 8)

    def test_the_same_record_twice_is_printed_twice(self):
        report = self.make_report(attachment="'x.pdf'")
        content = self.env["ir.actions.report"]._render_qweb_pdf(report, self.patients[:1].ids * 2)[0]
        self.assertEqual(len(Printed(content).reader.pages), 2)

    def test_paper_chosen_by_the_administrator_wins(self):
        needle = self.env["report.paperformat"].create(
            {
                "name": "241-2",
                "format": "custom",
                "page_width": 241,
                "page_height": 140,
                "margin_top": 5,
                "margin_bottom": 12,
                "margin_left": 20,
                "margin_right": 20,
            }
        )
        for layout in ("layout_a4", "slip_a5", "slip_80mm"):
            with self.subTest(layout=layout):
                printed = self.print(self.make_report(layout, paperformat_id=needle.id), self.patients[:1])
                self.assertEqual(printed.size_mm(), (241, 140))
                self.env["ir.ui.view"].search([("key", "=", "hospital_base.test_print")]).unlink()

    def test_odoo_s_other_reports_keep_their_engine(self):
        report = self.make_report(hospital_engine=False)
        self.env["ir.ui.view"].search(
            [("key", "=", "hospital_base.test_print")]
        ).arch = '<t t-name="hospital_base.test_print"><p>x</p></t>'
        content, kind = self.env["ir.actions.report"]._render_qweb_pdf(report, self.patients[:1].ids)
        self.assertEqual(kind, "html", "Odoo's own answer in a test")
        self.assertTrue(content)
        self.assertNotIn("hospital_engine", report.report_action(self.patients, config=False))

    def test_the_web_client_is_told_the_engine(self):
        report = self.make_report()
        self.assertIn("hospital_engine", report._get_readable_fields())
        action = report.report_action(self.patients)
        self.assertEqual((action["type"], action["hospital_engine"]), ("ir.actions.report", "weasyprint"))

    # ------------------------------------------------------------------
    # Kept prints
    # ------------------------------------------------------------------

    def test_each_record_keeps_its_own_print_and_gets_it_again(self):
        report = self.make_report(attachment="'slip-%s.pdf' % object.id", attachment_use=True)
        self.print(report, self.patients[:2])
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", "res.partner"), ("res_id", "in", self.patients.ids)]
        )
        self.assertEqual(sorted(kept.mapped("res_id")), self.patients[:2].ids)
        for attachment in kept:
            name = self.env["res.partner"].browse(attachment.res_id).name
            self.assertEqual(
                [other in Printed(attachment.raw).text for other in ("张三", "李四")], [name == "张三", name == "李四"]
            )
        self.patients.name = "改名"
        again = self.print(report, self.patients)
        self.assertEqual(len(again.reader.pages), 3)
        self.assertIn("张三", again.texts[0])
        self.assertIn("改名", again.texts[2], "the third had not been kept")
        self.assertEqual(
            len(
                self.env["ir.attachment"].search(
                    [("res_model", "=", "res.partner"), ("res_id", "in", self.patients.ids)]
                )
            ),
            3,
        )

    def test_a_template_that_cannot_be_kept_says_so(self):
        report = self.make_report(attachment="'x.pdf'")
        self.env["ir.ui.view"].search(
            [("key", "=", "hospital_base.test_print")]
        ).arch = '<t t-name="hospital_base.test_print"><html><body><p>没有版式</p></body></html></t>'
        with self.assertRaisesRegex(UserError, "layout"):
            self.print(report, self.patients)

    # ------------------------------------------------------------------
    # What a template may read
    # ------------------------------------------------------------------

    def test_nothing_is_read_from_network_or_disk(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'
        body = f"""{NAME}
            <img src="http://127.0.0.1:1/secret.png"/><img src="https://example.com/x.png"/>
            <img src="file:///etc/passwd"/><img src="FILE:///etc/hostname"/><img src="ftp://example.com/x"/>
            <img src="//example.com/y.png"/><img src="/etc/passwd"/><object data="file:///etc/passwd"/>
            <link rel="stylesheet" href="file:///etc/hosts"/><style>@import url("http://example.com/a.css");
            @font-face {{ font-family: x; src: url(file:///etc/passwd) }}</style>
            <img src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"/>"""
        reached = []
        with (
            patch("urllib.request.OpenerDirector.open", lambda *args, **kwargs: reached.append(args)),
            mute_logger("odoo.addons.hospital_base.tools.printing"),
        ):
            printed = self.print(self.make_report(body=body), self.patients[:1])
        self.assertIn("张三", printed.text)
        self.assertFalse(
            [args for args in reached if not str(getattr(args[1], "full_url", args[1])).startswith("data:")]
        )
        self.assertNotIn("root:", printed.text)

    def test_images_of_the_database_print_with_the_rights_of_who_prints(self):
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        attachment = self.env["ir.attachment"].create({"name": "logo.png", "raw": picture.getvalue()})
        loader = self.env["ir.actions.report"]._hospital_image_loader("http://hospital.test")
        self.assertEqual(loader(f"http://hospital.test/web/image/{attachment.id}"), (picture.getvalue(), "image/png"))
        self.patients[0].image_1920 = base64.b64encode(picture.getvalue())
        url = f"http://hospital.test/web/image/res.partner/{self.patients[0].id}/image_1920/64x64/张三?unique=1"
        self.assertEqual(loader(url)[1], "image/png")
        for refused in (
            f"http://elsewhere.test/web/image/{attachment.id}",
            "http://hospital.test/web/image/res.users/1/password",
            "http://hospital.test/web/image/no.such.model/1/x",
            "http://hospital.test/web/image/999999999",
            "http://hospital.test/web/session/logout",
        ):
            self.assertIsNone(loader(refused), refused)
        other = new_test_user(self.env, "nobody_prints", groups="base.group_user")
        self.env["ir.attachment"].search([("id", "=", attachment.id)]).res_model = "ir.rule"
        attachment.res_id = self.env["ir.rule"].search([], limit=1).id
        theirs = self.env["ir.actions.report"].with_user(other)._hospital_image_loader("http://hospital.test")
        with mute_logger("odoo.addons.base.models.ir_model"):
            self.assertIsNone(theirs(f"http://hospital.test/web/image/{attachment.id}"))

    def test_no_message_of_the_engine_can_carry_a_patient_s_number(self):
        self.assertGreaterEqual(logging.getLogger("weasyprint").level, logging.CRITICAL)
        with self.assertLogs("odoo.addons.hospital_base.tools.printing", "WARNING") as logs:
            self.print(self.make_report(body='<img t-attf-src="http://x.test/#{doc.name}"/>'), self.patients[:1])
        self.assertNotIn("张三", "".join(logs.output))

    def test_the_qr_code_is_in_the_page(self):
        self.assertTrue(printing.qr_data_uri("P1").startswith("data:image/svg+xml;base64,"))
        svg = base64.b64decode(printing.qr_data_uri("入院号 123").split(",")[1])
        self.assertIn(b"<path", svg)


@tagged("post_install", "-at_install")
class TestPrintingDownload(HttpCase, PrintingCase):
    def test_the_download_route_gives_the_pdf_without_wkhtmltopdf(self):
        report = self.make_report(print_report_name="'单据 %s' % object.name")
        self.authenticate("admin", "admin")
        with patch.object(type(self.env["ir.actions.report"]), "get_wkhtmltopdf_state", lambda _self: "install"):
            data = json.dumps([f"/report/pdf/{report.report_name}/{self.patients[0].id}", "qweb-pdf"])
            response = self.url_open(
                "/report/download", {"data": data, "context": "{}", "csrf_token": http.Request.csrf_token(self)}
            )
        self.assertEqual(response.status_code, 200)
        self.assertIn("%E5%BC%A0%E4%B8%89", response.headers["Content-Disposition"])
        self.assertIn("张三", Printed(response.content).text)
