from odoo import api, models


class HospitalNursingPlanPart(models.AbstractModel):
    """Rows of a plan: when one changes, what was charged by the plan is looked at again."""

    _name = "hospital.nursing.plan.part"
    _description = "Part of a nursing charge plan"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.plan_id._mark_due(min(parts.plan_id.mapped("date_from"), default=None))
        return parts

    def write(self, vals):
        result = super().write(vals)
        self.plan_id._mark_due(min(self.plan_id.mapped("date_from"), default=None))
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._mark_due(min(plans.mapped("date_from"), default=None))
        return result
