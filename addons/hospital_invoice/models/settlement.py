from odoo import fields, models

from .invoice import MONEY_ROLES


class HospitalSettlement(models.Model):
    """Bills follow what becomes of a settlement; no bill ever changes a settlement."""

    _inherit = "hospital.settlement"

    invoice_ids = fields.One2many("hospital.invoice", "settlement_id", "Electronic bills", groups=MONEY_ROLES)
