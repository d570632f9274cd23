from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_refund_free_limit = fields.Monetary(
        related="company_id.hospital_refund_free_limit", readonly=False, currency_field="hospital_currency_id"
    )
    hospital_refund_second_limit = fields.Monetary(
        related="company_id.hospital_refund_second_limit", readonly=False, currency_field="hospital_currency_id"
    )
    hospital_balance_topup_days = fields.Integer(related="company_id.hospital_balance_topup_days", readonly=False)
    hospital_balance_emergency_days = fields.Integer(
        related="company_id.hospital_balance_emergency_days", readonly=False
    )
    hospital_balance_spend_days = fields.Integer(related="company_id.hospital_balance_spend_days", readonly=False)
    hospital_self_refund = fields.Boolean(related="company_id.hospital_self_refund", readonly=False)
