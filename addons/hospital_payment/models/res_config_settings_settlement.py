from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the hospital")
    hospital_cash_rounding = fields.Selection(related="company_id.hospital_cash_rounding", readonly=False)
    hospital_receipt_paper = fields.Selection(related="company_id.hospital_receipt_paper", readonly=False)
    hospital_shift_auto_open = fields.Boolean(related="company_id.hospital_shift_auto_open", readonly=False)
    hospital_shift_hours = fields.Integer(related="company_id.hospital_shift_hours", readonly=False)
    hospital_shift_float = fields.Monetary(
        related="company_id.hospital_shift_float", readonly=False, currency_field="hospital_currency_id"
    )
