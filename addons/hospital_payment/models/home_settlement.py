from odoo import _, models


class HospitalHome(models.AbstractModel):
    """Payments that were begun and left, shifts that wait for somebody."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._settlement_cards() + self._shift_cards()

    def _settlement_cards(self):
        begun = [("state", "in", ("draft", "paying"))]
        today = str(self.env.company._hospital_today())
        common = {"section": "payment", "model": "hospital.settlement", "amount": "due_total"}
        return [
            self._card(
                "my_settlements_begun",
                _("Payments I began and did not end"),
                todo=_("Find the patient at the desk: go on, or give up."),
                icon="fa-hourglass-half",
                tone="alert",
                domain=[*begun, ("user_id", "=", self.env.uid)],
                action="hospital_payment.action_hospital_settlement_begun",
                groups="hospital_base.group_hospital_cashier",
                **common,
            ),
            self._card(
                "settlements_owed",
                _("Money owed to patients"),
                todo=_("Its refund was rejected or ended: read why, then ask again."),
                icon="fa-reply",
                tone="alert",
                domain=[("is_owed", "=", True)],
                action="hospital_payment.action_hospital_settlement",
                groups="hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk",
                **{**common, "amount": None},
            ),
            self._card(
                "settled_today",
                _("Settled today"),
                todo=_("See it by cashier and kind."),
                icon="fa-check-square-o",
                domain=[("day", "=", today), ("state", "=", "done")],
                context={"group_by": ["user_id"]},
                action="hospital_payment.action_hospital_settlement",
                groups="hospital_base.group_hospital_finance_clerk",
                **common,
            ),
            self._card(
                "taken_back_today",
                _("Settlements taken back today"),
                todo=_("Read the reasons."),
                icon="fa-undo",
                domain=[("day", "=", today), ("kind", "in", ("refund", "cancel"))],
                action="hospital_payment.action_hospital_settlement",
                groups="hospital_base.group_hospital_finance_clerk",
                **common,
            ),
        ]

    def _shift_cards(self):
        common = {"section": "payment", "model": "hospital.shift", "amount": "taken_total"}
        finance = {"action": "hospital_payment.action_hospital_shift", **common}
        live = [("state", "in", ("open", "reopened"))]
        before_today = [*live, ("day", "<", str(self.env.company._hospital_today()))]
        return [
            self._card(
                "my_shift_open",
                _("My shifts of earlier days that are open"),
                todo=_("Count the cash and hand it in."),
                icon="fa-clock-o",
                tone="alert",
                domain=[*before_today, ("user_id", "=", self.env.uid)],
                action="hospital_payment.action_hospital_shift_mine",
                groups="hospital_base.group_hospital_cashier",
                **common,
            ),
            self._card(
                "shifts_to_close",
                _("Shifts to be closed"),
                todo=_("Take the cash over, read the differences, close."),
                icon="fa-lock",
                tone="task",
                domain=[("state", "=", "counted")],
                groups="hospital_base.group_hospital_finance_manager",
                **finance,
            ),
            self._card(
                "shifts_late",
                _("Shifts of earlier days that nobody counted"),
                todo=_("Ask the cashiers to count."),
                icon="fa-clock-o",
                tone="alert",
                domain=before_today,
                groups="hospital_base.group_hospital_finance_clerk",
                **finance,
            ),
            self._card(
                "shifts_difference",
                _("Shifts with a difference, not closed yet"),
                todo=_("Ask for the explanation before closing."),
                icon="fa-balance-scale",
                tone="alert",
                domain=[("state", "=", "counted"), ("difference", "!=", 0)],
                groups="hospital_base.group_hospital_finance_clerk",
                **finance,
            ),
        ]
