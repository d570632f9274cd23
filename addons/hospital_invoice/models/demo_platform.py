from datetime import timedelta
from types import SimpleNamespace

from odoo import api, fields, models

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

from .sandbox_bosssoft import BILL, FORM, ISSUES, RED, REGION

FAR = "hospital.sandbox.bosssoft"
FIRST = 6_100_000_000
"""The platform numbers the bills of the demo from here; the sandbox begins far below."""
ASKED_IN_VAIN = 1
"""Then the employer has taken the booking back."""


class HospitalDemo(models.AbstractModel):
    """The platform's part in the bills of the demo hospital.

    It is made up here and told to the far side of the sandbox, which may come before the bills or after them.
    """

    _inherit = "hospital.demo"

    def _steps(self):
        """Run again by every addon that comes with demo data."""
        return [*super()._steps(), "_demo_billed_there"]

    # === WHAT THE PLATFORM ANSWERED ===

    def _demo_triple(self, invoice):
        """Columns of a bill as the platform numbers it, a few seconds after the payment."""
        batch = f"{REGION}{ISSUES.get(invoice.kind_id.issue_interface, '09')}{invoice.bus_time[2:4]}"
        number = str(FIRST + invoice.id)
        issued_at = invoice._moment(invoice.bus_time) + timedelta(seconds=8)
        zone = invoice.company_id._hospital_timezone()
        created = f"{zone.fromutc(issued_at):%Y%m%d%H%M%S}000"
        return {
            "batch_code": batch,
            "bill_number": number,
            "check_code": self.env[FAR]._triple(batch, number, created)["random"],
            "created_text": created,
            "created_at": issued_at,
            "state_at": issued_at,
        }

    def _demo_lost_answer(self, invoice):
        """Sent, and no answer came; nobody asks by himself, so that the clerk may."""
        invoice.state = "issuing"
        interface = invoice._interface(invoice.kind_id.issue_interface).sudo()
        message = interface._queue(invoice)
        error = ExchangeError("unknown", detail="read timed out (30 s)")
        age = fields.Datetime.now() - invoice._moment(invoice.bus_time)
        message = message.with_context(lang=self._demo_lang())
        self._demo_settle_message(message, age, self._draw("invoice without an answer"), error, {})
        if invoice.state != "unknown":
            invoice._step("unknown")

    # === WHAT IT REMEMBERS ===

    @api.model
    def _demo_billed_there(self):
        """The far side of the sandbox has every bill of the demo: also the one whose answer was lost."""
        if "hospital.sandbox.record" not in self.env:
            return
        platform = self.env.ref("hospital_invoice.platform_bosssoft")
        far = self.env[FAR]
        bills = self._family("bill", module="hospital_invoice").sorted("id")
        for bill in bills.filtered(lambda bill: bill.colour == "blue"):
            if bill.bill_number or bill.state == "unknown":
                self._demo_bill_there(far, platform, bill)
        for red in bills.filtered(lambda bill: bill.colour == "red" and bill.bill_number):
            self._demo_red_there(far, platform, red)
        self._demo_forms_there(far, platform)

    def _demo_bill_there(self, far, platform, bill):
        total = round(bill.amount * 100)
        data = {
            **self._demo_data_there(bill, total),
            "items": [[item.name, round(item.amount * 100)] for item in bill.item_ids],
            "details": [[line.name, line.quantity, round(line.amount * 100)] for line in bill.detail_ids],
            "uses": bill.voucher_ids.mapped("number"),
            "flushed": round(bill.flushed_amount * 100),
            "booked": ASKED_IN_VAIN if bill.stop_reason == "booked" else False,
            "paper": [bill.paper_id.batch, bill.paper_id.number] if bill.paper_id else None,
            "red": None,
        }
        if far._keep(platform, BILL, bill.number, data, f"{data['batch']}-{data['no']}") and bill.bill_number:
            self._demo_picture(far, platform, bill, data)

    def _demo_red_there(self, far, platform, red):
        blue = red.original_id
        data = {
            **self._demo_data_there(red, round(red.amount * 100)),
            "busNo": blue.number,
            "of": [blue.batch_code, blue.bill_number],
            "items": [],
            "details": [],
        }
        key = f"{red.batch_code}-{red.bill_number}"
        if far._keep(platform, RED, key, data, key):
            far._change(far._held(platform, BILL, blue.number), red=data)
            self._demo_picture(far, platform, red, data)

    def _demo_data_there(self, bill, total):
        triple = self._demo_triple(bill)
        if bill.bill_number:
            triple = {name: bill[name] for name in triple}
        return {
            "batch": triple["batch_code"],
            "no": triple["bill_number"],
            "random": triple["check_code"],
            "created": triple["created_text"],
            "busNo": bill.number,
            "busDateTime": bill.bus_time,
            "busType": bill.kind_id.bus_type,
            "placeCode": bill.place_id.code,
            "payer": bill.payer_name,
            "total": total,
            "voucher": bill.kind_id.is_voucher,
        }

    def _demo_picture(self, far, platform, bill, data):
        pictures = far._pictures(SimpleNamespace(platform=platform), data)
        bill.write({"qr_image": pictures["billQRCode"], "picture_url": pictures["pictureUrl"]})

    def _demo_forms_there(self, far, platform):
        """Forms that are used, and for every window the last one before its stock begins."""
        places = self._family("invoice_place", module="hospital_invoice")
        for paper in self.env["hospital.invoice.paper"].search([("place_id", "in", places.ids)], order="id"):
            is_first = paper == paper.place_id.paper_ids.sorted("number")[:1]
            if is_first and int(paper.number) > 1:
                before = f"{int(paper.number) - 1:0{len(paper.number)}d}"
                self._demo_form_there(far, platform, paper, before, "")
            if paper.state == "used":
                self._demo_form_there(far, platform, paper, paper.number, paper.invoice_id.number)

    def _demo_form_there(self, far, platform, paper, number, bill_number):
        key = f"{paper.batch}-{number}"
        data = {"state": "used", "busNo": bill_number, "placeCode": paper.place_id.code}
        far._keep(platform, FORM, key, data, key)
