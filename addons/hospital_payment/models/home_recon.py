from odoo import models

from .recon import CLERK, MANAGER


class HospitalHome(models.AbstractModel):
    """Cards of those who reconcile."""

    _inherit = "hospital.home"

    def _sections(self):
        return {**super()._sections(), "recon": self.env._("Reconciliation")}

    def _cards(self):
        return super()._cards() + [
            self._card(
                "recon_open",
                self.env._("Differences to decide"),
                section="recon",
                todo=self.env._("Find out where each comes from and decide."),
                model="hospital.recon.item",
                action="hospital_payment.action_hospital_recon_item",
                domain=[("is_live", "=", True), ("state", "=", "open")],
                groups=CLERK,
                amount="open_difference",
                icon="fa-balance-scale",
                tone="task",
            ),
            self._card(
                "recon_second",
                self.env._("Decisions to confirm"),
                section="recon",
                todo=self.env._("Large ones need a second person: you, unless you decided yourself."),
                model="hospital.recon.item",
                action="hospital_payment.action_hospital_recon_item",
                domain=[("is_live", "=", True), ("state", "=", "second"), ("decided_by_id", "!=", self.env.uid)],
                groups=MANAGER,
                amount="open_difference",
                icon="fa-users",
                tone="task",
            ),
            self._card(
                "recon_waiting",
                self.env._("Days without a bill"),
                section="recon",
                todo=self.env._("Fetch the bill again, or upload it by hand."),
                model="hospital.recon",
                action="hospital_payment.action_hospital_recon",
                domain=[("state", "=", "waiting"), ("fetch_tries", ">", 0)],
                groups=CLERK,
                icon="fa-clock-o",
                tone="alert",
            ),
        ]
