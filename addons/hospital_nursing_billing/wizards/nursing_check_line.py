from odoo import fields, models

from ..models.nursing_day import DAY_KINDS
from ..models.nursing_plan import LEVELS


class HospitalNursingCheckLine(models.TransientModel):
    """A day as it should be and as it is posted."""

    _name = "hospital.nursing.check.line"
    _description = "Bed-day in the check"
    _order = "check_id, encounter_id, date"

    check_id = fields.Many2one("hospital.nursing.check", required=True, index=True, ondelete="cascade")
    encounter_id = fields.Many2one("hospital.encounter", readonly=True)
    currency_id = fields.Many2one(related="check_id.currency_id")
    date = fields.Date("Day", readonly=True)
    ward_id = fields.Many2one("hospital.ward", readonly=True)
    number = fields.Integer("Day no.", readonly=True, aggregator=None)
    kind = fields.Selection(DAY_KINDS, "Mode", readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    product_id = fields.Many2one("product.product", "Item", readonly=True)
    rate = fields.Float("Rate in %", digits=(6, 2), readonly=True, aggregator=None)
    price = fields.Float(digits="Product Price", readonly=True, aggregator=None)
    amount = fields.Monetary("Should be", readonly=True)
    posted_amount = fields.Monetary("Posted", readonly=True)
    difference = fields.Monetary(readonly=True)
    step = fields.Selection(
        [
            ("right", "Right"),
            ("charge", "To be charged"),
            ("again", "To be reversed and charged anew"),
            ("reverse", "To be reversed"),
            ("settled", "Difference: settled"),
            ("locked", "Difference: locked"),
            ("no_price", "Plan has no price"),
            ("no_level", "No nursing level"),
        ],
        "What is to be done",
        readonly=True,
    )
