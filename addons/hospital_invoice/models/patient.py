from odoo import models


class HospitalPatient(models.Model):
    _name = "hospital.patient"
    _inherit = ["hospital.patient", "hospital.invoice.link.mixin"]
    _invoice_path = "patient_id"
