from odoo import Command, api, fields, models
from odoo.exceptions import AccessError


class HospitalRefundPayout(models.TransientModel):
    """The cashier hands out what was approved, once, and prints the slip that the patient signs."""

    _name = "hospital.refund.payout"
    _description = "Pay out a refund"

    refund_id = fields.Many2one("hospital.refund", required=True, readonly=True)
    patient_id = fields.Many2one(related="refund_id.patient_id")
    card_id = fields.Many2one(related="refund_id.card_id", string="Card")
    currency_id = fields.Many2one(related="refund_id.currency_id")
    amount = fields.Monetary("Hand out", related="refund_id.desk_amount")
    line_ids = fields.One2many(
        "hospital.refund.payout.line", "payout_id", compute="_compute_line_ids", store=True, readonly=False
    )
    print_slip = fields.Boolean("Print the refund slip", default=True)

    @api.depends("refund_id")
    def _compute_line_ids(self):
        for payout in self:
            waiting = payout.refund_id.line_ids.filtered(lambda line: line.by_hand and line.state == "pending")
            payout.line_ids = [Command.clear(), *(Command.create({"line_id": line.id}) for line in waiting)]

    def action_confirm(self):
        self.ensure_one()
        if not self.env.user.has_group("hospital_base.group_hospital_cashier"):
            raise AccessError(self.env._("Money is handed out by cashiers only."))
        references = {line.line_id.id: line.reference for line in self.line_ids}
        self.refund_id._pay_out_desk(references)
        if self.print_slip:
            return {**self.refund_id.action_print(), "close_on_report_download": True}
        return {"type": "ir.actions.act_window_close"}


class HospitalRefundPayoutLine(models.TransientModel):
    _name = "hospital.refund.payout.line"
    _description = "Part of a refund that is paid out"

    payout_id = fields.Many2one("hospital.refund.payout", required=True, ondelete="cascade")
    line_id = fields.Many2one("hospital.refund.line", required=True, readonly=True, ondelete="cascade")
    way = fields.Selection(related="line_id.way")
    channel_id = fields.Many2one(related="line_id.channel_id")
    why_cash = fields.Selection(related="line_id.why_cash")
    currency_id = fields.Many2one(related="line_id.currency_id")
    amount = fields.Monetary(related="line_id.amount")
    reference = fields.Char("Slip number of the card machine")
