from odoo import api, models


class ReportHospitalTransfer(models.AbstractModel):
    _name = "report.hospital_base.print_hospital_transfer"
    _description = "Print of the transferred patients"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Whoever takes the list to paper leaves a row in the access log."""
        reports = self.env["hospital.transfer.report"].browse(docids)
        for report in reports:
            report._log_use("print")
        return {"doc_ids": docids, "doc_model": reports._name, "docs": reports}
