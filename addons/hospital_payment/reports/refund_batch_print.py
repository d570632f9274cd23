from odoo import api, models
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet


class ReportHospitalRefundBatch(models.AbstractModel):
    _name = "report.hospital_payment.print_hospital_refund_batch"
    _description = "Print of batches of refunds"

    @api.model
    def _get_report_values(self, docids, data=None):
        batches = self.env["hospital.refund.batch"].browse(docids)
        batches._count_prints()
        return {"doc_ids": docids, "doc_model": batches._name, "docs": batches}


class HospitalRefundBatch(models.Model):
    """The detail of a batch, on paper and in Excel."""

    _inherit = "hospital.refund.batch"

    def _count_prints(self):
        self.check_access("read")
        _sudo = self.sudo()  # a print is counted whoever makes it
        _sudo.flush_recordset(["print_count"])
        self.env.execute_query(
            SQL(
                "UPDATE hospital_refund_batch SET print_count = print_count + 1 WHERE id = ANY(%s) RETURNING id",
                self.ids,
            )
        )
        _sudo.invalidate_recordset(["print_count"])
        self._log_use("print")

    def _copy_label(self):
        return self.env._("Print no. %s", self.print_count) if self.print_count > 1 else ""

    def _report_columns(self):
        _ = self.env._
        names = (
            ("", "integer", False),
            (_("Card no."), "text", False),
            (_("Patient"), "text", False),
            (_("Record no."), "text", False),
            (_("Balance"), "money", False),
            (_("Paid back"), "money", True),
            (_("Channel"), "text", False),
            (_("Payment"), "text", False),
            (_("Refund no."), "text", False),
            (_("State"), "text", False),
            (_("Why"), "text", False),
        )
        return [{"label": label, "kind": kind, "total": total} for label, kind, total in names]

    def _report_rows(self):
        lines = self.sudo().line_ids.filtered(lambda line: line.state != "excluded")  # facts of the user's own batch
        labels = dict(lines._fields["state"]._description_selection(self.env))
        ends = dict(self.env["hospital.refund"]._fields["state"]._description_selection(self.env))
        rows = []
        for place, line in enumerate(lines, 1):
            refund = line.refund_ids
            rows.append(
                [
                    place,
                    line.card_id.number,
                    line.patient_id.name,
                    line.patient_id.number,
                    line.balance,
                    line.amount if refund else 0.0,
                    refund.channel_names or "",
                    refund.order_numbers or "",
                    refund.number or "",
                    ends[refund.state] if refund else labels[line.state],
                    line.note or "",
                ]
            )
        return rows

    def _report_totals(self):
        return [
            sum(row[place] for row in self._report_rows()) if column["total"] else None
            for place, column in enumerate(self._report_columns())
        ]

    def _xlsx_filename(self, report=""):
        return f"{self._description} {self[:1].number}"

    def _xlsx_sheets(self, report=""):
        for batch in self:
            columns = [Column(one["label"], one["kind"], None, one["total"]) for one in batch._report_columns()]
            yield Sheet(
                batch.number,
                columns,
                batch._report_rows(),
                title=f"{self.env._('Refunds by the original road: detail')} {batch.number}",
                notes=[batch.rule],
                total_label=self.env._("Total"),
            )

    def _xlsx_log(self, report=""):
        self._log_use("export")

    def _log_use(self, action):
        patients = self.sudo().line_ids.patient_id  # what is on the paper
        self.env["hospital.access.log"]._log(action, patients, detail=", ".join(self.mapped("number")))
