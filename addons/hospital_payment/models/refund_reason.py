from odoo import fields, models


class HospitalRefundReason(models.Model):
    """Why money goes back; the payer reads its name on his phone."""

    _name = "hospital.refund.reason"
    _description = "Refund reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    needs_note = fields.Boolean("Needs a note", help="Who chooses this reason also writes down what happened.")
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        "(name) WHERE active", "There is a refund reason with this name already. Use that one."
    )
