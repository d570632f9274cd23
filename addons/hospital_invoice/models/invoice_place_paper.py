from datetime import UTC

from odoo import fields, models
from odoo.exceptions import UserError


class HospitalInvoicePlace(models.Model):
    """The paper forms of a place: which one comes next, and voiding those that were skipped."""

    _inherit = "hospital.invoice.place"

    def action_papers(self):
        """The paper forms of this place."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_invoice.action_hospital_invoice_paper")
        return {**action, "domain": [("place_id", "=", self.id)], "context": {"search_default_blank": 1}}

    # === BUSINESS ===

    def _blank_papers(self, batch=None, limit=None):
        domain = [("place_id", "=", self.id), ("state", "=", "blank")]
        if batch:
            domain.append(("batch", "=", batch))
        _papers_sudo = self.env["hospital.invoice.paper"].sudo()  # the stock of one's own place
        return _papers_sudo.search(domain, order="batch, number", limit=limit)

    def _next_blank(self):
        """The blank form to begin with: of the box that is open, else of the first one."""
        _papers_sudo = self.env["hospital.invoice.paper"].sudo()  # the stock of one's own place
        last = _papers_sudo.search(
            [("place_id", "=", self.id), ("state", "!=", "blank"), ("at", "!=", False)],
            order="at desc, id desc",
            limit=1,
        )
        return (self._blank_papers(last.batch, limit=1) if last else last) or self._blank_papers(limit=1)

    def _paper_now(self, batch):
        """The number that the platform will give next to this place."""
        self.ensure_one()
        reply = self._paper_call("getPaperBillNo", batch=batch)
        return reply.get("pBillBatchCode") or batch, reply.get("pBillNo") or ""

    def _void_blanks(self, papers, reason):
        """Void blank forms, here and at the platform; one call for each run of numbers without a gap."""
        _papers_sudo = papers.sudo()  # forms are written by what is done with them
        _papers_sudo.lock_for_update(allow_referencing=True)
        _papers_sudo.invalidate_recordset()
        if used := _papers_sudo.filtered(lambda paper: paper.state != "blank"):
            raise UserError(self.env._("The form %s is not blank any more. Look again.", used[0].display_name))
        now = fields.Datetime.now()
        for run in _papers_sudo._runs():
            place = run.place_id
            local = now.replace(tzinfo=UTC).astimezone(place.company_id._hospital_timezone())
            place._paper_call(
                "invalidBlankBillNo",
                key=f"{run[0].batch}:{run[0].number}:{run[-1].number}",
                batch=run[0].batch,
                first=run[0].number,
                last=run[-1].number,
                reason=reason,
                user=self.env.user,
                moment=f"{local:%Y%m%d%H%M%S}000",
            )
            run.write({"state": "void", "reason": reason, "user_id": self.env.uid, "at": now})

    def _paper_call(self, code, **extra):
        _bills = self.env["hospital.invoice"].with_company(self.company_id)
        return _bills._exchange_interface(code)._call(self, **extra)
