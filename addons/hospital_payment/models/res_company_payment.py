from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_topup_most = fields.Monetary(
        "Most of one top-up", default=50000.0, help="A larger amount is taken for a slip of the finger. 0: no limit."
    )
    hospital_deposit_threshold = fields.Monetary(
        "Deposit runs low below",
        default=500.0,
        help="Deposit less unsettled charges: below this the ward is told. A ward may have a number of its own.",
    )

    _hospital_topup_most_not_negative = models.Constraint(
        "CHECK (hospital_topup_most >= 0)", "The largest top-up cannot be negative."
    )
