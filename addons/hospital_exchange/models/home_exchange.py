from odoo import models


class HospitalHome(models.AbstractModel):
    """Cards of those who watch the platforms."""

    _inherit = "hospital.home"

    def _sections(self):
        return {**super()._sections(), "exchange": self.env._("Interfaces")}

    def _cards(self):
        common = {"section": "exchange", "groups": "hospital_exchange.group_exchange_operator"}
        return super()._cards() + [
            self._card(
                "platforms_down",
                self.env._("Platforms that do not answer"),
                todo=self.env._("Find out at the platform's side what is wrong."),
                icon="fa-chain-broken",
                tone="alert",
                model="hospital.platform",
                action="hospital_exchange.action_hospital_platform",
                domain=[("breaker_state", "!=", "closed"), ("mode", "!=", "disabled")],
                **common,
            ),
            self._card(
                "messages_attention",
                self.env._("Messages that need somebody"),
                todo=self.env._("Each says what happened and what to do."),
                icon="fa-exclamation-triangle",
                tone="alert",
                model="hospital.message",
                action="hospital_exchange.action_hospital_message",
                domain=[("is_attention", "=", True)],
                **common,
            ),
        ]
