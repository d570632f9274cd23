from odoo import fields, models


class HospitalRefundDecision(models.TransientModel):
    """A decision about a refund that needs a reason."""

    _name = "hospital.refund.decision"
    _description = "Decision about a refund"

    refund_id = fields.Many2one("hospital.refund", required=True, readonly=True)
    decision = fields.Selection(
        [
            ("reject", "Reject"),
            ("cancel", "Cancel"),
            ("give_up", "Give up what failed"),
            ("to_desk", "Pay out at the cash desk"),
        ],
        required=True,
        readonly=True,
    )
    patient_id = fields.Many2one(related="refund_id.patient_id")
    currency_id = fields.Many2one(related="refund_id.currency_id")
    amount = fields.Monetary(related="refund_id.amount")
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        self.refund_id._decide(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}
