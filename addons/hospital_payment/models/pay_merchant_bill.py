from datetime import timedelta

from odoo import models


class HospitalPayMerchant(models.Model):
    """What a channel is asked for its daily bill."""

    _inherit = "hospital.pay.merchant"

    def _build_bill(self, interface, day=None, **extra):
        """The bill of a day; of yesterday where nobody says which."""
        self.ensure_one()
        return {"day": str(day or self.company_id._hospital_today() - timedelta(days=1))}
