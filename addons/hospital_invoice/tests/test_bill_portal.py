from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .paper_common import PaperCase


@tagged("post_install", "-at_install")
class TestBillPortal(PaperCase, HttpCase):
    """A patient on the portal sees his bills and nobody else's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "bill_patient", groups="base.group_portal", name="张三丰")
        cls.other_user = new_test_user(cls.env, "bill_other", groups="base.group_portal", name="李四")
        cls.patient.partner_id = cls.user.partner_id
        cls.stranger = cls.env["hospital.patient"].create(
            {"name": "李四", "sex": "2", "birth_date": "1990-01-01", "partner_id": cls.other_user.partner_id.id}
        )

    def page(self, path, login="bill_patient"):
        self.env.flush_all()
        self.authenticate(login, login)
        return self.url_open(path)

    @proves("S2-2.23", "S3-1.19", "S3-1.20", "S3-1.21", "S3-1.22")
    def test_sees_and_downloads_bills_of_every_kind(self):
        bills = {kind: self.bill(kind=kind, amount=100.5 + place) for place, kind in enumerate(self.kinds)}
        waiting = self.bill(issued=False, amount=77.7)
        text = self.page("/my/bills").text
        for bill in (*bills.values(), waiting):
            self.assertIn(f"/my/bills/{bill.number}", text)
            self.assertIn(f"{bill.amount:,.2f}", text)
        for kind, bill in bills.items():
            only = self.page(f"/my/bills?kind={kind}").text
            self.assertIn(bill.number, only)
            self.assertEqual(sum(other.number in only for other in bills.values()), 1)
            page = self.page(f"/my/bills/{bill.number}").text
            for wanted in (bill.bill_number, bill.check_code, bill.capitals, f"/my/bills/{bill.number}/pdf"):
                self.assertIn(wanted, page)
            reply = self.page(f"/my/bills/{bill.number}/pdf")
            self.assertEqual(reply.headers["Content-Type"], "application/pdf")
            self.assertEqual(reply.headers["Cache-Control"], "no-store")
            self.assertIn(bill.bill_number, Printed(reply.content).text)
            self.assertEqual(bill.print_count, 0)
        page = self.page(f"/my/bills/{waiting.number}").text
        self.assertIn("alert-warning", page)
        self.assertNotIn(f"/my/bills/{waiting.number}/pdf", page)
        self.assertTrue(self.page(f"/my/bills/{waiting.number}/pdf").url.endswith("/my/bills"))

    def test_the_bill_that_counts_now_is_one_press_away(self):
        bill = self.bill(amount=50)
        red = self.flush(bill)
        rest = self.bill(amount=30, previous_id=bill.id, res_model=bill.res_model, res_id=bill.res_id)
        self.assertIn(f"/my/bills/{rest.number}", self.page(f"/my/bills/{bill.number}").text)
        self.assertIn(f"/my/bills/{bill.number}", self.page(f"/my/bills/{red.number}").text)
        self.assertIn("-50.00", self.page("/my/bills").text)

    def test_nobody_sees_the_bills_of_another(self):
        bill = self.bill()
        self.assertNotIn(bill.number, self.page("/my/bills", "bill_other").text)
        for path in (f"/my/bills/{bill.number}", f"/my/bills/{bill.number}/pdf"):
            reply = self.page(path, "bill_other")
            self.assertTrue(reply.url.endswith("/my/bills"))
            self.assertNotIn(bill.bill_number, reply.text)
        employer = self.env["res.partner"].create({"name": "公司", "is_company": True})
        (self.user.partner_id | self.other_user.partner_id).write({"parent_id": employer.id})
        self.assertNotIn(bill.number, self.page("/my/bills", "bill_other").text, "one employer, two patients")

    def test_an_employee_who_is_no_patient_sees_none(self):
        bill = self.bill()
        new_test_user(
            self.env,
            "bill_employee",
            groups="hospital_base.group_hospital_nurse",
            hospital_campus_ids=[Command.set(self.campus.ids)],
        )
        reply = self.page("/my/bills", "bill_employee")
        self.assertNotIn(bill.number, reply.text)

    def test_who_is_not_signed_in_is_asked_to(self):
        bill = self.bill()
        self.env.flush_all()
        self.assertIn("/web/login", self.url_open(f"/my/bills/{bill.number}").url)
