from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet

MEASURES = ("pay_count", "pay_amount", "refund_count", "refund_amount", "net_amount")


class HospitalPaySummaryReport(models.TransientModel):
    """What came in and went out in a period, by vendor, business and channel: on screen and as Excel."""

    _name = "hospital.pay.summary.report"
    _description = "Summary of bills"
    _inherit = ["hospital.period.report.mixin"]

    channel_ids = fields.Many2many("hospital.pay.channel", string="Channels", help="Empty: all.")

    # === ACTIONS ===

    def action_show(self):
        return self._show("hospital_payment.action_hospital_pay_summary")

    # === BUSINESS ===

    def _line_domain(self):
        self.ensure_one()
        domain = Domain("day", ">=", self.date_from) & Domain("day", "<=", self.date_to)
        if self.campus_id:
            domain &= Domain("campus_id", "=", self.campus_id.id)
        if self.channel_ids:
            domain &= Domain("channel_id", "in", self.channel_ids.ids)
        return domain

    def _selection_parts(self):
        return [", ".join(self.channel_ids.mapped("name"))]

    def _report_title(self):
        return self.env._("Summary of bills")

    def _log_use(self, action):
        """Sums name no patient."""

    def _xlsx_check(self):
        self.env["hospital.pay.movement"].check_access("read")
        return super()._xlsx_check()

    def _xlsx_sheets(self, report=""):
        self.ensure_one()
        _ = self.env._
        parts = {
            "vendor": _("Vendor"),
            "business": _("Business"),
            "channel_id": _("Channel"),
            "campus_id": _("Campus"),
            "day:day": _("Day"),
        }
        sheets = [
            self._sheet(
                _("Vendor, business, channel"), {key: parts[key] for key in ("vendor", "business", "channel_id")}
            )
        ]
        sheets += [self._sheet(label, {key: label}) for key, label in parts.items()]
        return sheets

    def _sheet(self, name, groups):
        movement = self.env["hospital.pay.movement"]
        measures = [f"{measure}:sum" for measure in MEASURES]
        rows = [
            [*(self._cell(key, value) for key, value in zip(groups, row, strict=False)), *row[len(groups) :]]
            for row in movement._read_group(self._line_domain(), list(groups), measures)
        ]
        labels = movement.fields_get(MEASURES, ["string"])
        kinds = {"pay_count": "integer", "refund_count": "integer"}
        columns = [Column(label, "date" if key == "day:day" else "text") for key, label in groups.items()]
        columns += [Column(labels[key]["string"], kinds.get(key, "money"), None, True) for key in MEASURES]
        return Sheet(
            name,
            columns,
            sorted(rows, key=lambda row: [str(cell) for cell in row[: len(groups)]]),
            title=self._report_title(),
            notes=[self._selection_label()],
            total_label=self.env._("Total"),
        )

    def _cell(self, key, value):
        if key == "business":
            return dict(self.env["hospital.pay.movement"]._fields["business"]._description_selection(self.env)).get(
                value, ""
            )
        if key == "vendor":
            return value or self.env._("None")
        return value if key == "day:day" else value.name or ""
