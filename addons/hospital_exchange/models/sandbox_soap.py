from odoo import models


class HospitalSandboxSoap(models.AbstractModel):
    _name = "hospital.sandbox.soap"
    _inherit = "hospital.sandbox.http_json"
    _description = "Far side of SOAP platforms"
