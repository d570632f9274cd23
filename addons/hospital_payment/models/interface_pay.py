from odoo import models

SETTLED = {"paid": True, "refunded": True, "closed": False, "absent": False, "failed": False}


class HospitalInterface(models.Model):
    """What the answer to a question about a payment means for the charge it is about."""

    _inherit = "hospital.interface"

    def _found(self, outcome):
        if self.code == "query" and not outcome.error and "state" in outcome.reply and self._is_payment():
            return SETTLED.get(outcome.reply["state"])  # still paying: nobody knows yet
        return super()._found(outcome)

    def _is_payment(self):
        return bool(getattr(self.env.get(self.platform_id.protocol), "_pay_channel", None))
