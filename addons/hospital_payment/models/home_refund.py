from odoo import _, models

APPROVER = "hospital_payment.group_refund_approver"
CASHIER = "hospital_base.group_hospital_cashier"
CLERK = "hospital_base.group_hospital_finance_clerk"


class HospitalHome(models.AbstractModel):
    """Refunds that wait for somebody: an approval, the cash desk, a decision about what failed."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._refund_cards() + self._balance_cards()

    def _refund_cards(self):
        common = {"section": "payment", "model": "hospital.refund", "amount": "amount"}
        refunds = {"action": "hospital_payment.action_hospital_refund", **common}
        at_desk = ("line_ids", "any", [("by_hand", "=", True), ("state", "=", "pending")])
        waiting = [("state", "=", "requested"), ("requested_by_id", "!=", self.env.uid)]
        return [
            self._card(
                "refunds_to_approve",
                _("Refunds to approve"),
                todo=_("Check the reason and the road, then approve or reject."),
                icon="fa-check-square-o",
                tone="task",
                domain=[*waiting, ("source", "!=", "online"), ("approved_by_id", "!=", self.env.uid)],
                groups=APPROVER,
                **refunds,
            ),
            self._card(
                "refunds_online",
                _("Online refund requests"),
                todo=_("Approve them, or reject them with a reason the patient reads."),
                icon="fa-mobile",
                tone="task",
                domain=[*waiting, ("source", "=", "online"), ("approved_by_id", "!=", self.env.uid)],
                groups=APPROVER,
                action="hospital_payment.action_hospital_refund_online",
                **common,
            ),
            self._card(
                "refund_wishes",
                _("Refund wishes of patients"),
                todo=_("Ask whether it was carried out, then take the charges back or reject."),
                icon="fa-reply",
                tone="task",
                domain=[("state", "=", "requested")],
                groups=CASHIER,
                action="hospital_payment.action_hospital_refund_wish",
                **{**common, "model": "hospital.refund.wish"},
            ),
            self._card(
                "refunds_failed",
                _("Refunds that failed"),
                todo=_("Try again, pay out at the cash desk, or give them up."),
                icon="fa-exclamation-circle",
                tone="alert",
                domain=[("state", "=", "failed")],
                groups=CLERK,
                **refunds,
            ),
            self._card(
                "refunds_unknown",
                _("Refunds without an answer"),
                todo=_("The channel is asked by itself; look at the old ones."),
                icon="fa-question-circle",
                tone="task",
                domain=[("state", "=", "unknown")],
                groups=CLERK,
                **refunds,
            ),
            self._card(
                "refunds_at_desk",
                _("Refunds to pay out"),
                todo=_("Hand the money out and print the slip."),
                icon="fa-money",
                tone="task",
                domain=[("state", "in", ("approved", "executing")), at_desk],
                groups=CASHIER,
                action="hospital_payment.action_hospital_refund_desk",
                **common,
            ),
        ]

    def _balance_cards(self):
        return [
            self._card(
                "card_balances_due",
                _("Card balances to be paid back"),
                todo=_("Gather them into a batch for somebody else to confirm."),
                section="payment",
                icon="fa-credit-card",
                model="hospital.account",
                action="hospital_payment.action_hospital_account_balance",
                domain=[("is_balance_due", "=", True)],
                amount="balance",
                groups=CLERK,
            ),
            self._card(
                "refund_batches_open",
                _("Batches of refunds to confirm"),
                todo=_("Look through the cards, then let them go."),
                section="payment",
                icon="fa-list-ol",
                tone="task",
                model="hospital.refund.batch",
                action="hospital_payment.action_hospital_refund_batch",
                domain=[("state", "=", "draft"), ("prepared_by_id", "!=", self.env.uid)],
                groups=APPROVER,
            ),
        ]
