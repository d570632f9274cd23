from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_invoice_from = fields.Datetime(
        "Electronic bills from",
        default=fields.Datetime.now,
        help="Payments before this moment get no electronic bill from here. Empty: none at all do.",
    )

    def _hospital_bills_since(self, at):
        """Whether a payment of this moment gets an electronic bill."""
        self.ensure_one()
        return bool(self.hospital_invoice_from and at and at >= self.hospital_invoice_from.replace(microsecond=0))
