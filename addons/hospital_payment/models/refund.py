from odoo import fields, models


class HospitalRefund(models.Model):
    """Money that goes back: asked for by one, approved by another, carried out line by line."""

    _name = "hospital.refund"
    _description = "Refund"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    source = fields.Selection(
        [
            ("settlement", "Settlement"),
            ("account", "Account"),
            ("order", "Abnormal order"),
            ("online", "Request of the patient"),
            ("batch", "Batch by the original road"),
        ],
        required=True,
        readonly=True,
    )
    patient_id = fields.Many2one("hospital.patient", readonly=True, index="btree_not_null", ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("hospital.account", readonly=True, index="btree_not_null", ondelete="restrict")
    settlement_id = fields.Many2one("hospital.settlement", readonly=True, index="btree_not_null", ondelete="restrict")
    order_id = fields.Many2one("hospital.pay.order", readonly=True, index="btree_not_null", ondelete="restrict")
    amount = fields.Monetary(required=True)
    reason_id = fields.Many2one("hospital.refund.reason", ondelete="restrict")
    note = fields.Char()
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("requested", "Requested"),
            ("approved", "Approved"),
            ("executing", "Being carried out"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("unknown", "No certain answer"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    line_ids = fields.One2many("hospital.refund.line", "refund_id", "Lines")
    shift_id = fields.Many2one("hospital.shift", readonly=True, index="btree_not_null", ondelete="restrict")
