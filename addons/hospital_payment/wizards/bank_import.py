import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.bill_lines import by_day, digest
from ..tools.statement import StatementError, lines_of


class HospitalBankImport(models.TransientModel):
    """A statement of a bank or of card machines, of one day or of many: each day becomes a bill."""

    _name = "hospital.bank.import"
    _description = "Import a bank statement"

    merchant_id = fields.Many2one(
        "hospital.pay.merchant",
        required=True,
        domain=lambda self: [("campus_id", "in", self.env.user.hospital_campus_ids.ids)],
    )
    template_id = fields.Many2one("hospital.bill.template", "Layout", required=True)
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    is_read = fields.Boolean(readonly=True)
    digest = fields.Char(readonly=True)
    day_ids = fields.One2many("hospital.bank.import.day", "import_id", "Days", readonly=True)
    new_count = fields.Integer("Days to import", compute="_compute_new_count")

    # === COMPUTE ===

    @api.depends("day_ids.status")
    def _compute_new_count(self):
        for one in self:
            one.new_count = len(one.day_ids.filtered(lambda day: day.status == "new"))

    @api.onchange("file", "merchant_id", "template_id")
    def _onchange_file(self):
        self.is_read = False

    # === ACTIONS ===

    def action_read(self):
        """Show per day what the statement holds, before anything is booked."""
        self.ensure_one()
        lines = self._lines()
        bills = self.env["hospital.bill"]
        days = []
        for day, of_day in self._by_day(lines).items():
            totals = bills._totals(of_day)
            totals.pop("fee_amount")
            totals.pop("line_count")
            days.append({"day": day, "status": self._status(day, of_day), **totals})
        self.write({
            "day_ids": [Command.clear(), *(Command.create(day) for day in days)],
            "is_read": True,
            "digest": digest(lines),
        })  # fmt: skip
        return self._again()

    def action_load(self):
        """Keep a bill for each new day and match it; days that are there already are left as they are."""
        self.ensure_one()
        lines = self._lines()
        if not self.is_read or digest(lines) != self.digest:
            raise UserError(self.env._("Read the file first and look at its sums."))
        content = base64.b64decode(self.file)
        done = self.env["hospital.recon"]
        for day, of_day in self._by_day(lines).items():
            status = self._status(day, of_day)
            if status == "differs":
                raise UserError(
                    self.env._(
                        "%s was imported before with other lines. Delete the bill of that day first if it is wrong.",
                        day,
                    )
                )
            if status != "new":
                continue
            recon = done._for(self.merchant_id, day)
            recon._check_may()
            recon._lock()
            bill = self.env["hospital.bill"]._load(self.merchant_id, day, of_day, "bank", self.file_name or "", content)
            recon._take_bill(bill, "bank")
            done |= recon
        if not done:
            raise UserError(self.env._("Every day of this statement was imported before. There is nothing to do."))
        return done._show()

    # === BUSINESS ===

    def _lines(self):
        self.env["hospital.recon"]._check_may()
        merchant = self.merchant_id
        merchant.check_access("read")
        if merchant.campus_id not in self.env.user.hospital_campus_ids and not self.env.su:
            raise UserError(self.env._("%s belongs to a campus you do not work at.", merchant.name))
        if not self.file:
            raise UserError(self.env._("Choose the file of the bank first."))
        zone = merchant.company_id._hospital_timezone()
        try:
            lines, numbers = lines_of(base64.b64decode(self.file), self.template_id._layout(), zone)
        except StatementError as error:
            raise UserError(self._sentence(error)) from None
        if merchant.merchant_number and numbers and numbers != {merchant.merchant_number}:
            raise UserError(
                self.env._(
                    "The statement is of the merchant %(found)s and not of %(wanted)s. Choose the file of %(name)s.",
                    found=", ".join(sorted(numbers)),
                    wanted=merchant.merchant_number,
                    name=merchant.name,
                )
            )
        return lines

    def _by_day(self, lines):
        company = self.merchant_id.company_id
        days = by_day(lines, company._hospital_timezone())
        if max(days) >= company._hospital_today():
            raise UserError(
                self.env._("The statement reaches to %s, a day that is not over yet. Import it tomorrow.", max(days))
            )
        return days

    def _status(self, day, lines):
        bill = self.env["hospital.bill"]._live(self.merchant_id, day)
        if not bill:
            return "new"
        return "same" if bill.content_digest == digest(lines) else "differs"

    def _sentence(self, error):
        values = error.values
        return {
            "file": lambda: self.env._("The file is neither CSV nor Excel. Save it as one of them and try again."),
            "old": lambda: self.env._("This is an old Excel file. Save it as .xlsx or CSV and try again."),
            "long": lambda: self.env._("The statement is too long. Split it by months."),
            "empty": lambda: self.env._("The file holds no line of a payment. Choose the right file and layout."),
            "columns": lambda: self.env._(
                "The columns %(columns)s are not in the file. Choose another layout or correct this one.", **values
            ),
            "value": lambda: self.env._(
                "Row %(row)s of the file: the column “%(column)s” holds “%(value)s”, which cannot be read.", **values
            ),
        }[error.reason]()

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a bank statement"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
        }


class HospitalBankImportDay(models.TransientModel):
    _name = "hospital.bank.import.day"
    _description = "Day of a bank statement"
    _order = "day"

    import_id = fields.Many2one("hospital.bank.import", required=True, ondelete="cascade")
    currency_id = fields.Many2one("res.currency", related="import_id.merchant_id.company_id.currency_id")
    day = fields.Date()
    status = fields.Selection(
        [
            ("new", "New"),
            ("same", "Already there"),
            ("differs", "Already there with other lines"),
        ]
    )
    pay_count = fields.Integer("Number of payments")
    pay_amount = fields.Monetary("Paid")
    refund_count = fields.Integer("Number of refunds")
    refund_amount = fields.Monetary("Refunded")
