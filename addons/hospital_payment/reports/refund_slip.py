from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.capitals import capitals


class ReportHospitalRefundSlip(models.AbstractModel):
    _name = "report.hospital_payment.print_hospital_refund_slip"
    _description = "Print of refund slips"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Every print is counted: the second one says that it is a copy."""
        refunds = self.env["hospital.refund"].browse(docids)
        refunds._count_prints()
        return {"doc_ids": docids, "doc_model": refunds._name, "docs": refunds, "capitals": capitals}


class ReportHospitalRefundSlip80mm(models.AbstractModel):
    _name = "report.hospital_payment.print_hospital_refund_slip_80mm"
    _inherit = "report.hospital_payment.print_hospital_refund_slip"
    _description = "Print of refund slips on a roll"


class HospitalRefund(models.Model):
    _inherit = "hospital.refund"

    def _count_prints(self):
        self.check_access("read")
        for refund in self:
            refund._check_may_print()
        _sudo = self.sudo()  # a print is counted whoever makes it
        _sudo.flush_recordset(["print_count"])
        self.env.execute_query(
            SQL("UPDATE hospital_refund SET print_count = print_count + 1 WHERE id = ANY(%s) RETURNING id", self.ids)
        )
        _sudo.invalidate_recordset(["print_count"])
        self.env["hospital.access.log"]._log("print", self, detail=", ".join(self.mapped("number")))

    def _check_may_print(self):
        """What a patient asked for online is printed once at the cash desk: the slip is what he signs for the money."""
        if self.state not in ("approved", "executing", "done", "failed", "unknown"):
            raise UserError(self.env._("Refund %s is not approved, so there is no slip of it.", self.number))
        if self.source == "online" and self.state != "done":
            raise UserError(self.env._("Pay refund %s out first; its slip is printed with it.", self.number))
        if (
            self.source == "online"
            and self.print_count
            and not self.env.user.has_group("hospital_base.group_hospital_finance_clerk")
        ):
            raise UserError(
                self.env._("The slip of refund %s was printed already. Finance prints copies of it.", self.number)
            )

    def _copy_label(self):
        """What stands on every print but the first."""
        return self.env._("Print no. %s", self.print_count) if self.print_count > 1 else ""

    def _slip_title(self):
        return self.env._("Deposit refund slip") if self.account_id else self.env._("Refund slip")

    def _local_time(self, moment):
        if not moment:
            return ""
        zoned = self.with_context(tz=self.company_id.sudo().hospital_tz)
        return fields.Datetime.context_timestamp(zoned, moment).strftime("%Y-%m-%d %H:%M")
