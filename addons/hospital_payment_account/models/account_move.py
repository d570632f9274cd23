from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    hospital_shift_id = fields.Many2one(
        "hospital.shift", "Cashier shift", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
