import base64

from odoo import api, models
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.hospital_base.tools.printing import qr_data_uri


class ReportBill(models.AbstractModel):
    """The electronic bill on paper. A clerk's print is counted on it; what a machine or a phone fetches is not."""

    _name = "report.hospital_invoice.report_bill_a5"
    _description = "Electronic bill, A5"
    _medium = "electronic"

    @api.model
    def _get_report_values(self, docids, data=None):
        invoices = self.env["hospital.invoice"].browse(docids)
        invoices.check_access("read")
        for invoice in invoices:
            invoice._check_printable()
        if not self.env.su:  # only our own code prints as superuser: to hand a patient his bill
            reason = self.env.context.get("hospital_invoice_reason") or False
            invoices._print(self._medium, reason=reason)
        sheets = {invoice.id: invoice._sheet() for invoice in invoices}
        codes = {sheets[invoice.id]["qr"]: self._qr_uri(invoice) for invoice in invoices}
        values = {"printed_by": self.env._("Self-service")} if self.env.su else {}
        return {
            **values,
            "doc_ids": docids,
            "doc_model": invoices._name,
            "docs": invoices,
            "sheets": sheets,
            "qr": codes.get,
        }

    def _qr_uri(self, invoice):
        """What the platform drew, where it drew one."""
        drawn = invoice.sudo().qr_image
        return _image_uri(drawn) if drawn else qr_data_uri(invoice._qr_text())


class ReportBillRoll(models.AbstractModel):
    _name = "report.hospital_invoice.report_bill_80mm"
    _inherit = "report.hospital_invoice.report_bill_a5"
    _description = "Electronic bill, 80 mm"


class ReportBillForm(models.AbstractModel):
    _name = "report.hospital_invoice.report_bill_form"
    _inherit = "report.hospital_invoice.report_bill_a5"
    _description = "Electronic bill on a paper form"
    _medium = "paper"


class ReportNotice(models.AbstractModel):
    _name = "report.hospital_invoice.report_notice_a5"
    _inherit = "report.hospital_invoice.report_bill_a5"
    _description = "Notice of an electronic bill, A5"
    _medium = "notice"


class ReportNoticeRoll(models.AbstractModel):
    _name = "report.hospital_invoice.report_notice_80mm"
    _inherit = "report.hospital_invoice.report_notice_a5"
    _description = "Notice of an electronic bill, 80 mm"


def _image_uri(content):
    content = base64.b64decode(content)
    return f"data:{guess_mimetype(content)};base64,{base64.b64encode(content).decode()}"
