from odoo import fields, models


class HospitalEncounterCancel(models.TransientModel):
    _name = "hospital.encounter.cancel"
    _description = "Cancellation of an encounter"

    encounter_id = fields.Many2one("hospital.encounter", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.encounter_id._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
