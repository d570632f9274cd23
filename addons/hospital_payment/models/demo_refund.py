from odoo import Command, api, models


class HospitalDemo(models.AbstractModel):
    """Refunds that wait for somebody, and a batch of card balances to be confirmed."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_kiosk(self):
        """The machine stands where the cashier sits."""
        cashier = self.env.ref("hospital_base.user_cashier")
        self.env.ref("hospital_payment.user_kiosk").write(
            {
                "hospital_campus_ids": [Command.set(cashier.hospital_campus_ids.ids)],
                "hospital_campus_id": cashier.hospital_campus_id.id,
            }
        )

    @api.model
    def _demo_refunds(self):
        refunds = self.env["hospital.refund"]
        if refunds.search_count([("source", "in", ("account", "batch"))], limit=1):
            return
        cashier, finance = self.env.ref("hospital_base.user_cashier"), self.env.ref("hospital_base.user_finance")
        due = self.env["hospital.account"].search([("is_balance_due", "=", True)], order="id")
        others = self.env["hospital.account"].search(
            [("kind", "=", "card"), ("balance", ">=", 20), ("id", "not in", due.ids)], order="id", limit=3
        )
        wish = self.env.ref("hospital_payment.refund_reason_wish")
        for account in others[:2]:
            refunds.with_user(cashier)._refund_account(account, min(account.balance, 50), wish)
        for account in others[2:]:
            refund = refunds.with_user(finance)._refund_account(account, 20, wish, note="患者来电申请")
            refund._decide("cancel", "患者决定继续使用")
        if due:
            self.env["hospital.refund.batch"].with_user(finance)._gather(due[:12].with_user(finance))
