from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_recon_second_limit = fields.Monetary(
        related="company_id.hospital_recon_second_limit", readonly=False, currency_field="hospital_currency_id"
    )
