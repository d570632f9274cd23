from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_shift_journal_id = fields.Many2one(
        "account.journal",
        "Journal of shifts",
        domain="[('type', '=', 'general'), ('company_id', '=', id)]",
        help="Every closed shift makes an entry in it. Without a journal shifts are closed without entries.",
    )
