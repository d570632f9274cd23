from odoo import api, models


class HospitalInterfaceField(models.Model):
    """The lines of a view are its columns."""

    _inherit = "hospital.interface.field"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._tell_views()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._tell_views()
        return result

    def unlink(self):
        views = "view" in self.interface_id.mapped("direction")
        result = super().unlink()
        if views:
            self.env["hospital.platform"]._views_changed()
        return result

    def _tell_views(self):
        if "view" in self.interface_id.mapped("direction"):
            self.env["hospital.platform"]._views_changed()
