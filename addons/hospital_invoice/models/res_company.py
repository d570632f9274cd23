from odoo import api, fields, models
from odoo.tools import ormcache


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_invoice_from = fields.Datetime(
        "Electronic bills from",
        default=fields.Datetime.now,
        help="Payments before this moment get no electronic bill from here. Empty: none at all do.",
    )

    def write(self, vals):
        if "hospital_tz" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    @ormcache("company_id")
    def _hospital_zone_of(self, company_id):
        """The time zone, for whoever needs it with every answer of a platform."""
        return self.sudo().browse(company_id)._hospital_timezone()

    def _hospital_bills_since(self, at):
        """Whether a payment of this moment gets an electronic bill."""
        self.ensure_one()
        return bool(self.hospital_invoice_from and at and at >= self.hospital_invoice_from.replace(microsecond=0))
