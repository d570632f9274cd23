from odoo import fields, models

from .platform import MODES


class HospitalPlatformParameter(models.Model):
    _name = "hospital.platform.parameter"
    _description = "Parameter of a platform"
    _inherit = ["hospital.door.part"]
    _order = "platform_id, name, id"

    platform_id = fields.Many2one("hospital.platform", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="platform_id.company_id", store=True)
    name = fields.Char(required=True)
    value = fields.Char()
    mode = fields.Selection(MODES[1:], help="Empty: for every mode.")

    _name_unique = models.UniqueIndex(
        "(platform_id, name, COALESCE(mode, ''))", "The platform has this parameter already. Change that line."
    )
