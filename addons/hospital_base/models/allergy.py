from odoo import fields, models


class HospitalAllergy(models.Model):
    _name = "hospital.allergy"
    _description = "Allergy"
    _inherit = ["hospital.access.mixin"]
    _order = "severity desc, noted_on desc, id desc"
    _rec_name = "substance"

    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="cascade")
    substance = fields.Char(required=True)
    reaction = fields.Char()
    severity = fields.Selection([("1", "Mild"), ("2", "Moderate"), ("3", "Severe")], default="2")
    noted_on = fields.Date("Noted on", default=lambda self: self.env.company._hospital_today())
    active = fields.Boolean(default=True)
