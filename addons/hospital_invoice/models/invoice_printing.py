from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

PRINTERS = "hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk"
LAYOUTS = [
    ("bill_a5", "Bill, A5"),
    ("bill_80mm", "Bill, 80 mm"),
    ("notice_a5", "Notice, A5"),
    ("notice_80mm", "Notice, 80 mm"),
]


class HospitalInvoice(models.Model):
    """Printing bills: the first print is free, every other one has a reason; all of them are counted."""

    _inherit = "hospital.invoice"

    # === ACTIONS ===

    def action_print(self):
        """Bills that were never printed go to the printer at once, the others ask for the reason first."""
        self.check_access("read")
        if not self:
            raise UserError(self.env._("Choose the bills to print."))
        for invoice in self:
            invoice._check_printable()
        if any(self.mapped("print_count")):
            return self.action_reprint()
        return self._print_action(f"bill_{self._paper_size()}")

    def action_print_notice(self):
        self.check_access("read")
        for invoice in self:
            invoice._check_printable()
        return self._print_action(f"notice_{self._paper_size()}")

    def action_reprint(self):
        self.check_access("read")
        for invoice in self:
            invoice._check_printable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Print again") if len(self) == 1 else self.env._("Print %s bills again", len(self)),
            "res_model": "hospital.invoice.reprint",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_invoice_ids": [fields.Command.set(self.ids)], "dialog_size": "medium"},
        }

    # === BUSINESS ===

    def _paper_size(self):
        return self.company_id[:1].sudo().hospital_receipt_paper or "a5"

    def _print_action(self, layout, reason=False):
        action = self.env.ref(f"hospital_invoice.action_report_{layout}").report_action(self)
        action["context"] = {**action.get("context", {}), "hospital_invoice_reason": reason}
        return {**action, "close_on_report_download": True}

    def _check_may_print(self):
        if self.env.su or self.env.user.has_groups(PRINTERS):
            return
        raise AccessError(self.env._("Only cashiers and finance print bills. Ask the cash desk."))

    def _print(self, medium, reason=False, place="window"):
        """Count a print of each of these bills; the second one of a bill needs a reason."""
        self._check_may_print()
        if medium == "electronic" and not reason and (again := self.filtered("print_count")):
            raise UserError(
                self.env._("%s was printed before. Print it again with the button “Print again”.", again[0].number)
            )
        _prints_sudo = self.env["hospital.invoice.print"].sudo()  # who may read a bill may print it
        _prints_sudo.create(
            [
                {"invoice_id": invoice.id, "medium": medium, "reason": reason, "place": place, "user_id": self.env.uid}
                for invoice in self
            ]
        )
        if medium != "notice":
            self.env.flush_all()
            self.env.execute_query(
                SQL(
                    """UPDATE hospital_invoice SET print_count = COALESCE(print_count, 0) + 1,
                              printed_at = now() AT TIME ZONE 'UTC' WHERE id = ANY(%s) RETURNING id""",
                    self.ids,
                )
            )
        self.invalidate_recordset(["print_count", "printed_at"])

    def _pdf(self, layout="bill_a5"):
        """The PDF of these bills for the patient himself, who was identified before: nothing is counted."""
        _report_sudo = self.env["ir.actions.report"].sudo()  # the print may be made for somebody who reads no bills
        report = self.env.ref(f"hospital_invoice.action_report_{layout}").sudo()
        return _report_sudo._render_qweb_pdf(report, self.ids)[0]
