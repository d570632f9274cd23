from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet


class HospitalNursingSummaryReport(models.TransientModel):
    """The bed-days of a period by ward: to look at as a pivot or graph, and as Excel with a column per tier."""

    _name = "hospital.nursing.summary.report"
    _description = "Nursing summary by ward"
    _inherit = ["hospital.period.report.mixin"]

    ward_ids = fields.Many2many("hospital.ward", string="Wards", help="Empty: all.")

    # === ACTIONS ===

    def action_show(self):
        return self._show("hospital_nursing_billing.action_hospital_nursing_summary")

    # === BUSINESS ===

    def _line_domain(self):
        domain = Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to)
        if self.campus_id:
            domain &= Domain("campus_id", "=", self.campus_id.id)
        if self.ward_ids:
            domain &= Domain("ward_id", "in", self.ward_ids.ids)
        return domain

    def _selection_parts(self):
        return [", ".join(self.ward_ids.mapped("name"))]

    def _report_title(self):
        return self.env._("Nursing summary by ward")

    def _log_use(self, action):
        """Sums by ward name no patient: there is nobody to tell of."""

    def _tier_label(self, rate):
        return self.env._("Whole care %(rate)g %%", rate=rate)

    def _rows(self):
        """(labels of the tiers, a row per ward)"""
        summary = self.env["hospital.nursing.summary"]
        wards, tiers = {}, defaultdict(dict)
        for ward, rate, days in summary._read_group(
            self._line_domain() & Domain("kind", "=", "whole"), ["ward_id", "rate"], ["days:sum"]
        ):
            tiers[ward][rate] = days
        measures = (
            "encounter_id:count_distinct",
            "days:sum",
            "whole_days:sum",
            "whole_amount:sum",
            "original_days:sum",
            "original_amount:sum",
            "leave_days:sum",
            "amount:sum",
            "posted_amount:sum",
            "settled_amount:sum",
            "difference:sum",
        )
        for ward, *values in summary._read_group(self._line_domain(), ["ward_id"], measures):
            wards[ward] = values
        rates = sorted({rate for found in tiers.values() for rate in found}, reverse=True)
        rows = [
            [
                ward.campus_id.name,
                ward.name,
                *values[:3],
                *(tiers[ward].get(rate, 0) for rate in rates),
                *values[3:],
            ]
            for ward, values in sorted(
                wards.items(), key=lambda item: (item[0].campus_id.code or "", item[0].code or "")
            )
        ]
        return rates, rows

    def _xlsx_check(self):
        self.env["hospital.nursing.summary"].check_access("read")
        return super()._xlsx_check()

    def _xlsx_sheets(self, report=""):
        self.ensure_one()
        rates, rows = self._rows()
        whole = [Column(self._tier_label(rate), "integer", None, True) for rate in rates]
        columns = [
            Column(self.env._("Campus")),
            Column(self.env._("Ward")),
            Column(self.env._("Patients"), "integer"),
            Column(self.env._("Bed-days"), "integer", None, True),
            Column(self.env._("Days of whole care"), "integer", None, True),
            *whole,
            Column(self.env._("Whole care"), "money", None, True),
            Column(self.env._("Days the original way"), "integer", None, True),
            Column(self.env._("Original way"), "money", None, True),
            Column(self.env._("Days on leave"), "integer", None, True),
            Column(self.env._("Should be"), "money", None, True),
            Column(self.env._("Posted"), "money", None, True),
            Column(self.env._("Of it settled"), "money", None, True),
            Column(self.env._("Difference"), "money", None, True),
        ]
        title = self._report_title()
        return [
            Sheet(
                title,
                columns,
                rows,
                title=title,
                notes=[self._selection_label()],
                total_label=self.env._("Total"),
            )
        ]
