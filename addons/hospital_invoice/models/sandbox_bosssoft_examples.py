from types import SimpleNamespace

from odoo import Command, api, fields, models

from .invoice_flush import SERVICES
from .invoice_turn import TURNS
from .sandbox_bosssoft import ISSUES

FORMS = "TRY"
RECEIPT, SETTLEMENT = "invoicePayMentVoucher", "invEBillHospitalized"


class HospitalSandboxBosssoft(models.AbstractModel):
    """To try the rows with: bills as every interface finds them in real life, made after those that are there."""

    _inherit = "hospital.sandbox.bosssoft"

    @api.model
    def _example(self, interface):
        if interface.model == "hospital.invoice.place":
            return self.env[interface.model].search([("place", "=", "window")], limit=1)
        if interface.model == "hospital.invoice.batch":
            return self._example_batch(interface)
        return self._example_bill(interface) if interface.model == "hospital.invoice" else None

    @api.model
    def _example_extra(self, interface):
        """What the call itself says, beside the record."""
        today = self.env.company._hospital_today()
        form = interface._numbers(1)[0][-9:]
        moments = {"start": f"{today:%Y%m%d}000000000", "end": f"{today:%Y%m%d}235959999"}
        return {
            "checkTotalData": {"day": today, "bus_type": "02", **self._example_place()},
            "checkWriteOffData": {"day": today, "bus_type": "02", **self._example_place()},
            "getBillByBusDate": {**moments, "page": 1, "size": 200, **self._example_place()},
            "getBillStockOutList": {"start": today, "end": today},
            "getPaperBillNo": {"batch": FORMS},
            "invalidBlankBillNo": {
                "batch": FORMS, "first": form, "last": form, "reason": "试验", "user": self.env.user,
                "moment": f"{today:%Y%m%d}120000000",
            },
        }.get(interface.code, {})  # fmt: skip

    @api.model
    def _example_place(self):
        return {"place": self.env["hospital.invoice.place"].search([("place", "=", "window")], limit=1)}

    # === BILLS ===

    @api.model
    def _example_batch(self, interface):
        kind = self._example_kind("batch_interface", interface.code)
        bill = self._example_new(kind)
        if not bill:
            return bill.batch_id
        batch = bill.batch_id.create(
            {"number": f"TRY{bill.number}", "kind_id": kind.id, "campus_id": bill.campus_id.id}
        )
        bill._step("issuing", batch_id=batch.id)
        return batch

    @api.model
    def _example_bill(self, interface):
        code = interface.code
        services = {service: way for way, service in SERVICES.items()}
        service = {
            "writeOffPayMentVoucher": RECEIPT,
            "voucher_state": RECEIPT,
            "cancelPayMentVoucherBalance": SETTLEMENT,
        }
        kind = self._example_kind("issue_interface", code if code in ISSUES else service.get(code))
        bill = self._example_new(kind)
        if not bill:
            return bill
        if code in ISSUES:
            bill._step("issuing")
            return bill
        if code == "cancelPayMentVoucherBalance":
            receipt = self._example_new(self._example_kind("issue_interface", RECEIPT))
            bill.voucher_ids = self._example_issued(receipt)
        self._example_issued(bill)
        if code in TURNS or code == "paper_state":
            self._example_turning(bill, again=code != "turnPaper")
        if code not in services:
            return bill
        way = services[code]
        if way in ("take_back", "paper"):
            self._example_turning(bill, again=True)
        return self._example_red(bill, way)

    @api.model
    def _example_kind(self, column, code):
        kinds = self.env["hospital.invoice.kind"].search([("prefix", "!=", False)])
        return kinds.filtered(lambda kind: kind[column] == code)[:1] or kinds._get("outpatient")

    @api.model
    def _example_new(self, kind):
        """A bill like the newest one of its kind, under a number of its own; it waits."""
        like = self.env["hospital.invoice"].search(
            [("kind_id", "=", kind.id), ("colour", "=", "blue"), ("place_id", "!=", False)], limit=1
        )
        if not like:
            return like
        lines = {
            name: [Command.create({**line.copy_data()[0], "invoice_id": False}) for line in like[name]]
            for name in ("item_ids", "detail_ids", "pay_ids")
        }
        number = like._prepare_number(kind, like.company_id, fields.Datetime.now())
        vals = {**like.copy_data()[0], **number, **lines, "state": "waiting", "is_current": True}
        nothing = SimpleNamespace(_name=like.res_model, id=-int(self._example_serial(like)))
        return like._make(nothing, vals)

    @api.model
    def _example_serial(self, bill):
        return bill._interface("turnPaper").sudo()._numbers(1)[0][-9:]

    @api.model
    def _example_issued(self, bill):
        interface = bill._interface(bill.kind_id.issue_interface).sudo()
        visit = SimpleNamespace(platform=interface.platform_id, interface=interface, asked=None)
        bill._step("issuing")
        bill._step("issued", **bill._triple_in(self._issue(interface._build(bill), visit)))
        return bill

    @api.model
    def _example_turning(self, bill, again):
        """On a form, and another one is to be put in its place; or the first one is."""
        if again:
            bill._step("on_paper", paper_id=self._example_form(bill).id)
            payload = {
                "billBatchCode": bill.batch_code, "billNo": bill.bill_number, "pBillBatchCode": bill.paper_id.batch,
                "pBillNo": bill.paper_id.number, "placeCode": bill.place_id.code,
            }  # fmt: skip
            self._turn(payload, SimpleNamespace(platform=bill._interface("turnPaper").sudo().platform_id))
        bill.write({"next_paper_id": self._example_form(bill).id, "turn_time": bill.bus_time})

    @api.model
    def _example_form(self, bill):
        form = self.env["hospital.invoice.paper"].create(
            {"batch": FORMS, "number": self._example_serial(bill), "place_id": bill.place_id.id}
        )
        form._use(bill, "试验")
        return form

    @api.model
    def _example_red(self, bill, way):
        event = {"at": fields.Datetime.now(), "user": bill.user_id, "place": bill.channel}
        amount = bill._left_to_flush()
        red = bill._create_quietly({**bill._prepare_red(event, "试验", amount, None), "flush_way": way})
        if way == "paper":
            red.paper_id = bill.next_paper_id
        bill.next_paper_id = False
        red._step("issuing")
        bill._step("flushing")
        return red
