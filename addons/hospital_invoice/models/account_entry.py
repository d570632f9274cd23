from odoo import fields, models

from .invoice import MONEY_ROLES


class HospitalAccountEntry(models.Model):
    _inherit = "hospital.account.entry"

    invoice_ids = fields.One2many("hospital.invoice", "entry_id", "Electronic bills", groups=MONEY_ROLES)
