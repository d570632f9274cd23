from odoo import fields, models


class ResCompany(models.Model):
    """The hospital's rules for refunds and for money that lies on cards."""

    _inherit = "res.company"

    hospital_refund_free_limit = fields.Monetary(
        "Settlements refunded without approval up to",
        default=0.0,
        help="What a cashier takes back of a settlement goes back at once up to this amount. 0: every refund is approved.",
    )
    hospital_refund_second_limit = fields.Monetary(
        "Second approval above", default=5000.0, help="Refunds above this amount are approved by two people."
    )
    hospital_balance_topup_days = fields.Integer(
        "Topped up within (days)",
        default=60,
        help="Cards topped up by WeChat or Alipay today or in so many days before today are looked at.",
    )
    hospital_balance_emergency_days = fields.Integer(
        "No emergency visit within (days)",
        default=7,
        help="Cards whose owner came to the emergency department today or in so many days before today are left alone.",
    )
    hospital_balance_spend_days = fields.Integer(
        "Nothing spent within (days)",
        default=53,
        help="Cards from which something was paid today or in so many days before today are left alone.",
    )
    hospital_self_refund = fields.Boolean(
        "Refunds by self-service",
        default=True,
        help="A balance that is less than the last top-up goes back by the road it came, at the patient's own wish.",
    )

    _hospital_refund_limits_not_negative = models.Constraint(
        "CHECK (hospital_refund_free_limit >= 0 AND hospital_refund_second_limit >= 0)",
        "The limits for refunds cannot be negative.",
    )
    _hospital_balance_days_not_negative = models.Constraint(
        "CHECK (hospital_balance_topup_days >= 0 AND hospital_balance_emergency_days >= 0"
        " AND hospital_balance_spend_days >= 0)",
        "The days for balances of cards cannot be negative.",
    )
