from odoo import _, models


class HospitalHome(models.AbstractModel):
    """Cards about money: what waits at the cash desk, what was charged and taken back."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._charge_cards()

    def _charge_cards(self):
        common = {
            "section": "charges",
            "model": "hospital.charge",
            "action": "hospital_base.action_hospital_charge",
            "amount": "amount",
        }
        cashier = {"groups": "hospital_base.group_hospital_cashier", **common}
        finance = {"groups": "hospital_base.group_hospital_finance_clerk", **common}
        unsettled = [("state", "=", "unsettled")]
        today = self.env.company._hospital_today()
        finished = [*unsettled, ("encounter_id.state", "=", "finished")]
        return [
            self._card(
                "unsettled_discharged",
                _("Unsettled charges of discharged patients"),
                todo=_("Settle them before the patient leaves."),
                icon="fa-sign-out",
                tone="task",
                domain=[*finished, ("encounter_id.kind", "in", ("inpatient", "observation"))],
                context={"group_by": ["encounter_id"]},
                **cashier,
            ),
            self._card(
                "unsettled_visits",
                _("Unsettled charges of finished visits"),
                todo=_("Call the patient to the cash desk."),
                icon="fa-money",
                tone="task",
                domain=[*finished, ("encounter_id.kind", "not in", ("inpatient", "observation"))],
                context={"group_by": ["encounter_id"]},
                **cashier,
            ),
            self._card(
                "charges_late",
                _("Charges entered after the discharge"),
                todo=_("Check them, they change a bill that was ready."),
                icon="fa-clock-o",
                tone="task",
                domain=[*unsettled, ("is_late", "=", True)],
                **finance,
            ),
            self._card(
                "charges_today",
                _("Charges today"),
                todo=_("See what was charged by category."),
                icon="fa-line-chart",
                domain=[("service_date", "=", str(today)), ("reversal_of_id", "=", False)],
                context={"group_by": ["category_id"]},
                **finance,
            ),
            self._card(
                "reversed_today",
                _("Taken back today"),
                todo=_("Read the reasons."),
                icon="fa-undo",
                domain=[("reversal_of_id", "!=", False), *self._today_domain("create_date")],
                **finance,
            ),
            self._card(
                "charges_unsettled",
                _("All unsettled charges"),
                todo=_("Look at the old ones first."),
                icon="fa-hourglass-half",
                domain=unsettled,
                context={"group_by": ["service_date:month"]},
                **finance,
            ),
        ]
