from odoo import fields, models
from odoo.tools import SQL


class HospitalPayMovement(models.Model):
    """A row per payment and per refund that has come about, whatever the channel: for summaries and analyses."""

    _name = "hospital.pay.movement"
    _description = "Payments and refunds"
    _auto = False
    _order = "day desc, id desc"
    _rec_name = "number"
    _depends = {
        "hospital.pay.order": ["number", "business", "campus_id", "company_id", "currency_id", "channel_id",
                               "merchant_id", "amount", "state", "day", "paid_at", "place", "user_id"],
        "hospital.refund.line": ["number", "order_id", "way", "amount", "state", "done_at"],
        "hospital.pay.merchant": ["vendor"],
        "res.company": ["hospital_tz"],
    }  # fmt: skip

    number = fields.Char(readonly=True)
    kind = fields.Selection([("pay", "Payment"), ("refund", "Refund")], readonly=True)
    day = fields.Date(readonly=True)
    at = fields.Datetime("Time", readonly=True)
    business = fields.Selection(
        lambda self: self.env["hospital.pay.order"]._fields["business"]._description_selection(self.env), readonly=True
    )
    vendor = fields.Char(readonly=True)
    channel_id = fields.Many2one("hospital.pay.channel", readonly=True)
    merchant_id = fields.Many2one("hospital.pay.merchant", readonly=True)
    campus_id = fields.Many2one("hospital.campus", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    place = fields.Selection(
        lambda self: self.env["hospital.pay.order"]._fields["place"]._description_selection(self.env), readonly=True
    )
    user_id = fields.Many2one("res.users", "Taken by", readonly=True)
    order_id = fields.Many2one("hospital.pay.order", readonly=True)
    pay_count = fields.Integer("Number of payments", readonly=True)
    pay_amount = fields.Monetary("Paid", readonly=True)
    refund_count = fields.Integer("Number of refunds", readonly=True)
    refund_amount = fields.Monetary("Refunded", readonly=True)
    net_amount = fields.Monetary("Net", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT paid.id::bigint * 2 AS id, paid.number, 'pay' AS kind, paid.day, paid.paid_at AS at, paid.business,
                      merchant.vendor, paid.channel_id, paid.merchant_id, paid.campus_id, paid.company_id,
                      paid.currency_id, paid.place, paid.user_id, paid.id AS order_id, 1 AS pay_count,
                      paid.amount AS pay_amount, 0 AS refund_count, 0.0 AS refund_amount, paid.amount AS net_amount
                 FROM hospital_pay_order AS paid
                 LEFT JOIN hospital_pay_merchant AS merchant ON merchant.id = paid.merchant_id
                WHERE paid.state = 'paid'
               UNION ALL
               SELECT line.id::bigint * 2 + 1, line.number, 'refund',
                      (line.done_at AT TIME ZONE 'UTC' AT TIME ZONE COALESCE(company.hospital_tz, 'Asia/Shanghai'))::date,
                      line.done_at, paid.business, CASE line.way WHEN 'original' THEN merchant.vendor END,
                      CASE line.way WHEN 'original' THEN paid.channel_id ELSE cash.id END,
                      CASE line.way WHEN 'original' THEN paid.merchant_id END, paid.campus_id, paid.company_id,
                      paid.currency_id, paid.place, line.create_uid, paid.id, 0, 0.0, 1, line.amount, -line.amount
                 FROM hospital_refund_line AS line
                 JOIN hospital_pay_order AS paid ON paid.id = line.order_id
                 JOIN res_company AS company ON company.id = paid.company_id
                 LEFT JOIN hospital_pay_merchant AS merchant ON merchant.id = paid.merchant_id
                 LEFT JOIN hospital_pay_channel AS cash ON cash.code = 'cash'
                WHERE line.state = 'done' AND line.way IN ('original', 'cash')"""
        )

    def action_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.pay.order",
            "res_id": self.order_id.id,
            "views": [[False, "form"]],
        }
