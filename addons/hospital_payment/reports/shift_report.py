from odoo import api, models
from odoo.tools import groupby

from ..tools.capitals import capitals


class ReportShift(models.AbstractModel):
    """日结单: the totals of a shift, the cash counted, and two signatures."""

    _name = "report.hospital_payment.report_shift"
    _description = "Closing of a shift"

    @api.model
    def _get_report_values(self, docids, data=None):
        shifts = self.env["hospital.shift"].browse(docids)
        shifts.check_access("read")
        for shift in shifts:
            if shift.state != "closed":
                shift._refresh()
        shifts._count_print()
        sections = dict(self.env["hospital.shift.line"]._fields["section"]._description_selection(self.env))
        return {
            "doc_ids": docids,
            "doc_model": shifts._name,
            "docs": shifts,
            "capitals": capitals,
            "groups": {
                shift.id: [
                    {
                        "name": sections[section],
                        "lines": lines,
                        "count": sum(line.count for line in lines),
                        "amount": shift.currency_id.round(sum(line.amount for line in lines)),
                    }
                    for section, lines in groupby(shift.line_ids, key=lambda line: line.section)
                ]
                for shift in shifts
            },
        }
