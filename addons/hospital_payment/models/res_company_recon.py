from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_recon_second_limit = fields.Monetary(
        "Differences decided by one person up to",
        default=1000.0,
        help="A decision about more than this waits until a finance manager confirms it who did not make it.",
    )

    _hospital_recon_second_limit_not_negative = models.Constraint(
        "CHECK (hospital_recon_second_limit >= 0)", "The limit of one person cannot be negative."
    )
