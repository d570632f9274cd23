from odoo import api, fields, models


class HospitalReconDecide(models.TransientModel):
    """One decision about the differences that were chosen, with its reason."""

    _name = "hospital.recon.decide"
    _description = "Decide about differences"

    item_ids = fields.Many2many("hospital.recon.item", string="Differences", readonly=True)
    decision = fields.Selection(
        lambda self: self.env["hospital.recon.item"]._fields["decision"]._description_selection(self.env),
        required=True,
    )
    reason = fields.Char()
    currency_id = fields.Many2one("res.currency", compute="_compute_preview")
    item_count = fields.Integer("Number of differences", compute="_compute_preview")
    their_amount = fields.Monetary("Amount with the channel", compute="_compute_preview")
    our_amount = fields.Monetary("Amount with us", compute="_compute_preview")
    difference = fields.Monetary("Changes our net by", compute="_compute_preview")
    second_count = fields.Integer("Need a second person", compute="_compute_preview")
    problem = fields.Text(compute="_compute_problem")

    # === COMPUTE ===

    @api.depends("item_ids")
    def _compute_preview(self):
        for decide in self:
            items = decide.item_ids
            decide.currency_id = items.currency_id[:1] or self.env.company.currency_id
            decide.item_count = len(items)
            decide.their_amount = sum(items.mapped("their_amount"))
            decide.our_amount = sum(items.mapped("our_amount"))
            decide.difference = sum(items.mapped("difference"))
            decide.second_count = sum(item._needs_second() for item in items)

    @api.depends("item_ids", "decision")
    def _compute_problem(self):
        for decide in self:
            found = [item._why_not(decide.decision) for item in decide.item_ids] if decide.decision else []
            decide.problem = "\n".join(why for why in found[:20] if why) or False

    # === ACTIONS ===

    def action_decide(self):
        self.ensure_one()
        self.item_ids._decide(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}
