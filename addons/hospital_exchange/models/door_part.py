from odoo import api, models


class HospitalDoorPart(models.AbstractModel):
    """Rows that calls in read from the cache: a change of theirs drops what is kept there."""

    _name = "hospital.door.part"
    _description = "Part of what calls in know of a platform"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()


class HospitalPlatformParameter(models.Model):
    _name = "hospital.platform.parameter"
    _inherit = ["hospital.platform.parameter", "hospital.door.part"]


class HospitalSecret(models.Model):
    _name = "hospital.secret"
    _inherit = ["hospital.secret", "hospital.door.part"]


class HospitalInterface(models.Model):
    _name = "hospital.interface"
    _inherit = ["hospital.interface", "hospital.door.part"]
