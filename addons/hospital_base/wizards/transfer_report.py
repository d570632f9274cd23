from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.xlsx import Column, Sheet


class HospitalTransferReport(models.TransientModel):
    """转科患者核算 (A.32 of the finance department): on screen, as PDF and as Excel, of one selection.

    Addons add a column by extending `_report_columns` (and the field by `hospital.transfer.line`).
    """

    _name = "hospital.transfer.report"
    _description = "Transferred patients and their charges"
    _inherit = ["hospital.period.report.mixin"]

    department_ids = fields.Many2many(
        "hospital.department", string="Departments", help="Transfers from or to one of these; empty: all."
    )
    only_departments = fields.Boolean(
        "Only to another department", help="Leave out transfers between wards of one department."
    )
    line_count = fields.Integer("Transfers", compute="_compute_preview")
    patient_count = fields.Integer("Patients", compute="_compute_preview")

    @api.depends("date_from", "date_to", "campus_id", "department_ids", "only_departments")
    def _compute_preview(self):
        for report in self:
            report.line_count = report.patient_count = 0
            if report.date_from and report.date_to:
                [(report.line_count, report.patient_count)] = self.env["hospital.transfer.line"]._read_group(
                    report._line_domain(), [], ["__count", "encounter_id:count_distinct"]
                )

    @api.onchange("campus_id")
    def _onchange_campus_id(self):
        if self.campus_id:
            self.department_ids = self.department_ids.filtered(
                lambda department: department.campus_id == self.campus_id
            )

    # === ACTIONS ===

    def action_show(self):
        return self._show("hospital_base.action_hospital_transfer_line")

    def action_print(self):
        self.ensure_one()
        return self.env.ref("hospital_base.report_hospital_transfer").report_action(self)

    # === SELECTION ===

    def _line_domain(self):
        start, end = self._period_bounds()
        domain = Domain("transferred_at", ">=", start) & Domain("transferred_at", "<", end)
        if self.campus_id:
            domain &= Domain("campus_id", "=", self.campus_id.id)
        if self.department_ids:
            ids = self.department_ids.ids
            domain &= Domain("from_department_id", "in", ids) | Domain("to_department_id", "in", ids)
        if self.only_departments:
            domain &= Domain("is_department_change", "=", True)
        return domain

    def _lines(self):
        return self.env["hospital.transfer.line"].search(self._line_domain(), order="number, transferred_at, id")

    # === PAPER ===

    def _report_columns(self):
        """The columns of the PDF and the Excel: {"name", "label", "kind", "total", "once"}; `once`: only in the first row of a patient."""
        labels = {
            name: field["string"]
            for name, field in self.env["hospital.transfer.line"].fields_get(attributes=["string"]).items()
        }

        def column(name, kind="text", total=False, once=False):
            return {"name": name, "label": labels[name], "kind": kind, "total": total, "once": once}

        return [
            column("number"),
            {"name": "patient_name", "label": self.env._("Patient"), "kind": "text", "total": False, "once": False},
            column("from_department_id"),
            column("from_ward_id"),
            column("to_department_id"),
            column("to_ward_id"),
            column("transferred_at", "datetime"),
            column("amount_before", "money", total=True),
            column("amount_after", "money", total=True),
            column("amount_total", "money", total=True, once=True),
        ]

    def _report_value(self, line, name):
        """What stands in a cell."""
        if name == "patient_name":
            return line.patient_id.name
        value = line[name]
        field = line._fields[name]
        if field.type == "many2one":
            return value.name if "name" in value._fields else value.display_name
        if field.type == "datetime":
            return self._local(line, value)
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        return value

    def _report_rows(self):
        """Rows of cells as `_report_columns` says."""
        columns, rows, seen = self._report_columns(), [], set()
        for line in self._lines():
            repeated = line.encounter_id in seen
            seen.add(line.encounter_id)
            rows.append(
                [
                    None if column["once"] and repeated else self._report_value(line, column["name"])
                    for column in columns
                ]
            )
        return rows

    def _report_totals(self, rows):
        """Sums below the columns that have one."""
        currency = self.env.company.currency_id
        return [
            currency.round(sum(row[index] or 0.0 for row in rows)) if column["total"] else None
            for index, column in enumerate(self._report_columns())
        ]

    def _selection_parts(self):
        return [", ".join(self.department_ids.mapped("name"))]

    def _report_title(self):
        return self.env._("Transferred patients and their charges")

    def _xlsx_sheets(self, report=""):
        self.ensure_one()
        title = self._report_title()
        columns = [Column(column["label"], column["kind"], None, column["total"]) for column in self._report_columns()]
        return [
            Sheet(
                title,
                columns,
                self._report_rows(),
                title=title,
                notes=[self._selection_label(), self._report_note()],
                total_label=self.env._("Total"),
            )
        ]

    def _report_note(self):
        return self.env._(
            "Charges belong to the ward in which the service took place, reversals to the charge they reverse. "
            "The whole stay is shown once per patient."
        )

    def _log_use(self, action):
        self.env["hospital.access.log"]._log(action, self._lines(), detail=self._selection_label())
