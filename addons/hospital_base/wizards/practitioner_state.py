from odoo import fields, models
from odoo.exceptions import UserError


class HospitalPractitionerState(models.TransientModel):
    """Suspend or resume practitioners; the reason stays in their history."""

    _name = "hospital.practitioner.state"
    _description = "Suspend or resume practitioners"

    practitioner_ids = fields.Many2many("hospital.practitioner", string="Practitioners", required=True)
    step = fields.Selection([("suspend", "Suspend"), ("resume", "Resume")], required=True, default="suspend")
    reason = fields.Text(required=True)

    def action_apply(self):
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Write down the reason."))
        if self.step == "suspend":
            self.practitioner_ids._suspend(reason)
        else:
            self.practitioner_ids._resume(reason)
        return {"type": "ir.actions.act_window_close"}
