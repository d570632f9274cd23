from odoo import fields, models


class HospitalWard(models.Model):
    _inherit = "hospital.ward"

    hospital_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency")
    has_deposit_threshold = fields.Boolean("Own deposit limit")
    deposit_threshold = fields.Monetary(
        "Deposit runs low below",
        currency_field="hospital_currency_id",
        help="Deposit less unsettled charges: below this the ward is told.",
    )
