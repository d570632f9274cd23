import base64

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.pdf import Printed

from .invoice_common import InvoiceCase
from .machine_common import MachineMixin
from .paper_common import PaperCase


@tagged("post_install", "-at_install")
class TestBillMachines(MachineMixin, PaperCase, HttpCase):
    """What self-service machines and phones get, over HTTP and signed; for the patient who stands there and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("hospital_invoice.platform_bosssoft").mode = "disabled"
        cls.stranger = cls.env["hospital.patient"].create({"name": "李四", "sex": "2", "birth_date": "1990-01-01"})
        cls.other_card = cls.env["hospital.card"].create({"patient_id": cls.stranger.id, "number": "3399000772"})

    def every_kind(self):
        return {kind: self.bill(kind=kind, amount=100 + place) for place, kind in enumerate(self.kinds)}

    @proves("S3-1.15")
    def test_what_was_not_printed_yet(self):
        bills = self.every_kind()
        self.bill(issued=False)
        red = self.flush(self.bill(amount=7))
        listed = self.asked("invoice_unprinted")
        self.assertEqual({one["number"] for one in listed["bills"]}, {bill.number for bill in bills.values()})
        self.assertFalse(listed["more"])
        self.assertNotIn(red.number, [one["number"] for one in listed["bills"]])
        reply = self.asked("invoice_printed", number=bills["deposit"].number)
        self.assertEqual(reply, {"number": bills["deposit"].number, "printed": 1})
        left = {one["number"] for one in self.asked("invoice_unprinted")["bills"]}
        self.assertEqual(left, {bill.number for kind, bill in bills.items() if kind != "deposit"})

    def reprint(self, kind):
        """Listed by kind, fetched, printed: a reprint by the machine is counted and says where it was made."""
        bill = self.bill(kind=kind, amount=321.5)
        self.bill(kind="registration", amount=5)
        bill.sudo()._print("electronic")
        [found] = [one for one in self.asked("invoice_list", kind=kind)["bills"] if one["number"] == bill.number]
        self.assertEqual((found["amount"], found["printed"], found["bill_no"]), ("321.50", 1, bill.bill_number))
        got = self.asked("invoice_get", number=bill.number, layout="80mm")
        paper = Printed(base64.b64decode(got["pdf"]))
        for wanted in (bill.bill_number, bill.check_code, "321.50", self.patient.name):
            self.assertIn(wanted, paper.text)
        self.assertEqual(paper.size_mm()[0], 80)
        self.assertEqual(bill.print_count, 1, "fetching is not printing")
        self.assertEqual(self.asked("invoice_printed", number=bill.number)["printed"], 2)
        last = bill.print_ids.sorted("id")[-1]
        self.assertEqual((last.place, last.user_id.login, bool(last.reason)), ("kiosk", "platform_self_service", True))

    @proves("S3-1.16")
    def test_reprint_of_an_outpatient_bill(self):
        self.reprint("outpatient")

    @proves("S3-1.17")
    def test_reprint_of_a_deposit(self):
        self.reprint("deposit")

    @proves("S3-1.18")
    def test_reprint_of_a_discharge(self):
        self.reprint("inpatient")

    def test_everything_that_is_said(self):
        bill = self.bill(amount=1409.5)
        for who in (self.holder, self.stay):
            got = self.asked("invoice_get", "mini_program", number=bill.number, **who)
            self.assertEqual(
                (got["amount"], got["amount_capitals"], got["bill_no"], got["check_code"], got["day"], got["kind"]),
                ("1409.50", "人民币壹仟肆佰零玖元伍角整", bill.bill_number, "a1b2c3", "2026-01-15", "outpatient"),
            )
            self.assertEqual(sum(float(item["amount"]) for item in got["items"]), 1409.5)
            self.assertEqual(got["picture_url"], bill.picture_url)
            self.assertTrue(base64.b64decode(got["pdf"]).startswith(b"%PDF-"))
        days = {"date_from": "2026-01-16", "date_to": "2026-01-31"}
        self.assertFalse(self.asked("invoice_list", **days)["bills"])
        refused = self.call_in("invoice_list", **self.holder, date_from="2026-02-01", date_to="2026-01-01")
        self.assertEqual(refused["code"], "business")

    def test_another_patient_is_refused_like_a_bill_that_does_not_exist(self):
        bill = self.bill()
        them = {"card_no": self.other_card.number, "patient_name": self.stranger.name}
        for operation in ("invoice_get", "invoice_printed"):
            theirs = self.call_in(operation, number=bill.number, **them)
            missing = self.call_in(operation, number="MZ99999999999999", **them)
            self.assertEqual(theirs["code"], "business")
            self.assertEqual(theirs["message"], missing["message"])
        self.assertFalse(self.call_in("invoice_list", **them)["data"]["bills"])
        self.assertEqual(bill.print_count, 0)

    def test_who_is_not_identified_learns_nothing(self):
        bill = self.bill()
        for wrong in ({"patient_name": "李四"}, {"card_no": "3399999999"}, {"card_no": ""}, {"inpatient_no": "ZY404"}):
            for operation in ("invoice_list", "invoice_unprinted", "invoice_get", "invoice_printed", "invoice_issue"):
                more = {"number": bill.number} if operation in ("invoice_get", "invoice_printed") else {}
                reply = self.call_in(operation, **{**self.holder, **more, **wrong})
                self.assertEqual(reply["code"], "business", (operation, wrong))
        with self.assertRaises(AccessError):
            self.env["hospital.invoice"].with_user(self.cashier)._receive_invoice_list(
                self.env.ref("hospital_invoice.interface_self_service_invoice_list"), self.holder
            )

    def test_a_print_reported_twice_is_counted_once(self):
        bill = self.bill()
        first = self.call_in("invoice_printed", request="R1", **self.holder, number=bill.number)
        self.assertEqual(first["code"], "0")
        again = self.call_in("invoice_printed", request="R1", **self.holder, number=bill.number)
        self.assertEqual(again["data"], first["data"])
        self.assertEqual(bill.print_count, 1)

    def test_a_bill_that_waits_has_no_paper(self):
        bill = self.bill(issued=False)
        [found] = self.asked("invoice_list")["bills"]
        self.assertEqual((found["state"], found["bill_no"]), ("waiting", ""))
        self.assertEqual(self.call_in("invoice_get", **self.holder, number=bill.number)["code"], "business")
        wrong = self.call_in("invoice_get", **self.holder, number=self.bill().number, layout="a3")
        self.assertEqual(wrong["code"], "business")


@tagged("post_install", "-at_install")
class TestBillsIssuedByThePatient(MachineMixin, InvoiceCase, HttpCase):
    """Paid while the bill platform was off; then the patient has his bill issued where he stands, and it is fetched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["hospital.invoice.place"].create(
            {"code": "TESTA1", "name": "手机", "campus_id": cls.campus.id, "place": "app"}
        )
        cls.env["hospital.invoice"].search([("state", "in", ("waiting", "issuing"))])._step("void")

    def issued(self, platform, place, business, **who):
        bosssoft = self.platform
        bosssoft.mode = "disabled"
        source = business()
        bill = self.bill(source)
        self.assertEqual(bill.state, "waiting")
        bosssoft.mode = "sandbox"
        [told] = self.asked("invoice_issue", platform, business_no=bill._business_number(), **who)["bills"]
        self.assertEqual((told["number"], told["bill_no"]), (bill.number, ""))
        self.go()
        again = self.asked("invoice_issue", platform, business_no=bill._business_number(), **who)["bills"]
        self.assertEqual([one["state"] for one in again], ["issued"], "asked for twice, issued once")
        self.assertEqual(self.there_of(bill).data["placeCode"], place)
        self.assertEqual(bill.channel, {"TESTK1": "kiosk", "TESTA1": "app"}[place])
        got = self.asked("invoice_get", platform, number=bill.number, **who)
        self.assertIn(bill.bill_number, Printed(base64.b64decode(got["pdf"])).text)
        self.assert_agrees()
        return bill

    @proves("S3-1.11", "S3-1.12")
    def test_visits_at_the_machine(self):
        self.issued("self_service", "TESTK1", self.register)
        self.issued("self_service", "TESTK1", self.settle)

    @proves("S3-1.13", "S3-1.14")
    def test_stays_at_the_machine(self):
        self.issued("self_service", "TESTK1", self.deposit, **self.stay, card_no="")
        self.issued("self_service", "TESTK1", self.discharged, **self.stay, card_no="")

    @proves("S3-1.19", "S3-1.20", "S3-1.21", "S3-1.22")
    def test_everything_on_the_phone(self):
        for business in (self.register, self.settle, self.deposit):
            self.issued("mini_program", "TESTA1", business)

    def test_nothing_to_issue(self):
        self.assertEqual(self.call_in("invoice_issue", **self.holder)["code"], "business")
        self.assertEqual(self.call_in("invoice_issue", **self.holder, business_no="S404")["code"], "business")
