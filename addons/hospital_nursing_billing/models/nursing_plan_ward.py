from odoo import api, fields, models

from .nursing_plan import FOREVER


class HospitalNursingPlanWard(models.Model):
    """A ward that offers whole care, from–to: a ward that joins later leaves the days before as they were."""

    _name = "hospital.nursing.plan.ward"
    _description = "Ward with whole care"
    _inherit = ["hospital.nursing.plan.part"]
    _order = "plan_id, ward_id, date_from, id"
    _rec_name = "ward_id"

    plan_id = fields.Many2one("hospital.nursing.plan", required=True, index=True, ondelete="cascade")
    campus_id = fields.Many2one(related="plan_id.campus_id", store=True, precompute=True)
    ward_id = fields.Many2one(
        "hospital.ward", required=True, index=True, ondelete="restrict", domain="[('campus_id', '=', campus_id)]"
    )
    date_from = fields.Date("From", help="Empty: as long as the plan is in force.")
    date_to = fields.Date("To")

    _dates_in_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_to >= date_from)",
        "The ward leaves before it joins. Correct the dates.",
    )

    @api.constrains("plan_id", "ward_id", "date_from", "date_to")
    def _check_one_plan(self):
        self.plan_id._check_wards()

    def _span(self):
        self.ensure_one()
        plan = self.plan_id
        return (
            max(filter(None, (self.date_from, plan.date_from))),
            min(filter(None, (self.date_to, plan.date_to, FOREVER))),
        )

    def _overlaps(self, other):
        (first, last), (other_first, other_last) = self._span(), other._span()
        return first <= other_last and other_first <= last
