from odoo import fields, models
from odoo.exceptions import UserError

from ..models.recon import MANAGER


class HospitalBillDelete(models.TransientModel):
    """A wrong bill is put aside with a reason, and the right one fetched."""

    _name = "hospital.bill.delete"
    _description = "Delete a bill"

    recon_id = fields.Many2one("hospital.recon", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", related="recon_id.currency_id")
    bill_name = fields.Char("File", related="recon_id.bill_id.name")
    pay_count = fields.Integer(related="recon_id.their_pay_count")
    pay_amount = fields.Monetary(related="recon_id.their_pay_amount")
    refund_count = fields.Integer(related="recon_id.their_refund_count")
    refund_amount = fields.Monetary(related="recon_id.their_refund_amount")
    decided_count = fields.Integer("Decisions that are kept", compute="_compute_decided_count")
    reason = fields.Char()
    fetch_again = fields.Boolean("Fetch it again at once", default=True)

    def _compute_decided_count(self):
        for delete in self:
            delete.decided_count = len(delete.recon_id.item_ids.filtered(lambda item: item.state == "decided"))

    def action_delete(self):
        self.ensure_one()
        recon = self.recon_id
        recon._check_may(MANAGER)
        if not (self.reason or "").strip():
            raise UserError(self.env._("Enter why the bill is deleted."))
        recon._lock()
        recon._drop_bill(self.reason.strip())
        if self.fetch_again and recon.channel_id.kind == "online":
            recon._fetch()
            if not recon.bill_id:
                return {
                    "type": "ir.actions.client",
                    "tag": "display_notification",
                    "params": {
                        "type": "warning",
                        "title": self.env._("The bill was deleted, the new one is not there yet"),
                        "message": recon.fetch_error,
                        "next": {"type": "ir.actions.act_window_close"},
                    },
                }
        return {"type": "ir.actions.act_window_close"}
