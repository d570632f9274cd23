from odoo import fields, models


class HospitalBedBlock(models.TransientModel):
    _name = "hospital.bed.block"
    _description = "Blocking of a bed"

    bed_id = fields.Many2one("hospital.bed", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.bed_id._set_blocked(self.reason)
        return {"type": "ir.actions.act_window_close"}
