from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    hospital_shift_journal_id = fields.Many2one(related="company_id.hospital_shift_journal_id", readonly=False)
