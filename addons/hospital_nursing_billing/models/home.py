from odoo import _, models


class HospitalHome(models.AbstractModel):
    """Cards about nursing charges: differences for finance, choices to be asked for on the ward."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._nursing_cards()

    def _nursing_cards(self):
        finance = {"section": "charges", "groups": "hospital_base.group_hospital_finance_clerk"}
        ward = {"section": "inpatient", "groups": "hospital_base.group_hospital_nurse"}
        return [
            self._card(
                "nursing_exceptions",
                _("Bed-days with an exception"),
                todo=_("See why the day is not charged as it should be."),
                icon="fa-balance-scale",
                tone="task",
                model="hospital.nursing.day",
                domain=[("issue", "!=", False)],
                action="hospital_nursing_billing.action_hospital_nursing_exception",
                **finance,
            ),
            self._card(
                "nursing_failures",
                _("Inpatients whose bed-days could not be posted"),
                todo=_("Read why, put it right and post them."),
                icon="fa-exclamation-circle",
                tone="alert",
                model="hospital.nursing.account",
                domain=[("error", "!=", False)],
                action="hospital_nursing_billing.action_hospital_nursing_account",
                **finance,
            ),
            self._card(
                "nursing_choices",
                _("New inpatients without a choice of the nursing mode"),
                todo=_("Ask the patient or the family and let them sign."),
                icon="fa-pencil-square-o",
                tone="task",
                model="hospital.encounter",
                domain=[("nursing_may_choose", "=", True), ("nursing_choice", "=", False)],
                action="hospital_nursing_billing.action_hospital_nursing_no_choice",
                **ward,
            ),
        ]
