from odoo import Command
from odoo.tests import tagged

from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_sandbox.tests import walk
from odoo.addons.hospital_sandbox.tools.far import Asked, Visit

from .invoice_common import ISSUES, InvoiceCase


@tagged("post_install", "-at_install")
class TestBillRows(InvoiceCase):
    """The rows of the platform, and what its far side refuses as the real one does."""

    def ask(self, code, **payload):
        self.env.flush_all()
        return self.interface(code)._call(key=f"try {code} {sorted(payload.items())}", payload=payload)

    def refused(self, code, **payload):
        try:
            self.ask(code, **payload)
        except ExchangeError as error:
            return error
        return self.fail(f"{code} was not refused")

    def issued(self):
        bill = self.bill(self.settle((self.blood, 2)))
        self.go()
        return bill

    def payload(self, bill, **changes):
        interface = self.interface_of(bill)
        payload = interface.sudo()._build(bill.sudo())
        return interface.code, {**payload, **changes}

    def test_every_row_fits(self):
        self.assertFalse(walk.wrong_rows(self.env, self.platform))

    def test_older_fields_are_rows_that_are_off(self):
        lines = self.interface("invoiceEBillOutpatient").with_context(active_test=False).field_ids
        old = lines.filtered(lambda line: line.path in ("category", "chequePay", "isArrears"))
        self.assertEqual(set(old.mapped("path")), {"category", "chequePay", "isArrears"})
        self.assertFalse(any(old.mapped("active")))

    def test_amounts_without_a_value_are_zero(self):
        _code, payload = self.payload(self.issued())
        for name in ("accountPay", "fundPay", "otherfundPay", "selfConceitedAmt", "selfPayAmt"):
            self.assertEqual(payload[name], 0, name)
        self.assertEqual((payload["ownPay"], payload["selfCashPay"], payload["sex"]), (13, 13, "男"))
        self.assertEqual(payload["chargeDetail"][0]["number"], 1)

    def test_a_patient_whose_sex_is_not_known_gets_his_bill(self):
        """The platform demands the field and names two sexes only; what else it takes is the site's to say."""
        self.platform.parameter_ids.filtered(lambda one: one.name == "unknown_sex").unlink()
        for sex, value, told in (("0", None, "未知"), ("9", "其他", "其他"), ("1", "其他", "男"), ("2", "其他", "女")):
            with self.subTest(sex=sex):
                self.patient.sex = sex
                if sex == "9":
                    self.platform.parameter_ids = [Command.create({"name": "unknown_sex", "value": value})]
                for make in (self.register, self.settle):
                    bill = self.bill(make())
                    self.assertEqual(self.payload(bill)[1]["sex"], told)
                    self.go()
                    self.assertEqual(bill.state, "issued", bill.issue_error)
        self.assert_agrees()

    def test_only_a_mobile_phone_gets_a_notice(self):
        bill = self.issued()
        for phone, sent in (("13812345678", True), ("+86 138-1234-5678", True), ("0591-87654321", False)):
            self.patient.phone = phone
            _code, payload = self.payload(bill)
            self.assertEqual(payload.get("tel"), "13812345678" if sent else None, phone)

    def test_a_foreign_envelope_is_turned_away(self):
        secret = self.platform.secret_ids.filtered(lambda secret: secret.name == "sign_key")
        self.assertEqual(len(secret), 1)
        far = self.env["hospital.sandbox.bosssoft"]
        visit = Visit(self.platform, Asked("POST", "testServerConnect", "", {}, b'{"appid":"x"}'))
        told = far._visit(visit)
        self.assertEqual((visit.verdict, told.status), ("signature", 200))

    def test_sums_have_to_agree(self):
        code, payload = self.payload(self.issued())
        payload["busNo"] = "MZ1"
        items = payload["chargeDetail"]
        cases = {
            "totalAmt": {"totalAmt": 99},
            "chargeDetail": {"chargeDetail": [{**items[0], "amt": 1}]},
            "payChannelDetail": {"payChannelDetail": [{**payload["payChannelDetail"][0], "payChannelValue": 1}]},
            "sortNo": {"chargeDetail": [{**items[0], "sortNo": 2}]},
            "chargeCode": {"listDetail": [{**payload["listDetail"][0], "chargeCode": "??"}]},
        }
        for case, changes in cases.items():
            with self.subTest(case):
                self.assertEqual(self.refused(code, **{**payload, **changes}).kind, "business")
        self.assertFalse(self.there().filtered(lambda record: record.key == "MZ1"))

    def test_what_is_missing_is_refused(self):
        code, payload = self.payload(self.issued())
        for name in ("payer", "placeCode", "cardNo", "chargeDetail", "busDateTime"):
            with self.subTest(name):
                less = {key: value for key, value in payload.items() if key != name}
                self.assertEqual(self.refused(code, **{**less, "busNo": "MZ2"}).kind, "business")

    def test_a_number_is_issued_once_and_known_by_its_time(self):
        bill = self.issued()
        code, payload = self.payload(bill)
        self.assertEqual(self.refused(code, **payload).code, "E1001")
        found = self.ask("getEBillByBusNo", busNo=bill.number, busDateTime=bill.bus_time)
        self.assertEqual((found["billNo"], found["isScarlet"]), (bill.bill_number, "0"))
        late = self.refused("getEBillByBusNo", busNo=bill.number, busDateTime="20260101000000000")
        self.assertEqual(late.code, "EABSENT")

    def test_a_bill_is_flushed_once_and_under_its_own_number(self):
        bill = self.issued()
        facts = {"reason": "x", "operator": "x", "busDateTime": bill.bus_time, "placeCode": "TESTW1"}
        wrong = {"billBatchCode": bill.batch_code, "billNo": "0000000000", **facts}
        right = {**wrong, "billNo": bill.bill_number}
        self.assertEqual(self.refused("writeOffEBill", **wrong).kind, "business")
        self.assertTrue(self.ask("writeOffEBill", **right)["eScarletBillNo"])
        self.assertEqual(self.refused("writeOffEBill", **{**right, "operator": "y"}).kind, "business")

    def test_pictures_show_what_is_on_the_bill(self):
        bill = self.issued()
        path = bill.picture_url.partition("/sandbox/bosssoft/")[2]
        far = self.env["hospital.sandbox.bosssoft"]
        told = far._visit(Visit(self.platform, Asked("GET", path, "", {})))
        page = told.body.decode()
        for text in (bill.bill_number, bill.batch_code, bill.check_code, bill.payer_name, "13.00"):
            self.assertIn(text, page)
        missing = far._visit(Visit(self.platform, Asked("GET", path[:-1] + "?", "", {})))
        self.assertEqual(missing.status, 404)

    def test_questions(self):
        bill = self.issued()
        triple = {"billBatchCode": bill.batch_code, "billNo": bill.bill_number}
        asked = self.ask("getEBillPicUrl", **triple, random=bill.check_code, channelMode="1")
        self.assertEqual(asked["pictureUrl"], bill.picture_url)
        self.assertEqual(self.ask("getPaperBillNo", placeCode="TESTW1", pBillBatchCode="P1")["pBillNo"], "0000000001")
        self.ask(
            "invalidBlankBillNo", pBillBatchCode="P1", pBillNoStart="0000000001", pBillNoEnd="0000000003",
            placeCode="TESTW1", author="x", reason="x", busDateTime=bill.bus_time,
        )  # fmt: skip
        self.assertEqual(self.ask("getPaperBillNo", placeCode="TESTW1", pBillBatchCode="P1")["pBillNo"], "0000000004")
        self.assertEqual(self.interface("testServerConnect")._call(), {})
        self.assertEqual(self.platform._check_health(), {})
        totals = self.interface("checkTotalData")._call(
            day=self.env.company._hospital_today(), place=self.window, bus_type=bill.kind_id.bus_type
        )
        self.assertTrue(totals["allTotalNum"])

    def test_every_kind_has_its_interface(self):
        kinds = self.env["hospital.invoice.kind"].search([])
        self.assertEqual(set(kinds.mapped("issue_interface")), set(ISSUES))
