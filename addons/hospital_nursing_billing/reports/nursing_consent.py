from odoo import api, models


class ReportNursingConsent(models.AbstractModel):
    """The form the patient or the family signs, with what either mode costs."""

    _name = "report.hospital_nursing_billing.print_nursing_consent"
    _description = "Consent to the nursing mode"

    @api.model
    def _get_report_values(self, docids, data=None):
        choices = self.env["hospital.nursing.choice"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": choices._name,
            "docs": choices,
            "offers": {choice.id: self._offer(choice) for choice in choices},
        }

    def _offer(self, choice):
        """Prices of both modes on the day of the choice, in the ward where the patient lies."""
        # the patient reads the prices, whoever prints the form
        plans = self.env["hospital.nursing.plan"].sudo()
        book = self.env["hospital.nursing.reader"].sudo()._books([choice.campus_id.id])[choice.campus_id.id]
        plan, offered = book.plan(choice.ward_id.id, choice.chosen_on)
        if not plan:
            return {"whole": None, "tiers": [], "levels": [], "days": []}
        labels = dict(plans.price_ids._fields["kind"]._description_selection(self.env))
        whole = book.item(plan, "whole", choice.chosen_on) if offered else None
        levels = [(labels[level], book.item(plan, level, choice.chosen_on)) for level in "0123"]
        return {
            "whole": whole and whole[1],
            "tiers": [(day, rate, whole and book.amount(plan, whole[1], rate)) for day, rate in plan.tiers if whole],
            "levels": [(label, item[1]) for label, item in levels if item],
            "days": sorted(plan.choice_lengths),
        }
