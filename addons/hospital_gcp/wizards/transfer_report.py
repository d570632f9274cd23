from odoo import fields, models

from ..models.transfer_line import WHO_MAY_KNOW


class HospitalTransferReport(models.TransientModel):
    _inherit = "hospital.transfer.report"

    only_research_ward = fields.Boolean("Only research-ward projects", groups=WHO_MAY_KNOW)

    def _knows_research_wards(self):
        return self._has_field_access(self._fields["only_research_ward"], "read")

    def _line_domain(self):
        domain = super()._line_domain()
        if self._knows_research_wards() and self.only_research_ward:
            domain &= fields.Domain("is_research_ward", "=", True)
        return domain

    def _report_columns(self):
        columns = super()._report_columns()
        if self._knows_research_wards():
            label = self.env["hospital.transfer.line"]._fields["is_research_ward"]._description_string(self.env)
            columns.append({"name": "is_research_ward", "label": label, "kind": "text", "total": False, "once": False})
        return columns
