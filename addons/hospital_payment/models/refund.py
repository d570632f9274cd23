from odoo import api, fields, models


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

    # === REQUESTS OF THE HOSPITAL'S OWN DOCUMENTS ===

    @api.model
    def _refund_settlement(self, settlement, amount, reason):
        """Ask for money of a settlement back. The charges are taken back already: the money is owed to the patient."""
        return self._ask(settlement, "settlement", amount, reason)

    @api.model
    def _refund_account(self, account, amount, reason):
        """Ask for money of an account back, as the rest of a deposit after the discharge."""
        return self._ask(account, "account", amount, reason)

    @api.model
    def _refund_order(self, order, reason):
        """Ask for the money of an order back whose business was not done."""
        return self._ask(order, "order", order.refundable_amount, reason)

    def _ask(self, record, source, amount, reason):
        _sequence_sudo = self.env["ir.sequence"].sudo()  # every cashier draws a number
        _refunds_sudo = self.sudo()  # refunds are written by their own methods only
        return _refunds_sudo.create(
            {
                "number": f"R{record.company_id._hospital_today():%Y%m%d}{_sequence_sudo.next_by_code('hospital.refund')}",
                "source": source,
                f"{source}_id": record.id,
                "patient_id": record.patient_id.id,
                "campus_id": record.campus_id.id,
                "amount": amount,
                "note": reason,
                "state": "requested",
            }
        ).with_env(self.env)
