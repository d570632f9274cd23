from datetime import timedelta

from odoo import fields

from odoo.addons.hospital_payment.tests.settle_common import SettleCase
from odoo.addons.hospital_sandbox.tests.sandbox_common import SandboxCase

ISSUES = ("invEBillRegistration", "invoiceEBillOutpatient", "invEBillHospitalized", "invoicePayMentVoucher")


class InvoiceCase(SandboxCase, SettleCase):
    """The bill platform in the sandbox, places of issue, and business of every kind that gets a bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env.company.hospital_invoice_from = fields.Datetime.subtract(env.cr.now(), seconds=5)
        cls.platform = env.ref("hospital_invoice.platform_bosssoft")
        cls.platform.write({"mode": "sandbox", "breaker_threshold": 1000})
        env["hospital.sandbox"]._make_keys(cls.platform)
        env["hospital.sandbox.fault"].search([]).unlink()
        cls.set_aside()
        cls.window, cls.kiosk = env["hospital.invoice.place"].create(
            [
                {"code": "TESTW1", "name": "一号窗口", "campus_id": cls.campus.id},
                {"code": "TESTK1", "name": "自助机", "campus_id": cls.campus.id, "place": "kiosk"},
            ]
        )
        cls.registration_fee = cls.new_item("ZGH", "普通挂号", 12, "registration", "01")
        env.company.hospital_refund_free_limit = 100_000

    @classmethod
    def set_aside(cls):
        """What the database holds already, of the demo hospital for example, takes no part."""
        env = cls.env
        env.flush_all()
        for query in (
            "UPDATE hospital_invoice SET state = 'void' WHERE state IN ('waiting', 'issuing', 'unknown')",
            "UPDATE hospital_invoice SET bus_day = now()::date + 1",
            "UPDATE hospital_settlement SET is_billed = true WHERE is_billed IS NOT TRUE",
            "UPDATE hospital_refund_line SET is_billed = true WHERE is_billed IS NOT TRUE",
            "DELETE FROM hospital_sandbox_record WHERE platform_id = %(platform)s",
            "DELETE FROM hospital_sandbox_call WHERE platform_id = %(platform)s",
            """UPDATE hospital_message SET state = 'closed', next_try_at = NULL, is_attention = false
                WHERE platform_id = %(platform)s AND state IN ('pending', 'retry', 'unknown', 'sending')""",
        ):
            env.cr.execute(query, {"platform": cls.platform.id})
        env.invalidate_all()
        cls.last_before = env["hospital.invoice"].search([], limit=1).id or 0

    # === BUSINESS ===

    def settle(self, *rows):
        return self.pay(self.visit_charges(*rows), self.by_cash())

    def register(self):
        return self.settle((self.registration_fee, 1))

    def deposit(self, amount=500.0):
        """The entry by which the deposit of the stay grew."""
        account = self.new_deposit(amount, self.inpatient)
        return account.entry_ids.filtered(lambda entry: entry.kind == "topup").sorted("id")[-1]

    def deposit_back(self, account, amount):
        """So much of a deposit is paid back in cash."""
        refund = self.env["hospital.refund"].with_user(self.cashier)._refund_account(account, amount, "退押金")
        refund.with_user(self.manager)._approve()
        if refund.desk_amount and refund.state in ("approved", "executing"):
            refund.with_user(self.cashier)._pay_out_desk({})
        return refund

    def next_stay(self):
        """One stay after the other: gives when the one before was over."""
        end = self.inpatient.end_at
        if end:
            self.inpatient = self.new_encounter("inpatient")
            self.inpatient._admit(self.bed, end, reason="test")
        return end

    def discharged(self, amount=500.0, paid=None):
        """The settlement of a whole stay, paid from the deposit and cash."""
        end = self.next_stay()
        account = self.deposit(amount).account_id
        self.charge(self.bed_day, 3, encounter=self.inpatient)
        self.charge(self.blood, 2, encounter=self.inpatient)
        self.discharge(at=(end or self.now - timedelta(hours=9)) + timedelta(minutes=10))
        charges = self.inpatient.charge_ids.filtered(lambda charge: charge.state == "unsettled")
        total = sum(charges.mapped("amount"))
        tenders = [self.by_account(account, min(total, amount if paid is None else paid)), self.by_cash()]
        return self.pay(None, *tenders, encounter=self.inpatient, expected=total)

    def back(self, settlement, *rows):
        """Take (item, quantity) of a settlement back."""
        quantities = {}
        for item, quantity in rows:
            charge = settlement.line_ids.charge_id.filtered(lambda charge, item=item: charge.product_id == item)
            quantities[charge.id] = quantity
        return settlement.with_user(self.cashier)._refund_lines(quantities, "退费")

    def cancel(self, settlement):
        return settlement.with_user(self.cashier)._cancel("作废")

    # === BILLS ===

    def bills(self, source, colour="blue"):
        domain = [("res_model", "=", source._name), ("res_id", "=", source.id), ("colour", "=", colour)]
        return self.env["hospital.invoice"].search(domain, order="id")

    def bill(self, source):
        """The one that stands for this payment."""
        return self.bills(source).filtered("is_current")

    def reds(self, source):
        return self.bills(source, "red")

    def interface(self, code):
        return self.platform.interface_ids.filtered(lambda one: one.code == code)

    def interface_of(self, bill):
        return self.interface(bill.kind_id.issue_interface)

    def go(self, rounds=1):
        """Deliver, and let the scheduled action look after the rest; as often as it takes for what is asked about."""
        for _round in range(rounds):
            self.deliver(self.platform)
            self.follow_up()
            self.make_due(self.env["hospital.message"].search([("platform_id", "=", self.platform.id)]))
        self.deliver(self.platform)
        self.follow_up()

    def follow_up(self):
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["hospital.invoice"]._cron_follow_up()
        self.env.invalidate_all()

    # === THE FAR SIDE ===

    def there(self, kind="bill"):
        records = self.env["hospital.sandbox.record"].search(
            [("platform_id", "=", self.platform.id), ("kind", "=", kind)]
        )
        return records.sorted("id")

    def there_of(self, bill):
        return self.there().filtered(lambda record: record.key == bill.number)

    def assert_agrees(self):
        """What the hospital holds is what the platform holds, to the cent, and nothing twice."""
        ours = self.env["hospital.invoice"].search([("bill_number", "!=", False), ("id", ">", self.last_before)])
        here = {(bill.batch_code, bill.bill_number): round(bill.amount * 100) for bill in ours}
        there = {
            (record.data["batch"], record.data["no"]): record.data["total"]
            for record in self.there() | self.there("red")
        }
        self.assertEqual(here, there)
        for source in {(bill.res_model, bill.res_id) for bill in ours}:
            current = ours.filtered(
                lambda bill, source=source: (
                    (bill.res_model, bill.res_id) == source and bill.colour == "blue" and bill.is_current
                )
            )
            self.assertLessEqual(len(current), 1)
