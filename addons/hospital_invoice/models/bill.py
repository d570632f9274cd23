from odoo import fields, models


class HospitalBill(models.Model):
    _inherit = "hospital.bill"

    is_totals = fields.Boolean("Totals only", readonly=True, help="The totals agreed, so the bills were not asked for.")
