from odoo import models


class HospitalSandboxHttpJson(models.AbstractModel):
    _name = "hospital.sandbox.http_json"
    _inherit = "hospital.sandbox"
    _description = "Far side of JSON platforms"
