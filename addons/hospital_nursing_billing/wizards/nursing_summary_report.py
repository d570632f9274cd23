from collections import defaultdict

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet


class HospitalNursingSummaryReport(models.TransientModel):
    """The bed-days of a period by ward: to look at as a pivot or graph, and as Excel with a column per tier."""

    _name = "hospital.nursing.summary.report"
    _description = "Nursing summary by ward"
    _inherit = ["hospital.xlsx.mixin"]

    date_from = fields.Date(
        "From", required=True, default=lambda self: self.env.company._hospital_today().replace(day=1)
    )
    date_to = fields.Date(
        "To",
        required=True,
        default=lambda self: self.env.company._hospital_today() + relativedelta(day=31),
    )
    campus_id = fields.Many2one(
        "hospital.campus", domain=lambda self: [("id", "in", self.env.user.hospital_campus_ids.ids)]
    )
    ward_ids = fields.Many2many("hospital.ward", string="Wards", help="Empty: all.")

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for report in self:
            if report.date_from > report.date_to:
                raise ValidationError(self.env._("The period ends before it begins. Correct the dates."))

    # === ACTIONS ===

    def action_show(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "hospital_nursing_billing.action_hospital_nursing_summary"
        )
        return {
            **action,
            "domain": list(self._domain()),
            "display_name": f"{action['display_name']} {self._period_label()}",
        }

    # === BUSINESS ===

    def _domain(self):
        domain = Domain("date", ">=", self.date_from) & Domain("date", "<=", self.date_to)
        if self.campus_id:
            domain &= Domain("campus_id", "=", self.campus_id.id)
        if self.ward_ids:
            domain &= Domain("ward_id", "in", self.ward_ids.ids)
        return domain

    def _period_label(self):
        return f"{self.date_from} – {self.date_to}"

    def _tier_label(self, rate):
        return self.env._("Whole care %(rate)g %%", rate=rate)

    def _rows(self):
        """(labels of the tiers, a row per ward)"""
        summary = self.env["hospital.nursing.summary"]
        wards, tiers = {}, defaultdict(dict)
        for ward, rate, days in summary._read_group(
            self._domain() & Domain("kind", "=", "whole"), ["ward_id", "rate"], ["days:sum"]
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
        for ward, *values in summary._read_group(self._domain(), ["ward_id"], measures):
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

    def _xlsx_filename(self, report=""):
        return f"{self.env._('Nursing summary by ward')} {self.date_from} {self.date_to}"

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
        title = self.env._("Nursing summary by ward")
        labels = [self._period_label(), self.campus_id.name, ", ".join(self.ward_ids.mapped("name"))]
        return [
            Sheet(
                title,
                columns,
                rows,
                title=title,
                notes=[" · ".join(label for label in labels if label)],
                total_label=self.env._("Total"),
            )
        ]
