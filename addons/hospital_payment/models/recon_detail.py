from odoo import fields, models
from odoo.tools import SQL


class HospitalReconDetail(models.Model):
    """Every line of a reconciled day with what stands beside it on the other side, matched or not (S2-7.7)."""

    _name = "hospital.recon.detail"
    _description = "Detail of a reconciliation"
    _auto = False
    _order = "id"
    _rec_name = "our_number"
    _depends = {
        "hospital.recon": ["bill_id", "day", "merchant_id", "channel_id", "campus_id", "company_id"],
        "hospital.bill.line": ["bill_id", "kind", "our_number", "our_refund_number", "channel_number", "amount", "at"],
        "hospital.recon.item": ["recon_id", "bill_line_id", "kind", "state", "decision", "is_live"],
        "hospital.pay.order": ["number", "merchant_id", "amount", "paid_at", "day"],
        "hospital.refund.line": ["number", "amount", "done_at", "order_id"],
    }

    recon_id = fields.Many2one("hospital.recon", "Day and merchant", readonly=True)
    day = fields.Date(readonly=True)
    channel_id = fields.Many2one("hospital.pay.channel", readonly=True)
    campus_id = fields.Many2one("hospital.campus", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("matched", "Matched"),
            ("only_ours", "Only ours"),
            ("only_theirs", "Only the channel's"),
            ("amount", "Amount differs"),
            ("state", "State differs"),
            ("day", "In another day's books"),
        ],
        "Result",
        readonly=True,
    )
    line_kind = fields.Selection([("pay", "Payment"), ("refund", "Refund")], "Of a", readonly=True)
    our_number = fields.Char(readonly=True)
    channel_number = fields.Char("Channel's number", readonly=True)
    order_id = fields.Many2one("hospital.pay.order", readonly=True)
    patient_id = fields.Many2one(related="order_id.patient_id")
    our_amount = fields.Monetary("Amount with us", readonly=True)
    their_amount = fields.Monetary("Amount with the channel", readonly=True)
    our_at = fields.Datetime("Time with us", readonly=True)
    their_at = fields.Datetime("Time with the channel", readonly=True)
    decision = fields.Selection(
        lambda self: self.env["hospital.recon.item"]._fields["decision"]._description_selection(self.env), readonly=True
    )

    @property
    def _table_query(self):
        return SQL(
            """SELECT line.id::bigint * 2 AS id, recon.id AS recon_id, recon.day, recon.channel_id, recon.campus_id,
                      recon.company_id, COALESCE(item.kind, 'matched') AS kind, line.kind AS line_kind,
                      COALESCE(item.our_number, back.number, paid.number, slip.number, line.our_refund_number,
                               line.our_number) AS our_number,
                      line.channel_number, COALESCE(paid.id, slip.id, item.order_id) AS order_id,
                      COALESCE(item.our_amount, back.amount, CASE line.kind WHEN 'pay' THEN paid.amount END,
                               slip.amount) AS our_amount,
                      line.amount AS their_amount,
                      COALESCE(item.our_at, back.done_at, CASE line.kind WHEN 'pay' THEN paid.paid_at END,
                               slip.paid_at) AS our_at,
                      line.at AS their_at, item.decision
                 FROM hospital_recon AS recon
                 JOIN hospital_bill_line AS line ON line.bill_id = recon.bill_id
                 LEFT JOIN hospital_recon_item AS item
                   ON item.bill_line_id = line.id AND item.recon_id = recon.id AND item.is_live
                 LEFT JOIN hospital_pay_order AS paid
                   ON paid.number = line.our_number AND paid.merchant_id = recon.merchant_id
                 LEFT JOIN hospital_refund_line AS back
                   ON line.kind = 'refund' AND back.number = line.our_refund_number
                 LEFT JOIN hospital_pay_order AS slip
                   ON line.our_number IS NULL AND line.kind = 'pay' AND slip.merchant_id = recon.merchant_id
                  AND slip.day = recon.day AND line.channel_number IN (slip.channel_number, slip.manual_reference)
               UNION ALL
               SELECT item.id::bigint * 2 + 1, item.recon_id, item.day, item.channel_id, item.campus_id, item.company_id,
                      item.kind, item.line_kind, item.our_number, item.channel_number, item.order_id, item.our_amount,
                      NULL, item.our_at, NULL, item.decision
                 FROM hospital_recon_item AS item WHERE item.bill_line_id IS NULL AND item.is_live"""
        )
