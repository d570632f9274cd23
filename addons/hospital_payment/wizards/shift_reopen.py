from odoo import fields, models


class HospitalShiftReopen(models.TransientModel):
    _name = "hospital.shift.reopen"
    _description = "Reopen a shift"

    shift_id = fields.Many2one("hospital.shift", required=True, ondelete="cascade")
    cashier_id = fields.Many2one(related="shift_id.user_id", string="Cashier")
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.shift_id._reopen(self.reason)
        return {"type": "ir.actions.act_window_close"}
