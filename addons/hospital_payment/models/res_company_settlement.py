from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    hospital_cash_rounding = fields.Selection(
        [("cent", "To the fen"), ("jiao", "To the jiao"), ("yuan", "To the yuan")],
        "Rounding of cash",
        required=True,
        default="cent",
        help="What is paid in cash is rounded half up; the difference is a line of its own. Other means are never rounded.",
    )
    hospital_receipt_paper = fields.Selection(
        [("80mm", "80 mm roll"), ("a5", "A5")], "Paper of receipts", required=True, default="80mm"
    )
    hospital_shift_auto_open = fields.Boolean(
        "Shifts open by themselves", default=True, help="With the first money a cashier takes."
    )
    hospital_shift_hours = fields.Integer(
        "Longest shift (hours)",
        default=24,
        help="A cashier whose shift is open longer counts it before he takes money again. 0: no limit.",
    )
    hospital_shift_float = fields.Monetary(
        "Cash at the beginning of a shift", default=0.0, help="The small change that lies in the drawer."
    )

    _hospital_shift_hours_not_negative = models.Constraint(
        "CHECK (hospital_shift_hours >= 0)", "The longest shift cannot be negative."
    )
    _hospital_shift_float_not_negative = models.Constraint(
        "CHECK (hospital_shift_float >= 0)", "The cash at the beginning cannot be negative."
    )
