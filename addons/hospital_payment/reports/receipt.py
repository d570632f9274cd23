from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby


class ReportReceipt(models.AbstractModel):
    """收费收据: what was settled, by charge category, and with what it was paid. Every print is counted."""

    _name = "report.hospital_payment.report_receipt_80mm"
    _description = "Receipt of a settlement, 80 mm"

    @api.model
    def _get_report_values(self, docids, data=None):
        settlements = self.env["hospital.settlement"].browse(docids)
        settlements.check_access("read")
        if undone := settlements.filtered(lambda settlement: not settlement.done_at):
            raise UserError(self.env._("%s is not paid yet, so there is no receipt.", undone[0].number))
        self._count(settlements)
        return {
            "doc_ids": docids,
            "doc_model": settlements._name,
            "docs": settlements,
            "sheets": {settlement.id: self._sheet(settlement) for settlement in settlements},
        }

    def _count(self, settlements):
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE hospital_settlement SET print_count = COALESCE(print_count, 0) + 1 WHERE id = ANY(%s) RETURNING id",
                settlements.ids,
            )
        )
        settlements.invalidate_recordset(["print_count"])

    @api.model
    def _sheet(self, settlement):
        """The categories with their items: those of a visit one by one, those of a stay as sums."""
        currency = settlement.currency_id
        _lines_sudo = settlement.sudo().line_ids  # the reader of the settlement reads its charges
        lines = _lines_sudo.sorted(lambda line: (line.category_id.sequence, line.category_id.code, line.id))
        is_stay = settlement.encounter_id.kind in ("inpatient", "observation")
        groups = []
        for category, members in groupby(lines, key=lambda line: line.category_id):
            groups.append(
                {
                    "name": category.name,
                    "amount": currency.round(sum(line.amount for line in members)),
                    "lines": []
                    if is_stay
                    else [
                        {
                            "name": line.charge_id.name,
                            "quantity": line.charge_id.quantity
                            if line.amount * line.charge_id.amount >= 0
                            else -line.charge_id.quantity,
                            "unit": line.charge_id.uom_id.name,
                            "price": line.charge_id.price_unit,
                            "amount": line.amount,
                        }
                        for line in members
                    ],
                }
            )
        return {"groups": groups}


class ReportReceiptA5(models.AbstractModel):
    _name = "report.hospital_payment.report_receipt_a5"
    _inherit = "report.hospital_payment.report_receipt_80mm"
    _description = "Receipt of a settlement, A5"
