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
