from odoo import models


class HospitalAccessMixin(models.AbstractModel):
    _name = "hospital.access.mixin"
    _description = "Exports leave a row in the access log"

    def export_data(self, fields_to_export):
        if self:
            self.env["hospital.access.log"]._log("export", self, field_names=", ".join(fields_to_export))
        return super().export_data(fields_to_export)
