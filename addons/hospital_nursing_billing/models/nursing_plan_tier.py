from odoo import api, fields, models


class HospitalNursingPlanTier(models.Model):
    _name = "hospital.nursing.plan.tier"
    _description = "Tier of whole care"
    _inherit = ["hospital.nursing.plan.part"]
    _order = "plan_id, day_from"

    plan_id = fields.Many2one("hospital.nursing.plan", required=True, index=True, ondelete="cascade")
    day_from = fields.Integer("From day", required=True)
    day_to = fields.Integer("To day", compute="_compute_day_to", help="Zero: no end.")
    rate = fields.Float("Rate in %", digits=(6, 2), required=True, default=100.0)

    _day_unique = models.Constraint("UNIQUE (plan_id, day_from)", "Two tiers begin with the same day. Correct one.")
    _day_positive = models.Constraint("CHECK (day_from > 0)", "The first day of a stay is day 1.")
    _rate_range = models.Constraint("CHECK (rate >= 0 AND rate <= 100)", "A rate lies between 0 and 100 %.")

    @api.depends("day_from", "plan_id.tier_ids.day_from")
    def _compute_day_to(self):
        for tier in self:
            later = [day for day in tier.plan_id.tier_ids.mapped("day_from") if day > tier.day_from]
            tier.day_to = min(later) - 1 if later else 0

    @api.depends("day_from", "rate")
    def _compute_display_name(self):
        for tier in self:
            tier.display_name = self.env._("from day %(day)s: %(rate)g %%", day=tier.day_from, rate=tier.rate)
