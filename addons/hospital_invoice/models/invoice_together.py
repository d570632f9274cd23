from odoo import api, fields, models

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

from .invoice_batch import OPEN

MADE, REFUSED, NOT_YET = "1", "2", "0"


class HospitalInvoice(models.Model):
    """How a bill goes in a batch."""

    _inherit = "hospital.invoice"

    batch_id = fields.Many2one(
        "hospital.invoice.batch", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    def _is_in_batch(self):
        """Whether it is on its way together with others."""
        return self.state == "issuing" and not self.is_asking and self.batch_id.state in OPEN

    def _was_left_over(self, message):
        """Whether the platform was asked about it because its batch came to nothing, and surely does not have it."""
        absent = message.error_code in message.interface_id._absent_codes()
        return absent and self.batch_id.state == "apart" and not self.issue_error

    @api.model
    def _waiting_together(self):
        """Recordsets of waiting bills that may go in one message each, in the order of their payments."""
        together = []
        waiting = [("state", "=", "waiting"), ("colour", "=", "blue"), ("is_current", "=", True)]
        groups = self._read_group(
            [*waiting, ("kind_id.batch_interface", "!=", False)],
            ["kind_id", "campus_id"],
            ["id:recordset"],
            order="id:min",
        )
        for kind, _campus, bills in groups:
            _interface_sudo = bills[0]._interface(kind.issue_interface).sudo()  # settings, on behalf of a job
            fewest, most = _interface_sudo.platform_id._batch_sizes()
            if fewest and len(bills) >= fewest and not kind._batches_failed() and not bills[0]._why_no_platform():
                bills = bills.sorted("id")
                together += [bills[start : start + most] for start in range(0, len(bills), most)]
        return together

    def _go_together(self):
        """Put these into a batch; what is not ready says why, what cannot be built goes alone and is told what is wrong."""
        self._lock()
        _interface_sudo = self[0]._interface(self.kind_id.issue_interface).sudo()  # bills are sent for everybody
        bodies = {}
        for bill in self.filtered(lambda bill: bill.state == "waiting"):
            if bill._is_ready():
                try:
                    bodies[bill] = _interface_sudo._build(bill)
                except ExchangeError:
                    bill._issue()
        if bodies:
            self.env["hospital.invoice.batch"]._send_together(bodies)

    def _told_in_batch(self, row):
        """What the platform says about this one of a batch; False while it says nothing yet."""
        status = str(row.get("status", NOT_YET)) if row else NOT_YET
        if status == REFUSED:
            self._ask_about(row.get("errMsg") or self.env._("The platform did not issue it and does not say why."))
            return True
        triple = self._triple_in(row) if status == MADE else {}
        if triple:
            self._step("issued", **triple, is_asking=False, issue_error=False)
            self._wake_waiting()
        return bool(triple)
