from odoo import fields, models


class HospitalRefundReason(models.Model):
    _name = "hospital.refund.reason"
    _description = "Refund reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
