from odoo import _, models


class HospitalHome(models.AbstractModel):
    """Cards about nursing charges: differences for finance, choices to be asked for on the ward."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._nursing_cards()

    def _nursing_cards(self):
        finance = "hospital_base.group_hospital_finance_clerk"
        return [
            self._card(
                "nursing_exceptions",
                _("Bed-days with an exception"),
                section="charges",
                todo=_("See why the day is not charged as it should be."),
                model="hospital.nursing.day",
                action="hospital_nursing_billing.action_hospital_nursing_exception",
                domain=[("issue", "!=", False)],
                icon="fa-balance-scale",
                tone="task",
                groups=finance,
            ),
            self._card(
                "nursing_failures",
                _("Inpatients whose bed-days could not be posted"),
                section="charges",
                todo=_("Read why, put it right and post them."),
                model="hospital.nursing.account",
                action="hospital_nursing_billing.action_hospital_nursing_account",
                domain=[("error", "!=", False)],
                icon="fa-exclamation-circle",
                tone="alert",
                groups=finance,
            ),
            self._card(
                "nursing_choices",
                _("New inpatients without a choice of the nursing mode"),
                section="inpatient",
                todo=_("Ask the patient or the family and let them sign."),
                model="hospital.encounter",
                action="hospital_nursing_billing.action_hospital_nursing_no_choice",
                domain=self.env["hospital.encounter"]._nursing_no_choice_domain(),
                icon="fa-pencil-square-o",
                tone="task",
                groups="hospital_base.group_hospital_nurse",
            ),
        ]
