from contextlib import contextmanager
from typing import NamedTuple

from odoo.tests import tagged

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

from .invoice_common import ISSUES, InvoiceCase

BILLS = ("registration", "outpatient", "discharge", "stay")
ALL = (*BILLS, "receipt")
"""A stay is settled in part and in cash, a discharge from its deposit."""
MOVING = ("waiting", "issuing", "unknown", "failed", "flushing")
FLUSHES = ("writeOffEBill", "cancelPayMentVoucherBalance", "writeOffPayMentVoucher")


class Row(NamedTuple):
    """What happens to bills, and what there must be in the end whatever goes wrong at those services."""

    before: str
    """How far the bills have come when it happens."""
    step: str
    services: tuple
    kinds: tuple
    bills: tuple
    """States of the bills of one payment."""
    reds: int = 0


TABLE = (
    Row("paid", "issue", ISSUES, ALL, ("issued",)),
    Row("issued", "cancel", FLUSHES, ALL, ("flushed",), 1),
    Row("issued", "cancel", ("getEBillStatesByBillInfo",), BILLS, ("flushed",), 1),
    Row("issued", "cancel", ("getEBillAccountStatus",), BILLS, ("flushed",), 1),
    Row("issued", "part_back", FLUSHES, BILLS, ("flushed", "issued"), 1),
    Row("issued", "part_back", ISSUES, BILLS, ("flushed", "issued"), 1),
    Row("issued", "part_back", FLUSHES, ("receipt",), ("issued",), 1),
    Row("issued", "turn", ("turnPaper",), BILLS, ("on_paper",)),
    Row("on_paper", "turn", ("reTurnPaper",), BILLS, ("on_paper",)),
    Row("stopped", "take_back", ("invalidPaper",), BILLS, ("flushed",), 1),
    Row("stopped", "take_back", ("getEBillStatesByBillInfo",), BILLS, ("flushed",), 1),
    Row("stopped", "red_form", ("writeOffEBillToPaper",), BILLS, ("flushed",), 1),
)
BEFORE = ("paid", "issued", "on_paper", "stopped")


@tagged("post_install", "-at_install")
class TestBillMatrix(InvoiceCase):
    """Every kind of bill × every step of its life × every place where it may fail: both sides agree in the end, every
    payment has one bill that stands for it, and nothing was done twice."""

    is_down = False
    went_wrong = 0
    repeated = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forms = cls.env["hospital.invoice.paper"].create(
            [{"batch": "P2601", "number": f"{number:08d}", "place_id": cls.window.id} for number in range(1, 40)]
        )

    def carry(self, call, *arguments, **options):
        if self.is_down:
            self.went_wrong += 1
            raise ExchangeError("network", detail="nobody there")
        answer = super().carry(call, *arguments, **options)
        if call.interface.code in self.repeated:
            self.went_wrong += 1
            answer = super().carry(call, *arguments, **options)
        return answer

    # === WHAT GOES WRONG ===

    def test_lost_before_it_arrived(self):
        self.play_all(lambda row: self.faults(row, "lose_before"))

    def test_the_answer_is_lost(self):
        self.play_all(lambda row: self.faults(row, "lose_after"))

    def test_garbage_though_the_work_was_done(self):
        self.play_all(lambda row: self.faults(row, "garbage", does_work=True))

    def test_cut_off_though_the_work_was_done(self):
        self.play_all(lambda row: self.faults(row, "cut_off", does_work=True))

    def test_it_arrives_twice(self):
        """Something on the line repeats the request, and the answer to the second one is what the hospital gets."""

        def repeat(row):
            self.repeated = row.services

        self.play_all(repeat)

    def test_refused_and_corrected(self):
        self.play_all(lambda row: self.faults(row, "refuse", code="E1009", words="编码未对照"), self.correct)

    def test_platform_down(self):
        """The line is cut, everything waits, and goes on when the platform is back."""

        def go_down(_row):
            self.is_down = True
            self.platform.breaker_threshold = 1

        self.play_all(go_down, self.come_back)

    def faults(self, row, kind, **values):
        for service in row.services:
            users = [one for one in row.kinds if self.uses(one, service)]
            if users:
                self.play(self.interface(service), kind, times=0 if kind == "refuse" else len(users), **values)

    def has_gone_wrong(self):
        """Whether what was to go wrong did, at every service."""
        faults = self.env["hospital.sandbox.fault"].with_context(active_test=False)
        faults = faults.search([("platform_id", "=", self.platform.id)])
        return all(fault.used >= max(fault.times, 1) for fault in faults) if faults else self.went_wrong

    def uses(self, kind, service):
        """Whether a bill of this kind has to do with this service."""
        own = {
            "registration": ("invEBillRegistration", "writeOffEBill"),
            "outpatient": ("invoiceEBillOutpatient", "writeOffEBill"),
            "stay": ("invEBillHospitalized", "writeOffEBill"),
            "discharge": ("invEBillHospitalized", "cancelPayMentVoucherBalance"),
            "receipt": ("invoicePayMentVoucher", "writeOffPayMentVoucher"),
        }
        return service in own[kind] or service not in (*ISSUES, *FLUSHES)

    def correct(self, row, sources):
        """The bills say what the platform complained about; it is put right and sent again."""
        self.go(2)
        bills = self.mine(sources)
        failed = bills.filtered(lambda bill: bill.state == "failed")
        turned = bills.filtered(lambda bill: row.step == "turn" and not bill.is_voucher)
        told = turned or failed
        self.assertEqual(len(told), len(row.kinds))
        for bill in told:
            self.assertIn("编码未对照", bill.issue_error)
        self.env["hospital.sandbox.fault"].search([("platform_id", "=", self.platform.id)]).active = False
        failed.with_user(self.cashier).action_send_again()
        for bill in turned:
            self.turn(bill)

    def come_back(self, _row, _sources):
        self.go()
        self.assertEqual(self.platform.breaker_state, "open")
        self.is_down = False
        self.env.cr.execute("UPDATE hospital_platform SET breaker_retry_at = now() - interval '1 day'")
        self.env.invalidate_all()

    # === THE TABLE ===

    def play_all(self, spoil, repair=None):
        sources = {}
        for before in BEFORE:
            sources = self.brought_to(before, sources)
            for row in TABLE:
                if row.before == before:
                    with self.undone():
                        self.play_row(row, sources, spoil, repair)

    def brought_to(self, before, sources):
        """The same payments for all rows of a place, one step further at a time."""
        if before == "issued":
            sources = {kind: self.pay_for(kind) for kind in ALL}
            self.go(2)
        elif before == "on_paper":
            self.each_bill(sources, self.turn)
            self.go()
        elif before == "stopped":
            self.each_bill(sources, lambda bill: self.take(bill, "cancel"))
            self.go()
        for source in sources.values():
            bill = self.bills(source)
            self.assertEqual(bill.state, "issued" if bill.is_voucher else before, bill.issue_error)
        return sources

    def each_bill(self, sources, work):
        for kind in BILLS:
            work(self.bills(sources[kind]))

    def play_row(self, row, sources, spoil, repair):
        spoil(row)
        if row.before == "paid":
            sources = {kind: self.pay_for(kind) for kind in row.kinds}
        else:
            sources = {kind: sources[kind] for kind in row.kinds}
            for source in sources.values():
                self.take(self.bills(source), row.step)
        if repair:
            repair(row, sources)
        self.rest(sources)
        self.assertTrue(self.has_gone_wrong())
        for kind, source in sources.items():
            with self.subTest(kind=kind, step=row.step, at=row.services):
                self.check(row, source)

    def rest(self, sources):
        for _round in range(4):
            self.go()
            if not self.mine(sources).filtered(lambda bill: bill.state in MOVING or bill.next_paper_id):
                return

    def mine(self, sources):
        """All bills of these payments, red ones and the receipts they use included."""
        bills = self.env["hospital.invoice"]
        for source in sources.values():
            blues = self.bills(source)
            bills |= blues | blues.red_ids | blues.voucher_ids
        return bills

    def check(self, row, source):
        bills, reds = self.bills(source), self.bills(source)[:1].chain_ids | self.bills(source).red_ids
        reds = reds.filtered(lambda one: one.colour == "red")
        self.assertEqual(tuple(bills.mapped("state")), row.bills, (bills | reds).mapped("issue_error"))
        self.assertEqual(reds.mapped("state"), ["issued"] * row.reds)
        self.assertEqual(len(bills.filtered("is_current")), 0 if row.bills[-1] == "flushed" else 1)
        self.assertFalse(any((bills | reds).mapped("issue_error")))
        numbers = bills.mapped("number")
        self.assertEqual(len(self.there().filtered(lambda one: one.key in numbers)), len(bills))
        self.assertEqual(len(self.there("red").filtered(lambda one: one.data["busNo"] in numbers)), row.reds)
        self.assert_agrees()
        here = {f"{form.batch}-{form.number}": form.state for form in self.forms if form.state != "blank"}
        there = {form.key: "void" if form.data["state"] == "void" else "used" for form in self.there("form")}
        self.assertEqual(here, there)

    @contextmanager
    def undone(self):
        """What happens in this block is undone at its end, so that the next row begins with the same bills."""
        inpatient = self.inpatient
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)
            self.inpatient, self.is_down, self.repeated, self.went_wrong = inpatient, False, (), 0

    # === BUSINESS ===

    def pay_for(self, kind):
        """A payment of this kind; gives what its bill is about."""
        if kind == "registration":
            return self.settle((self.registration_fee, 2))
        if kind == "outpatient":
            return self.settle((self.blood, 2))
        if kind == "discharge":
            return self.discharged(500)
        self.next_stay()
        if kind == "receipt":
            return self.deposit(300)
        charge = self.charge(self.bed_day, 2, encounter=self.inpatient)
        return self.pay(None, self.by_cash(), encounter=self.inpatient, expected=charge.amount)

    def take(self, bill, step):
        """One step of the life of this bill."""
        if step in ("take_back", "red_form"):
            if step == "take_back":
                bill.with_user(self.cashier).action_paper_taken_back()
            else:
                bill.with_user(self.manager).action_flush_against_paper(self.next_form())
        elif step == "turn":
            self.turn(bill)
        elif bill.is_voucher:
            self.deposit_back(bill.entry_id.account_id, bill.amount if step == "cancel" else 100)
        elif step == "cancel":
            self.cancel(bill.settlement_id)
        else:
            charge = bill.detail_ids[:1].charge_id
            bill.settlement_id.with_user(self.cashier)._refund_lines({charge.id: 1}, "退费")

    def turn(self, bill):
        bill.with_user(self.cashier)._turn_paper(self.next_form())

    def next_form(self):
        return self.forms.filtered(lambda form: form.state == "blank")[:1]
