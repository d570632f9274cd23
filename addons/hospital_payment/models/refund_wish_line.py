from odoo import fields, models


class HospitalRefundWishLine(models.Model):
    _name = "hospital.refund.wish.line"
    _description = "Charge a patient wants to be taken back"
    _order = "wish_id desc, id"
    _rec_name = "charge_id"

    wish_id = fields.Many2one("hospital.refund.wish", required=True, index=True, ondelete="cascade")
    campus_id = fields.Many2one(related="wish_id.campus_id", store=True)
    charge_id = fields.Many2one("hospital.charge", required=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one(related="charge_id.currency_id")
    name = fields.Char(related="charge_id.name", string="Item")
    uom_id = fields.Many2one(related="charge_id.uom_id")
    exec_department_id = fields.Many2one(related="charge_id.exec_department_id")
    open_quantity = fields.Float(related="charge_id.open_quantity", string="Left")
    quantity = fields.Float("Take back", digits="Product Unit", required=True)
