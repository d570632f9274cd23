from odoo import fields, models


class ResCompany(models.Model):
    """What a bed-day is in this hospital."""

    _inherit = "res.company"

    hospital_bedday_admission = fields.Boolean(
        "The day of admission counts", default=True, help="Off: the first bed-day is the day after the admission."
    )
    hospital_bedday_discharge = fields.Boolean("The day of discharge counts")
    hospital_bedday_same_day = fields.Boolean("Admitted and discharged on one day counts as one day", default=True)
    hospital_bedday_midnight = fields.Selection(
        [("end", "Midnight at the end of the day"), ("start", "Midnight at the beginning of the day")],
        "A day belongs to the ward at",
        required=True,
        default="end",
        help="What happens at 0:00 belongs to the day that begins.",
    )
    hospital_bedday_leave = fields.Selection(
        [
            ("midnight", "Not charged when the patient is away at midnight"),
            ("whole_day", "Not charged when the patient is away from 0:00 to 24:00"),
            ("charged", "Charged"),
        ],
        "Days of leave are",
        required=True,
        default="midnight",
    )
    hospital_bedday_number_leave = fields.Boolean(
        "Days of leave have a day number", default=True, help="Off: the day number stands still during a leave."
    )

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith("hospital_bedday_") for name in vals):
            plans = self.env["hospital.nursing.plan"].sudo().search([("company_id", "in", self.ids)])
            for plan in plans:
                plan._mark_due(plan.date_from)
        return result
