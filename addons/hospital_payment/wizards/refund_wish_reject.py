from odoo import fields, models


class HospitalRefundWishReject(models.TransientModel):
    """Why a patient's request is not met; he reads it on his phone."""

    _name = "hospital.refund.wish.reject"
    _description = "Reject the request of a patient"

    wish_id = fields.Many2one("hospital.refund.wish", required=True, readonly=True)
    reason = fields.Char("What the patient reads", required=True)

    def action_confirm(self):
        self.ensure_one()
        self.wish_id._reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
