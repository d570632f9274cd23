from odoo import api, models


class ReportDailyList(models.AbstractModel):
    """一日清单: what one inpatient was charged for one day, with the sum of the stay so far."""

    _name = "report.hospital_base.report_daily_list"
    _description = "Daily list of an inpatient"

    @api.model
    def _get_report_values(self, docids, data=None):
        wizards = self.env["hospital.daily.list"].browse(docids)
        lists = self.env["report.hospital_base.report_charge_list"]
        pages = []
        for wizard in wizards:
            for encounter in wizard._encounters():
                sheet = lists._sheet(encounter, wizard.day, wizard.day)
                if sheet["count"] or not wizard.only_charged:
                    so_far = lists._sheet(encounter, None, wizard.day)
                    stay = encounter._stay_at(wizard._end_of_day()) or encounter.stay_ids.sorted("start_at")[-1:]
                    pages.append(
                        {"encounter": encounter, "day": wizard.day, "sheet": sheet, "so_far": so_far, "stay": stay}
                    )
        encounters = self.env["hospital.encounter"].union(*(page["encounter"] for page in pages))
        if encounters:
            self.env["hospital.access.log"]._log("print", encounters, detail=self._description)
        return {"doc_ids": docids, "doc_model": "hospital.daily.list", "docs": wizards, "pages": pages}
