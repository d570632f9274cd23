from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet

COLUMNS = (
    ("number", "text"),
    ("patient_name", "text"),
    ("is_transferred", "yes"),
    ("project_code", "text"),
    ("project_name", "text"),
    ("subject_number", "text"),
    ("status", "choice"),
    ("department_id", "record"),
    ("ward_id", "record"),
    ("start_at", "datetime"),
    ("end_at", "datetime"),
)


class HospitalGcpResearchReport(models.TransientModel):
    """The patients of research wards in a period: on screen, as PDF and as Excel, of one selection."""

    _name = "hospital.gcp.research.report"
    _description = "Research-ward patients"
    _inherit = ["hospital.period.report.mixin"]

    project = fields.Char(help="Part of the code or the name of a project; empty: all of them.")
    only_transferred = fields.Boolean("Only transferred patients")
    line_count = fields.Integer("Stays", compute="_compute_preview")
    transferred_count = fields.Integer("Of these transferred", compute="_compute_preview")

    @api.depends("date_from", "date_to", "campus_id", "project", "only_transferred")
    def _compute_preview(self):
        lines = self.env["hospital.gcp.research.line"]
        for report in self:
            report.line_count = report.transferred_count = 0
            if report.date_from and report.date_to:
                domain = report._line_domain()
                report.line_count = lines.search_count(domain)
                report.transferred_count = lines.search_count(domain & Domain("is_transferred", "=", True))

    # === ACTIONS ===

    def action_show(self):
        return self._show("hospital_gcp.action_hospital_gcp_research_line")

    def action_print(self):
        self.ensure_one()
        return self.env.ref("hospital_gcp.report_hospital_gcp_research").report_action(self)

    # === SELECTION ===

    def _line_domain(self):
        """Stays that lie in the period with at least a day."""
        start, end = self._period_bounds()
        domain = Domain("start_at", "<", end) & (Domain("end_at", "=", False) | Domain("end_at", ">=", start))
        if self.campus_id:
            domain &= Domain("campus_id", "=", self.campus_id.id)
        if text := (self.project or "").strip():
            domain &= Domain("project_code", "ilike", text) | Domain("project_name", "ilike", text)
        if self.only_transferred:
            domain &= Domain("is_transferred", "=", True)
        return domain

    def _lines(self):
        return self.env["hospital.gcp.research.line"].search(self._line_domain(), order="project_code, number, id")

    # === PAPER ===

    def _report_columns(self):
        """The columns of the PDF and the Excel."""
        described = self.env["hospital.gcp.research.line"].fields_get(attributes=["string"])
        return [
            {"label": described[name]["string"], "kind": "datetime" if kind == "datetime" else "text", "total": False}
            for name, kind in COLUMNS
        ]

    def _report_rows(self):
        labels = dict(self.env["hospital.gcp.research.line"]._fields["status"]._description_selection(self.env))
        show = {
            "text": lambda line, value: value or "",
            "yes": lambda line, value: self.env._("Yes") if value else self.env._("No"),
            "choice": lambda line, value: labels.get(value, ""),
            "record": lambda line, value: value.name or "",
            "datetime": self._local,
        }
        return [[show[kind](line, line[name]) for name, kind in COLUMNS] for line in self._lines()]

    def _selection_parts(self):
        return [self.project]

    def _report_title(self):
        return self.env._("Research-ward patients")

    def _xlsx_sheets(self, report=""):
        self.ensure_one()
        title = self._report_title()
        columns = [Column(column["label"], column["kind"]) for column in self._report_columns()]
        return [Sheet(title, columns, self._report_rows(), title=title, notes=[self._selection_label()])]

    def _log_use(self, action):
        encounters = self._lines().encounter_id
        self.env["hospital.access.log"]._log(action, encounters, detail=self._selection_label())
