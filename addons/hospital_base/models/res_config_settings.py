from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_tz = fields.Selection(related="company_id.hospital_tz", readonly=False)
    hospital_lock_date = fields.Date(related="company_id.hospital_lock_date", readonly=False)
    hospital_default_campus_id = fields.Many2one(related="company_id.hospital_default_campus_id", readonly=False)
    hospital_backdate_hours = fields.Integer(related="company_id.hospital_backdate_hours", readonly=False)
    hospital_charge_max_quantity = fields.Float(related="company_id.hospital_charge_max_quantity", readonly=False)
    hospital_charge_backdate_days = fields.Integer(related="company_id.hospital_charge_backdate_days", readonly=False)
