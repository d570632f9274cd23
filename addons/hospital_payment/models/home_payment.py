from odoo import _, models


class HospitalHome(models.AbstractModel):
    """What waits at the cash desk and in finance: money that is not clear, deposits that run low."""

    _inherit = "hospital.home"

    def _sections(self):
        sections = super()._sections()
        wanted = {}
        for key, name in sections.items():
            wanted[key] = name
            if key == "charges":
                wanted["payment"] = _("Payment")
        return wanted

    def _cards(self):
        return super()._cards() + self._order_cards() + self._deposit_cards()

    def _order_cards(self):
        common = {"section": "payment", "model": "hospital.pay.order", "amount": "amount"}
        orders = {"action": "hospital_payment.action_hospital_pay_order", **common}
        finance = {"groups": "hospital_base.group_hospital_finance_clerk", **orders}
        unclear = [("state", "in", ("paying", "unknown", "reversing"))]
        today = str(self.env.company._hospital_today())
        return [
            self._card(
                "my_orders_unclear",
                _("My payments that are not clear"),
                todo=_("Wait for the channel; do not charge again."),
                icon="fa-question-circle",
                tone="alert",
                domain=[*unclear, ("user_id", "=", self.env.uid)],
                groups="hospital_base.group_hospital_cashier",
                **orders,
            ),
            self._card(
                "my_orders_today",
                _("Taken by me today"),
                todo=_("Compare with the drawer."),
                icon="fa-money",
                domain=[("day", "=", today), ("user_id", "=", self.env.uid)],
                context={"group_by": ["channel_id"]},
                groups="hospital_base.group_hospital_cashier",
                **orders,
            ),
            self._card(
                "orders_attention",
                _("Orders that need somebody"),
                todo=_("Compare with the channel and decide."),
                icon="fa-exclamation-triangle",
                tone="alert",
                domain=[("is_attention", "=", True)],
                **finance,
            ),
            self._card(
                "orders_unclear",
                _("Payments that are not clear"),
                todo=_("They are asked about by themselves; look at the old ones."),
                icon="fa-question-circle",
                tone="task",
                domain=unclear,
                **finance,
            ),
            self._card(
                "orders_today",
                _("Paid today"),
                todo=_("See what came by which channel."),
                icon="fa-line-chart",
                domain=[("day", "=", today)],
                context={"group_by": ["channel_id"]},
                **finance,
            ),
        ]

    def _deposit_cards(self):
        common = {
            "section": "inpatient",
            "model": "hospital.encounter",
            "action": "hospital_payment.action_hospital_deposit_low",
            "icon": "fa-battery-quarter",
            "tone": "task",
        }
        low = [("kind", "=", "inpatient"), ("state", "=", "in_progress"), ("is_deposit_low", "=", True)]
        return [
            self._card(
                "ward_deposits_low",
                _("Deposits running low in my wards"),
                todo=_("Ask the patient or the family to top up."),
                domain=[*low, ("is_my_department", "=", True)],
                groups="hospital_base.group_hospital_nurse",
                **common,
            ),
            self._card(
                "deposits_low",
                _("Deposits running low"),
                todo=_("Remind the wards, or take a top-up."),
                domain=low,
                groups="hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk",
                **common,
            ),
        ]
