from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

OPEN = ("sending", "asking")
QUESTION = "getBatchInvoiceEBill"
PATIENCE = timedelta(hours=1)
"""After that its bills are asked about one by one."""


class HospitalInvoiceBatch(models.Model):
    """Bills that have waited together go together: one message for many, and the platform tells later what became of each.

    While a batch is open its bills have no messages of their own. When it has told nothing about a bill, or nothing at all,
    the bill is asked about by its business number, like every other one without a certain answer.
    """

    _name = "hospital.invoice.batch"
    _description = "Batch of electronic bills"
    _inherit = ["hospital.exchange.mixin"]
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char("Batch number", required=True, readonly=True, copy=False)
    kind_id = fields.Many2one("hospital.invoice.kind", required=True, readonly=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    state = fields.Selection(
        [
            ("sending", "Being sent"),
            ("asking", "Being issued there"),
            ("done", "Done"),
            ("apart", "Taken apart"),
            ("unsent", "Never sent"),
        ],
        required=True,
        readonly=True,
        default="sending",
        help="Taken apart: the platform did not take it as a whole, so its bills were asked about and sent one by one.",
    )
    invoice_ids = fields.One2many("hospital.invoice", "batch_id", "Bills")
    size = fields.Integer("Number of bills", readonly=True)

    _number_unique = models.UniqueIndex("(number)", "This batch number is already used.")
    _open_index = models.Index("(id) WHERE state IN ('sending', 'asking')")

    # === MAKING ONE ===

    def _exchange_name(self):
        return self.number

    @api.model
    def _send_together(self, bodies):
        """`bodies`: what each of these bills says, {bill: payload}; they are locked and nothing stands in their way."""
        invoices = self.env["hospital.invoice"].union(*bodies)
        first = invoices[0]
        batch = self.create(
            {
                "number": self.env["ir.sequence"].next_by_code("hospital.invoice.batch"),
                "kind_id": first.kind_id.id,
                "campus_id": first.campus_id.id,
                "size": len(invoices),
            }
        )
        invoices._step("issuing", issue_error=False, is_asking=False, batch_id=batch.id)
        batch._send(first.kind_id.batch_interface, bodies=list(bodies.values()))

    def _build_batch(self, interface, bodies=None, message=None):
        single = self._interface(self.kind_id.issue_interface)
        return {"batchNo": self.number, "eBillList": bodies or [single._build(bill) for bill in self.invoice_ids]}

    _build_batchinvoiceebillregistration = _build_batchinvoiceebilloutpatient = _build_batch
    _build_batchinvoiceebillhospitalized = _build_batchinvoiceebillcheckup = _build_batch

    def _interface(self, code):
        return self.with_company(self.company_id)._exchange_interface(code).sudo()  # bills are sent for everybody

    def _send(self, code, **extra):
        return self._interface(code)._queue(self, **extra)

    # === ON ITS WAY ===

    def _lock(self):
        self.flush_recordset()
        self.env.execute_query(
            SQL("SELECT id FROM hospital_invoice_batch WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", self.ids)
        )
        self.invalidate_recordset(flush=False)

    @api.model
    def _due(self):
        """Those whose message has come to an end without telling anything, or that have been asked about long enough."""
        return self.search([("state", "in", OPEN)], order="id").filtered(lambda batch: batch._is_stuck())

    def _is_stuck(self):
        message = self._last_message()
        ended = message.state in ("refused", "dead", "closed") or (
            message.state == "done" and (message.reply_state or "") not in ("waiting", "failed")
        )
        return ended or not message or self._is_late()

    def _is_late(self):
        return self.state == "asking" and self.create_date < fields.Datetime.now() - PATIENCE

    def _follow(self):
        """Do what is due with these batches. Doing it again changes nothing."""
        self._lock()
        for batch in self.filtered(lambda batch: batch.state in OPEN and batch._is_stuck()):
            message = batch._last_message()
            if batch._is_late() or message.state in ("refused", "dead", "closed"):
                batch._take_apart(message)
            else:
                batch._ask()

    def _ask(self, later=False):
        self.state = "asking"
        message = self._send(QUESTION)
        if later:
            seconds = message.interface_id.query_delay
            message._set(next_try_at=fields.Datetime.now() + timedelta(seconds=seconds))

    def _take_apart(self, message):
        """Its bills go on one by one: at once where nothing was ever sent, else after the platform was asked about each."""
        bills = self._open_bills()
        nothing_sent = self.state == "sending" and message.state == "refused" and message.error_kind == "config"
        self.state = "unsent" if nothing_sent else "apart"
        if nothing_sent:
            bills._step("waiting", issue_error=message.error_sentence)
        else:
            for bill in bills:
                bill._ask_about(False)
        if message.is_attention:
            message._set(is_attention=False)  # one task for one person: that of the bills

    def _open_bills(self):
        self.invoice_ids._lock()
        return self.invoice_ids.filtered(lambda bill: bill.state == "issuing" and not bill.is_asking)

    # === ANSWERS ===

    def _handle_taken(self, message, reply):
        self._lock()
        if self.state == "sending":
            self._ask()

    _handle_batchinvoiceebillregistration = _handle_batchinvoiceebilloutpatient = _handle_taken
    _handle_batchinvoiceebillhospitalized = _handle_batchinvoiceebillcheckup = _handle_taken

    def _handle_getbatchinvoiceebill(self, message, reply):
        """What became of each; those it is still working on are asked about a little later."""
        self._lock()
        if self.state != "asking":
            return
        told = {row.get("busNo"): row for row in reply.get("eBillList") or []}
        still = [bill for bill in self._open_bills() if not bill._told_in_batch(told.get(bill.number))]
        if still and not self._is_late():
            self._ask(later=True)
        elif still:
            self._take_apart(message)
        else:
            self.state = "done"
