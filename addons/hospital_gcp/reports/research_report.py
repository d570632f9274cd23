from odoo import api, models


class ReportHospitalGcpResearch(models.AbstractModel):
    _name = "report.hospital_gcp.print_hospital_gcp_research"
    _description = "Print of the research-ward patients"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Whoever takes the list to paper leaves a row in the access log."""
        reports = self.env["hospital.gcp.research.report"].browse(docids)
        for report in reports:
            report._log_use("print")
        return {"doc_ids": docids, "doc_model": reports._name, "docs": reports}
