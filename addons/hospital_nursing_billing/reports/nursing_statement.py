from odoo import api, models


class ReportNursingStatement(models.AbstractModel):
    """床日清单: every bed-day of a stay, why it costs what it costs, and whether it is charged."""

    _name = "report.hospital_nursing_billing.print_nursing_statement"
    _description = "Bed-day statement"

    @api.model
    def _get_report_values(self, docids, data=None):
        encounters = self.env["hospital.encounter"].browse(docids)
        days = self.env["hospital.nursing.day"].search(
            [("encounter_id", "in", encounters.ids), ("kind", "!=", "none")], order="date"
        )
        return {
            "doc_ids": docids,
            "doc_model": encounters._name,
            "docs": encounters,
            "sheets": {encounter.id: self._sheet(encounter, days) for encounter in encounters},
        }

    def _sheet(self, encounter, days):
        mine = days.filtered(lambda day: day.encounter_id == encounter)
        currency = encounter.currency_id
        groups = {}
        for day in mine:
            if day.kind != "leave":
                key = (day.kind, day.level or "", day.rate, day.price)
                count, amount = groups.get(key, (0, 0.0))
                groups[key] = (count + 1, currency.round(amount + day.posted_amount))
        kinds = dict(days._fields["kind"]._description_selection(self.env))
        levels = dict(days._fields["level"]._description_selection(self.env))
        return {
            "days": [
                {
                    "date": day.date.isoformat(),
                    "ward": day.ward_id.name,
                    "number": day.number,
                    "mode": f"{kinds[day.kind]} {levels.get(day.level, '')}".strip(),
                    "kind": day.kind,
                    "rate": day.rate,
                    "price": day.price,
                    "amount": day.posted_amount,
                }
                for day in mine
            ],
            "groups": [
                {
                    "mode": f"{kinds[kind]} {levels.get(level, '')}".strip(),
                    "rate": rate,
                    "price": price,
                    "count": count,
                    "amount": amount,
                }
                for (kind, level, rate, price), (count, amount) in groups.items()
            ],
            "count": sum(count for count, _amount in groups.values()),
            "leave": len(mine.filtered(lambda day: day.kind == "leave")),
            "total": currency.round(sum(mine.mapped("posted_amount"))),
        }
