from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_invoice_from = fields.Datetime(related="company_id.hospital_invoice_from", readonly=False)
