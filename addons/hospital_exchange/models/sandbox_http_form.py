from odoo import models


class HospitalSandboxHttpForm(models.AbstractModel):
    _name = "hospital.sandbox.http_form"
    _inherit = "hospital.sandbox.http_json"
    _description = "Far side of form platforms"
