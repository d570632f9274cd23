from odoo import fields, models


class HospitalLeaveEnd(models.TransientModel):
    _name = "hospital.leave.end"
    _description = "Return from a leave of absence"
    _inherit = ["hospital.encounter.step"]

    leave_id = fields.Many2one(related="encounter_id.current_leave_id")
    left_at = fields.Datetime(related="leave_id.start_at", string="On leave since")
    expected_back_at = fields.Datetime(related="leave_id.expected_back_at")

    def action_confirm(self):
        self.ensure_one()
        self.encounter_id._end_leave(self.at, self.reason)
        return {"type": "ir.actions.act_window_close"}
