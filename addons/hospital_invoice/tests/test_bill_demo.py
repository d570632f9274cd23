from odoo.tests import tagged

from .invoice_common import InvoiceCase

BATCH = "51060197"


@tagged("post_install", "-at_install")
class TestBillDemo(InvoiceCase):
    """The sandbox that comes after the demo's bills is told what it would have kept itself."""

    def setUp(self):
        super().setUp()
        self.forms = self.env["hospital.invoice.paper"].create(
            [{"batch": BATCH, "number": f"{number:010d}", "place_id": self.window.id} for number in range(11, 14)]
        )
        self.registered = self.register()
        self.partly = self.settle((self.blood, 2), (self.drug, 1))
        self.cancelled = self.settle((self.drug, 2))
        self.turned = self.settle((self.blood, 1))
        self.stay = self.discharged(200)
        self.go()
        self.back(self.partly, (self.blood, 1))
        self.cancel(self.cancelled)
        self.bill(self.turned).with_user(self.cashier)._turn_paper(self.forms[0])
        self.go(2)
        self.ours = self.env["hospital.invoice"].search([("id", ">", self.last_before)], order="id")
        demo = self.env["hospital.demo"]
        named = [("module", "=", "hospital_invoice"), ("model", "in", ("hospital.invoice", "hospital.invoice.place"))]
        self.env["ir.model.data"].search(named).unlink()  # of a demo that is there
        demo._name_records("bill", self.ours, module="hospital_invoice")
        demo._name_records("invoice_place", self.window, module="hospital_invoice")

    def kept(self):
        return {
            (kind, record.key): (record.number, self.comparable(record.data))
            for kind in ("bill", "red", "form")
            for record in self.there(kind)
            if record.key.startswith(BATCH) or record.number in self.triples
        }

    def comparable(self, data):
        """Without the moment of the platform inside the red bill that its bill points to."""
        red = data.get("red")
        return {**data, "red": red and {name: red[name] for name in ("batch", "no", "random", "busDateTime", "total")}}

    @property
    def triples(self):
        return {f"{bill.batch_code}-{bill.bill_number}" for bill in self.ours}

    def test_the_far_side_is_told_what_it_would_have_kept(self):
        before = self.kept()
        self.assertEqual(len([key for key in before if key[0] == "red"]), 2)
        self.there("bill").unlink()
        self.there("red").unlink()
        self.there("form").unlink()
        demo = self.env["hospital.demo"]
        demo._demo_billed_there()
        after = self.kept()
        stock_begins = ("form", f"{BATCH}-0000000010")
        self.assertEqual(after.pop(stock_begins)[1]["placeCode"], self.window.code)
        self.assertEqual(after, before)
        self.assert_agrees()
        self.assertEqual(self.window._paper_now(BATCH), (BATCH, "0000000012"))

    def test_telling_it_again_changes_nothing(self):
        before = self.kept()
        counts = [(record.key, record.count) for kind in ("bill", "red") for record in self.there(kind)]
        self.env["hospital.demo"]._demo_billed_there()
        after = self.kept()
        self.assertEqual({key: after[key] for key in before}, before)
        again = [(record.key, record.count) for kind in ("bill", "red") for record in self.there(kind)]
        self.assertEqual([row for row in again if row in counts], counts)

    def test_an_answer_that_was_lost_is_there(self):
        self.platform.mode = "disabled"
        bill = self.bill(self.settle((self.blood, 1)))
        self.platform.mode = "sandbox"
        self.assertEqual(bill.state, "waiting")
        demo = self.env["hospital.demo"]
        demo._name_records("bill", self.ours | bill, module="hospital_invoice")
        demo._demo_lost_answer(bill)
        self.assertEqual((bill.state, bill._last_message().state), ("unknown", "unknown"))
        self.deliver(self.platform)
        self.follow_up()
        self.assertEqual(bill.state, "unknown", "nobody asks by himself")
        demo._demo_billed_there()
        bill.with_user(self.cashier).action_ask()
        self.go()
        there = self.there_of(bill)
        self.assertEqual((bill.state, bill.bill_number), ("issued", there.data["no"]))
        self.assertEqual(there.count, 1)

    def test_a_booking_is_taken_back_after_it_was_asked_for(self):
        bill = self.bill(self.registered)
        record = self.there_of(bill)
        record.data = {**record.data, "booked": 1}
        self.cancel(self.registered)
        self.go()
        self.assertEqual((bill.state, bill.stop_reason), ("stopped", "booked"))
        bill.with_user(self.manager).action_flush_anyway()
        self.go()
        self.assertEqual(bill.state, "flushed")
