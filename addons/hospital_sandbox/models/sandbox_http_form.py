from urllib.parse import parse_qs

from odoo import api, models


class HospitalSandboxHttpForm(models.AbstractModel):
    """The same platform, asked in form fields."""

    _inherit = "hospital.sandbox.http_form"

    @api.model
    def _read(self, visit, text):
        pairs = parse_qs(text, keep_blank_values=True)
        return {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}
