from odoo import models

from .platform_view import SECRET


class HospitalSecret(models.Model):
    """The password of the role that reads the views is set in the database as soon as it is entered."""

    _inherit = "hospital.secret"

    def _inverse_value(self):
        result = super()._inverse_value()
        if SECRET in self.mapped("name"):
            self.env["hospital.platform"]._views_changed()
        return result

    def unlink(self):
        concerned = SECRET in self.mapped("name")
        result = super().unlink()
        if concerned:
            self.env["hospital.platform"]._views_changed()
        return result
