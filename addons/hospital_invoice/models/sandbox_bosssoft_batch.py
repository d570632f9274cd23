from dataclasses import replace

from odoo import api, models

from .platform import LARGEST_BATCH
from .sandbox_bosssoft import DUPLICATE, NOT_AS_AGREED, REFUSED

BATCH = "batch"
SINGLE = {
    "batchInvoiceEBillRegistration": "invEBillRegistration",
    "batchInvoiceEBillOutpatient": "invoiceEBillOutpatient",
    "batchInvoiceEBillHospitalized": "invEBillHospitalized",
}
"""How the platform issues each of a batch."""


class HospitalSandboxBosssoft(models.AbstractModel):
    """Batches: taken at once, issued later, told when asked. The first question finds it still working."""

    _inherit = "hospital.sandbox.bosssoft"

    @api.model
    def _take_batch(self, payload, visit):
        if not 1 <= len(payload["eBillList"]) <= LARGEST_BATCH:
            raise self._no(REFUSED, f"每批开票数量应为1至{LARGEST_BATCH}")
        data = {"service": visit.interface.path, "bills": payload["eBillList"], "told": None}
        if not self._keep(visit.platform, BATCH, payload["batchNo"], data):
            raise self._no(DUPLICATE, "批次号重复")
        return {}

    _answer_batchinvoiceebillregistration = _answer_batchinvoiceebilloutpatient = _take_batch
    _answer_batchinvoiceebillhospitalized = _take_batch

    @api.model
    def _answer_getbatchinvoiceebill(self, payload, visit):
        batch = self._held(visit.platform, BATCH, payload["batchNo"])
        if not batch:
            raise self._no(self._absent_code(visit), "批次号不存在")
        told = batch.data["told"]
        if told is None:
            service = SINGLE[batch.data["service"]]
            interface = visit.platform.interface_ids.filtered(lambda one: one.code == service)
            made = [self._issue_one(bill, replace(visit, interface=interface)) for bill in batch.data["bills"]]
            self._change(batch, told=made)
            told = [{"busNo": bill.get("busNo"), "status": 0} for bill in batch.data["bills"]]
        return {"count": len(told), "eBillList": told}

    @api.model
    def _issue_one(self, bill, visit):
        said, refusal = self._attempt(self._issue_checked, bill, visit)
        told = {"busNo": bill.get("busNo"), "status": 2 if refusal else 1}
        return told | ({"errMsg": refusal.words} if refusal else said)

    @api.model
    def _issue_checked(self, bill, visit):
        if faults := visit.interface._validate_payload("request", bill):
            raise self._turned_away("schema", NOT_AS_AGREED, " ".join(faults))
        return self._issue(bill, visit)
