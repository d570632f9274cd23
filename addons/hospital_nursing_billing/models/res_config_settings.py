from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_bedday_admission = fields.Boolean(related="company_id.hospital_bedday_admission", readonly=False)
    hospital_bedday_discharge = fields.Boolean(related="company_id.hospital_bedday_discharge", readonly=False)
    hospital_bedday_same_day = fields.Boolean(related="company_id.hospital_bedday_same_day", readonly=False)
    hospital_bedday_midnight = fields.Selection(related="company_id.hospital_bedday_midnight", readonly=False)
    hospital_bedday_leave = fields.Selection(related="company_id.hospital_bedday_leave", readonly=False)
    hospital_bedday_number_leave = fields.Boolean(related="company_id.hospital_bedday_number_leave", readonly=False)
