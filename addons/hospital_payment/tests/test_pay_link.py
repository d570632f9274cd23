from urllib.parse import parse_qs, urlsplit

from odoo.tests import tagged

from odoo.addons.hospital_base.tests.charges_common import ChargesCase
from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed


@tagged("post_install", "-at_install")
class TestPayLink(ChargesCase):
    """The QR code on a slip leads to where it is paid; server address and parameters are data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = cls.env.ref("hospital_payment.platform_pay_page")
        cls.link = cls.env.ref("hospital_payment.interface_pay_link")
        cls.page.write({"mode": "production", "url_production": "https://pay.example/h5", "campus_id": False})
        cls.page.company_id = cls.outpatient.campus_id.company_id

    def test_nothing_connected(self):
        self.charge(encounter=self.outpatient)
        self.page.mode = "disabled"
        self.assertEqual(self.outpatient._pay_link(), "")

    def test_nothing_to_pay(self):
        self.assertEqual(self.outpatient._pay_link(), "")

    @proves("S0-8.1")
    def test_address_and_parameters_are_data(self):
        charge = self.charge(encounter=self.outpatient)
        clerk = self.outpatient.with_user(self.users["cashier"])
        parts = urlsplit(clerk._pay_link())
        self.assertEqual(f"{parts.scheme}://{parts.netloc}{parts.path}", "https://pay.example/h5/pay")
        campus = self.outpatient.campus_id
        wanted = {
            "hospital": [campus.org_code or campus.code],
            "no": [self.outpatient.number],
            "amount": [f"{charge.amount:.2f}"],
        }
        self.assertEqual(parse_qs(parts.query), wanted)
        self.link.link_template_ids.template = "{url}/rx/{no}?fee={amount}&dept={department}&p={patient}"
        link = clerk._pay_link()
        self.assertTrue(link.startswith(f"https://pay.example/h5/rx/{self.outpatient.number}?fee={charge.amount:.2f}&"))
        kept = self.env["hospital.message"].search([("interface_id", "=", self.link.id)])
        self.assertEqual((len(kept), set(kept.mapped("res_id"))), (2, {self.outpatient.id}))
        self.link.link_template_ids.template = "{url}/{nothing_of_ours}"
        with self.assertLogs("odoo.addons.hospital_payment.models.pay_link_mixin", "WARNING"):
            self.assertEqual(clerk._pay_link(), "", "the slip is printed all the same")

    def test_page_of_the_campus_goes_first(self):
        self.charge(encounter=self.outpatient)
        own = self.page.copy({"code": "pay_page_own", "mode": "production", "url_production": "https://own.example"})
        own.campus_id = self.outpatient.campus_id
        own.interface_ids.link_template_ids.template = "{url}/{no}"
        self.assertEqual(self.outpatient._pay_link(), f"https://own.example/{self.outpatient.number}")

    def test_slip(self):
        charge = self.charge(encounter=self.outpatient)
        reports = self.env["ir.actions.report"].with_user(self.users["cashier"])
        printed = Printed(reports._render_qweb_pdf("hospital_payment.report_pay_slip", self.outpatient.ids)[0])
        self.assertEqual(len(printed.reader.pages), 1)
        for part in (charge.name, f"{charge.amount:.2f}", self.outpatient.number, "Scanthecode"):
            self.assertIn(part, printed.text)
