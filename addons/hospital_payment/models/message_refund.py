from odoo import models


class HospitalMessage(models.Model):
    _inherit = "hospital.message"

    def _step(self, state, *args, **kwargs):
        """A refund whose message was refused or given up is looked after at once."""
        result = super()._step(state, *args, **kwargs)
        if result is not None and state in ("refused", "dead") and self.res_model == "hospital.refund.line":
            self.env["hospital.refund.line"]._wake()
        return result
