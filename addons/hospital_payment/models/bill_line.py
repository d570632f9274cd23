from odoo import fields, models

from odoo.addons.hospital_base.tools.append_only import make_append_only


class HospitalBillLine(models.Model):
    """A line of a bill exactly as the channel gave it; whatever is decided about it never changes it."""

    _name = "hospital.bill.line"
    _description = "Line of a channel bill"
    _order = "at desc, id desc"
    _rec_name = "key"
    _log_access = False

    bill_id = fields.Many2one("hospital.bill", required=True, readonly=True, index=True, ondelete="restrict")
    day = fields.Date(related="bill_id.day")
    merchant_id = fields.Many2one("hospital.pay.merchant", related="bill_id.merchant_id")
    currency_id = fields.Many2one("res.currency", related="bill_id.currency_id")
    kind = fields.Selection([("pay", "Payment"), ("refund", "Refund")], required=True, readonly=True)
    our_number = fields.Char("Our order", readonly=True, index="btree_not_null")
    our_refund_number = fields.Char("Our refund", readonly=True)
    channel_number = fields.Char("Channel's number", readonly=True, index="btree_not_null")
    amount = fields.Monetary(required=True, readonly=True)
    fee = fields.Float(digits=(16, 5), readonly=True, help="Some channels reckon fees to more places than money has.")
    at = fields.Datetime("Time", readonly=True)
    state_text = fields.Char("Channel's word", readonly=True)
    state = fields.Selection(
        [("done", "Done"), ("processing", "Under way"), ("failed", "Failed")], required=True, readonly=True
    )
    key = fields.Char("Known by", required=True, readonly=True)
    nth = fields.Integer("Occurrence", required=True, readonly=True, help="2 when the bill has this number twice.")

    _key = models.Index("(key)")

    def init(self):
        make_append_only(self.env, self._table)
