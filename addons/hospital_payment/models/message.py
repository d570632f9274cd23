from odoo import models


class HospitalMessage(models.Model):
    """A charge that never arrived: its order is closed or taken back by its own follow-up, so nobody has to look at it."""

    _inherit = "hospital.message"

    def _settle_absent(self):
        if self.res_model != "hospital.pay.order" or not self.caller_state:
            return super()._settle_absent()
        sentence = self.env._("%s has not done this. Do it again if it is still wanted.", self.platform_id.name)
        return self._step("refused", told=True, error_sentence=sentence)
