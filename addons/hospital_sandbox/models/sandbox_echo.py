from odoo import api, models


class HospitalSandboxEcho(models.AbstractModel):
    """The far side of Echo: what the other one does for JSON platforms, and one rule of its own."""

    _name = "hospital.sandbox.echo"
    _inherit = "hospital.sandbox.http_json"
    _description = "Far side of Echo"

    @api.model
    def _answer_do(self, payload, visit):
        """A note that says nothing is not taken."""
        if not payload["text"].strip():
            raise self._no("EMPTY", "the note says nothing")
        return self._answer_by_effect_once(payload, visit)

    @api.model
    def _example(self, interface):
        return super()._example(interface) or self.env["hospital.echo.note"].create({"text": "Echo"})
