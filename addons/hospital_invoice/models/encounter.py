from odoo import models


class HospitalEncounter(models.Model):
    _name = "hospital.encounter"
    _inherit = ["hospital.encounter", "hospital.invoice.link.mixin"]
    _invoice_path = "encounter_id"
