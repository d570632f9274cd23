from odoo import models


class HospitalInterface(models.Model):
    """What the answers to our questions mean."""

    _inherit = "hospital.interface"

    def _health_payload(self):
        """The bill platform wants a word to echo."""
        if self.platform_id._issues_bills():
            return self._build(None)
        return super()._health_payload()

    def _found_getebillbybusno(self, reply):
        return True if reply.get("billNo") or reply.get("voucherNo") else None

    def _found_getbatchinvoiceebill(self, reply):
        return True if reply.get("eBillList") else None

    def _found_getebillstatesbybillinfo(self, reply):
        return {"1": True, "0": False}.get(str(reply.get("isScarlet", "")))

    def _found_paper_state(self, reply):
        """Whether the bill is on the form that is being put in place."""
        if str(reply.get("isPrtPaper", "")) not in ("0", "1"):
            return None
        _invoices_sudo = self.env["hospital.invoice"].sudo()  # the engine asks on behalf of anybody
        bill = _invoices_sudo.search(
            [("batch_code", "=", reply.get("billBatchCode")), ("bill_number", "=", reply.get("billNo"))], limit=1
        )
        paper = bill.next_paper_id
        return bool(paper) and (reply.get("pBillBatchCode"), reply.get("pBillNo")) == (paper.batch, paper.number)

    def _found_voucher_state(self, reply):
        """Whether a red receipt of that moment is there. That none is there proves something only where the site's
        platform lists receipts as well, which the parameter `vouchers_listed` says."""
        rows = reply.get("billList")
        if not isinstance(rows, list):
            return None
        if rows:
            return True
        return False if self.platform_id._parameter("vouchers_listed") == "1" else None
