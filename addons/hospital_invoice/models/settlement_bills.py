from odoo import models


class HospitalSettlement(models.Model):
    _name = "hospital.settlement"
    _inherit = ["hospital.settlement", "hospital.invoice.link.mixin"]
    _invoice_path = "settlement_id"
