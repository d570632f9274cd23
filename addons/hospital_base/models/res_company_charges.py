from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_charge_max_quantity = fields.Float(
        "Most of one item in a charge",
        default=9999,
        help="A larger quantity is taken for a slip of the finger and refused.",
    )
    hospital_charge_backdate_days = fields.Integer(
        "Oldest service, in days", default=31, help="Older services are charged by the finance manager only."
    )

    _hospital_charge_max_quantity_positive = models.Constraint(
        "CHECK (hospital_charge_max_quantity > 0)", "The largest quantity of a charge must be more than zero."
    )
    _hospital_charge_backdate_days_positive = models.Constraint(
        "CHECK (hospital_charge_backdate_days >= 0)", "The age of the oldest service cannot be negative."
    )
