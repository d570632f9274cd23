from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalPeriodReportMixin(models.AbstractModel):
    """A window that chooses a period and a campus; what lies in it is shown on screen, on paper and in Excel.

    A report says which rows are meant (`_line_domain`), what else was chosen (`_selection_parts`), how it is called
    (`_report_title`) and of whom the access log tells (`_log_use`).
    """

    _name = "hospital.period.report.mixin"
    _description = "Report of a period"
    _inherit = ["hospital.xlsx.mixin"]

    date_from = fields.Date(
        "From", required=True, default=lambda self: self.env.company._hospital_today().replace(day=1)
    )
    date_to = fields.Date("To", required=True, default=lambda self: self.env.company._hospital_today())
    campus_id = fields.Many2one(
        "hospital.campus", domain=lambda self: [("id", "in", self.env.user.hospital_campus_ids.ids)]
    )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for report in self:
            if report.date_from > report.date_to:
                raise UserError(self.env._("The period ends before it begins. Correct the dates."))

    # === SELECTION ===

    def _period_bounds(self):
        """From the first moment of the first day to the first after the last day, as stored."""
        company = self.campus_id.company_id or self.env.company
        return company._hospital_day_bounds(self.date_from)[0], company._hospital_day_bounds(self.date_to)[1]

    def _line_domain(self):
        raise NotImplementedError

    def _selection_parts(self):
        """Words for what else was chosen; empty ones are left out."""
        return []

    def _period_label(self):
        return f"{self.date_from} – {self.date_to}"

    def _selection_label(self):
        parts = [self._period_label(), self.campus_id.name, *self._selection_parts()]
        return " · ".join(part for part in parts if part)

    def _show(self, action):
        """The window action with this XML id, narrowed to the selection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action)
        return {
            **action,
            "domain": list(self._line_domain()),
            "display_name": f"{action['display_name']} {self._period_label()}",
        }

    # === PAPER AND EXCEL ===

    def _report_title(self):
        raise NotImplementedError

    @staticmethod
    def _local(line, moment):
        """A moment of a row in the hospital's time, without a zone."""
        if not moment:
            return None
        zoned = line.with_context(tz=line.company_id.hospital_tz)
        return fields.Datetime.context_timestamp(zoned, moment).replace(tzinfo=None)

    def _log_use(self, action):
        raise NotImplementedError

    def _xlsx_filename(self, report=""):
        return f"{self._report_title()} {self.date_from} {self.date_to}"

    def _xlsx_log(self, report=""):
        self._log_use("export")
