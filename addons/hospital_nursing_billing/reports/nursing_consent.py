from odoo import api, models

from ..tools.reckoner import WHOLE


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
            return {"tiers": [], "levels": [], "days": []}
        labels = dict(plans.price_ids._fields["kind"]._description_selection(self.env))
        day = choice.chosen_on
        tiers = range(1, len(plan.tiers) + 1) if offered else ()
        whole = [(plan.tiers[tier - 1][0], book.cost(plan, WHOLE, day, tier)) for tier in tiers]
        levels = [(labels[level], book.cost(plan, level, day)) for level in "0123"]
        return {
            "tiers": [(first, cost.rate, cost.amount) for first, cost in whole if cost],
            "levels": [(label, cost.price) for label, cost in levels if cost],
            "days": sorted(plan.choice_lengths),
        }
