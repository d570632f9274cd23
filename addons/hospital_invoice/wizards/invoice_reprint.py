from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.invoice_printing import LAYOUTS


class HospitalInvoiceReprint(models.TransientModel):
    """Prints bills once more; why is kept with every print."""

    _name = "hospital.invoice.reprint"
    _description = "Print bills again"

    invoice_ids = fields.Many2many("hospital.invoice", string="Bills", required=True)
    invoice_id = fields.Many2one("hospital.invoice", compute="_compute_invoice_id")
    patient_id = fields.Many2one(related="invoice_id.patient_id")
    number = fields.Char(related="invoice_id.number")
    bill_number = fields.Char(related="invoice_id.bill_number")
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount = fields.Monetary(compute="_compute_invoice_id")
    print_count = fields.Integer(related="invoice_id.print_count")
    printed_at = fields.Datetime(related="invoice_id.printed_at")
    bill_count = fields.Integer("Number of bills", compute="_compute_invoice_id")
    reason_kind = fields.Selection(
        [
            ("lost", "The print was lost"),
            ("damaged", "The print was damaged"),
            ("printer", "The printer failed"),
            ("copy", "A copy is needed"),
            ("other", "Another reason"),
        ],
        "Reason",
        required=True,
        default="lost",
    )
    note = fields.Char("Remark")
    layout = fields.Selection(
        LAYOUTS, required=True, default=lambda self: f"bill_{self.env.company.hospital_receipt_paper or 'a5'}"
    )

    @api.depends("invoice_ids")
    def _compute_invoice_id(self):
        for wizard in self:
            wizard.bill_count = len(wizard.invoice_ids)
            wizard.invoice_id = wizard.invoice_ids[:1]._origin
            wizard.amount = sum(wizard.invoice_ids.mapped("amount"))

    def action_print(self):
        self.ensure_one()
        if self.reason_kind == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Say in the remark why the bill is printed again."))
        label = dict(self._fields["reason_kind"]._description_selection(self.env))[self.reason_kind]
        parts = ([] if self.reason_kind == "other" else [label]) + [(self.note or "").strip()]
        return self.invoice_ids._print_action(self.layout, reason=": ".join(part for part in parts if part))
