from odoo import fields, models


class HospitalRefundLine(models.Model):
    """Money of a deposit that has gone back: its receipts are flushed by that much."""

    _inherit = "hospital.refund.line"

    is_billed = fields.Boolean("Receipts looked after", readonly=True, copy=False)

    _unbilled_index = models.Index("(id) WHERE is_billed IS NOT TRUE AND state = 'done' AND account_id IS NOT NULL")

    def _done(self, at=None, **facts):
        fresh = self.filtered(lambda line: line.state not in ("done", "cancelled"))
        result = super()._done(at=at, **facts)
        for line in fresh.sudo().filtered(lambda line: line._is_deposit()):  # on behalf of whoever pays back
            self.env["hospital.invoice"]._try(line._bill_now)
        return result

    def _is_deposit(self):
        """Money that left a deposit; what comes back to it from a settlement does not."""
        return self.account_id.kind == "inpatient" and self.way != "account"

    def _bill_now(self):
        for line in self.sudo():  # nobody writes refunds, what was done with them does
            if line.is_billed:
                continue
            topup = line.account_id.entry_ids.filtered(
                lambda entry: entry.kind == "topup" and line.order_id and entry.order_id == line.order_id
            )
            self.env["hospital.invoice"]._deposit_back(line, line.account_id, line.amount, entry=topup[:1])
            line.is_billed = True

    def _bill_event(self):
        return {"at": self.done_at, "user": self.paid_out_by_id or self.env.user, "place": self.refund_id.place}

    def _bill_patient(self):
        return self.refund_id.patient_id

    def _unbilled(self):
        found = self.search(
            [
                ("is_billed", "!=", True),
                ("state", "=", "done"),
                ("account_id.kind", "=", "inpatient"),
                ("way", "!=", "account"),
            ],
            order="id",
        )
        return list(found)
