from odoo import api, models


class HospitalSandboxPayPage(models.AbstractModel):
    """Where the QR code of a slip leads in the sandbox: a page that says with what somebody came."""

    _name = "hospital.sandbox.pay_page"
    _inherit = "hospital.sandbox"
    _description = "Far side of the page where slips are paid"

    @api.model
    def _described(self, visit):
        if visit.asked.method == "GET":
            return self._html(200, visit.platform.name, dict(visit.asked.query))
        return super()._described(visit)
