from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_topup_most = fields.Monetary(
        related="company_id.hospital_topup_most", readonly=False, currency_field="hospital_currency_id"
    )
    hospital_deposit_threshold = fields.Monetary(
        related="company_id.hospital_deposit_threshold", readonly=False, currency_field="hospital_currency_id"
    )
