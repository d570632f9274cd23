from odoo import fields, models


class HospitalNursingWithdraw(models.TransientModel):
    _name = "hospital.nursing.withdraw"
    _description = "Withdraw a choice of the nursing mode"

    choice_id = fields.Many2one("hospital.nursing.choice", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.choice_id._withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
