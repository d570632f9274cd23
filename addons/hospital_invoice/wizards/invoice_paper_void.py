from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalInvoicePaperVoid(models.TransientModel):
    """Voids blank forms, here and at the platform."""

    _name = "hospital.invoice.paper.void"
    _description = "Void blank forms"

    paper_ids = fields.Many2many("hospital.invoice.paper", string="Paper forms", required=True)
    count = fields.Integer("Forms", compute="_compute_range")
    range_text = fields.Char("Numbers", compute="_compute_range")
    reason = fields.Char(required=True)

    @api.depends("paper_ids")
    def _compute_range(self):
        for wizard in self:
            runs = wizard.paper_ids._origin._runs()
            wizard.count = len(wizard.paper_ids)
            wizard.range_text = ", ".join(
                run.number if len(run) == 1 else f"{run[0].number} – {run[-1].number}" for run in runs
            )

    def action_void(self):
        self.ensure_one()
        if not self.paper_ids:
            raise UserError(self.env._("Choose the forms to void."))
        self.paper_ids.check_access("read")
        self.paper_ids.place_id._void_blanks(self.paper_ids, self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
