from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalInvoiceTurn(models.TransientModel):
    """Puts a bill on a paper form. The number on the sheet in the printer must be the one the platform gives next."""

    _name = "hospital.invoice.turn"
    _description = "Put a bill on a paper form"

    invoice_id = fields.Many2one("hospital.invoice", "Bill", required=True, readonly=True)
    mode = fields.Selection(
        [("first", "Put on paper"), ("again", "Put on a new form"), ("red", "Red form")], required=True, readonly=True
    )
    patient_id = fields.Many2one(related="invoice_id.patient_id")
    currency_id = fields.Many2one(related="invoice_id.currency_id")
    amount = fields.Monetary(related="invoice_id.amount")
    bill_number = fields.Char(related="invoice_id.bill_number")
    place_id = fields.Many2one("hospital.invoice.place", "Place of issue", required=True, readonly=True)
    batch = fields.Char("Form code", required=True, readonly=True)
    expected_number = fields.Char("Next number at the platform", required=True, readonly=True)
    sheet_number = fields.Char("Number on the sheet", help="As it is printed on the sheet that lies in the printer.")
    problem = fields.Selection(
        [
            ("skipped", "Forms were skipped"),
            ("behind", "This form is not the next one"),
            ("unknown", "Not in stock"),
        ],
        compute="_compute_problem",
    )
    skipped_count = fields.Integer("Skipped forms", compute="_compute_problem")
    is_same = fields.Boolean("The numbers agree", compute="_compute_problem")
    reason = fields.Char("Why they were skipped")

    @api.depends("sheet_number", "expected_number")
    def _compute_problem(self):
        for wizard in self:
            sheet = (wizard.sheet_number or "").strip()
            wizard.is_same = bool(sheet) and sheet == wizard.expected_number
            wizard.problem, wizard.skipped_count = False, 0
            if not sheet or wizard.is_same:
                continue
            if not wizard._paper(sheet):
                wizard.problem = "unknown"
            elif sheet < wizard.expected_number:
                wizard.problem = "behind"
            else:
                wizard.problem = "skipped"
                wizard.skipped_count = len(wizard._skipped())

    def _paper(self, number):
        return self.place_id._blank_papers(self.batch).filtered(lambda paper: paper.number == number)

    def _skipped(self):
        sheet = (self.sheet_number or "").strip()
        return self.place_id._blank_papers(self.batch).filtered(
            lambda paper: self.expected_number <= paper.number < sheet
        )

    # === ACTIONS ===

    def action_void_skipped(self):
        """Void the blanks between the platform's number and the sheet, and look again."""
        self.ensure_one()
        if self.problem != "skipped":
            raise UserError(self.env._("No forms were skipped."))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why these forms are voided."))
        self.place_id._void_blanks(self._skipped(), self.reason.strip())
        self.expected_number = self.place_id._paper_now(self.batch)[1]
        return self._reopen()

    def action_confirm(self):
        self.ensure_one()
        if not self.is_same:
            raise UserError(
                self.env._(
                    "The number on the sheet must be %s. Put the right sheet into the printer.", self.expected_number
                )
            )
        paper = self._paper(self.expected_number)
        if not paper:
            raise UserError(
                self.env._(
                    "The form %(number)s is not in the stock of %(place)s. Receive it first.",
                    number=self.expected_number,
                    place=self.place_id.display_name,
                )
            )
        if self.mode == "red":
            self.invoice_id.action_flush_against_paper(paper)
        else:
            self.invoice_id._turn_paper(paper)
        return {"type": "ir.actions.act_window_close"}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._title(),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    def _title(self):
        return dict(self._fields["mode"]._description_selection(self.env))[self.mode]
