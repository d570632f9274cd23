from odoo import api, fields, models

APPROVER = "hospital_payment.group_refund_approver"
MANAGER = "hospital_base.group_hospital_finance_manager"
LIVE = ("requested", "approved", "executing", "unknown")
STATES = [
    ("draft", "Draft"),
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("executing", "Being carried out"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("unknown", "No certain answer"),
    ("rejected", "Rejected"),
    ("cancelled", "Cancelled"),
]


class HospitalRefund(models.Model):
    """Money that goes back: asked for by one, approved by another, carried out line by line.

    Nobody writes a refund. How it goes from state to state is in `refund_steps.py`, who may decide in
    `refund_approval.py`, by which roads the money goes in `refund_roads.py`, and how other addons ask for one in
    `refund_sources.py`.
    """

    _name = "hospital.refund"
    _description = "Refund"
    _inherit = ["hospital.access.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "patient_id", "account_id"]

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    source = fields.Selection(
        [
            ("settlement", "Settlement"),
            ("account", "Account"),
            ("order", "Order"),
            ("online", "Request of the patient"),
            ("batch", "Batch by the original road"),
            ("self", "Self-service"),
        ],
        required=True,
        readonly=True,
    )
    patient_id = fields.Many2one("hospital.patient", readonly=True, index="btree_not_null", ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("hospital.account", readonly=True, index="btree_not_null", ondelete="restrict")
    card_id = fields.Many2one(related="account_id.card_id", string="Card")
    settlement_id = fields.Many2one("hospital.settlement", readonly=True, index="btree_not_null", ondelete="restrict")
    order_id = fields.Many2one("hospital.pay.order", readonly=True, index="btree_not_null", ondelete="restrict")
    batch_line_id = fields.Many2one("hospital.refund.batch.line", readonly=True, ondelete="restrict")
    amount = fields.Monetary(required=True, readonly=True)
    done_amount = fields.Monetary("Paid back", readonly=True, copy=False, default=0.0)
    irrefundable_amount = fields.Monetary(
        "Not by its own road",
        readonly=True,
        copy=False,
        help="What cannot go back by the road it came: too old, paid back in too many parts, or paid in cash. "
        "It is paid out at the cash desk.",
    )
    desk_amount = fields.Monetary("Waiting at the cash desk", compute="_compute_desk_amount")
    reason_id = fields.Many2one("hospital.refund.reason", readonly=True, ondelete="restrict")
    note = fields.Char(readonly=True)
    is_automatic = fields.Boolean("By rule", readonly=True, help="Approved by a rule of the hospital, not by a person.")
    place = fields.Selection(
        [("window", "Window"), ("kiosk", "Self-service machine"), ("app", "Phone"), ("system", "System")],
        required=True,
        readonly=True,
        default="window",
    )
    state = fields.Selection(STATES, required=True, readonly=True, copy=False, default="draft")
    state_at = fields.Datetime("State since", required=True, readonly=True, copy=False, default=fields.Datetime.now)
    requested_by_id = fields.Many2one("res.users", "Requested by", readonly=True, copy=False, ondelete="restrict")
    requested_at = fields.Datetime("Requested at", readonly=True, copy=False)
    request_day = fields.Date("Day of the request", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False, ondelete="restrict")
    approved_at = fields.Datetime("Approved at", readonly=True, copy=False)
    needs_second = fields.Boolean("Needs a second approval", readonly=True, copy=False)
    second_approved_by_id = fields.Many2one(
        "res.users", "Second approval by", readonly=True, copy=False, ondelete="restrict"
    )
    second_approved_at = fields.Datetime("Second approval at", readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", "Ended by", readonly=True, copy=False, ondelete="restrict")
    decision = fields.Char("Why rejected or ended", readonly=True, copy=False)
    done_at = fields.Datetime("Done at", readonly=True, copy=False)
    partner_number = fields.Char("Number of the request", readonly=True, copy=False, help="Given by the mini-program.")
    contact_phone = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    shift_id = fields.Many2one("hospital.shift", readonly=True, index="btree_not_null", ondelete="restrict")
    print_count = fields.Integer("Times printed", readonly=True, copy=False, default=0, aggregator=None)
    line_ids = fields.One2many("hospital.refund.line", "refund_id", "Lines", readonly=True)
    patient_number = fields.Char(related="patient_id.number", string="Record no.")
    channel_names = fields.Char("Channels", compute="_compute_line_facts")
    order_numbers = fields.Char("Payments", compute="_compute_line_facts")
    why_not_approve = fields.Char("Why you cannot approve", compute="_compute_may")
    may_approve = fields.Boolean(compute="_compute_may")
    may_cancel = fields.Boolean(compute="_compute_may")
    may_pay_out = fields.Boolean(compute="_compute_may")

    _number_unique = models.UniqueIndex("(number)", "This refund number is already used.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "The amount of a refund must be more than zero.")
    _done_at_most = models.Constraint(
        "CHECK (done_amount >= 0 AND done_amount <= amount)", "More than was asked for cannot be paid back."
    )
    _maker_is_not_checker = models.Constraint(
        "CHECK (approved_by_id IS DISTINCT FROM requested_by_id AND second_approved_by_id IS DISTINCT FROM requested_by_id"
        " OR approved_by_id IS NULL AND second_approved_by_id IS NULL)",
        "Who asked for a refund cannot approve it.",
    )
    _two_approvers = models.Constraint(
        "CHECK (second_approved_by_id IS NULL OR second_approved_by_id IS DISTINCT FROM approved_by_id)",
        "The second approval is given by somebody else than the first.",
    )
    _approved_by_two = models.Constraint(
        "CHECK (NOT needs_second OR is_automatic OR second_approved_by_id IS NOT NULL"
        " OR state IN ('draft', 'requested', 'rejected', 'cancelled'))",
        "A refund of this amount needs two approvals.",
    )
    _one_per_account = models.UniqueIndex(
        f"(account_id) WHERE account_id IS NOT NULL AND state IN {LIVE}",
        "A refund of this account is on its way already.",
    )
    _one_per_order = models.UniqueIndex(
        f"(order_id) WHERE order_id IS NOT NULL AND state IN {LIVE}", "A refund of this payment is on its way already."
    )
    _one_per_settlement = models.UniqueIndex(
        "(settlement_id) WHERE settlement_id IS NOT NULL AND state = 'requested'",
        "A refund of this settlement waits for its approval already.",
    )
    _once_per_batch_line = models.UniqueIndex(
        "(batch_line_id) WHERE batch_line_id IS NOT NULL", "This line of the batch has its refund already."
    )
    _once_per_request = models.UniqueIndex(
        "(partner_number) WHERE partner_number IS NOT NULL", "This request was made already."
    )
    _open_index = models.Index(
        "(campus_id, state) WHERE state IN ('requested', 'approved', 'executing', 'failed', 'unknown')"
    )
    _day_index = models.Index("(source, request_day)")

    # === COMPUTE ===

    @api.depends("line_ids.state", "line_ids.amount", "line_ids.by_hand")
    def _compute_desk_amount(self):
        for refund in self:
            waiting = refund.line_ids.filtered(lambda line: line.by_hand and line.state == "pending")
            refund.desk_amount = sum(waiting.mapped("amount"))

    @api.depends("line_ids.order_id", "line_ids.way")
    def _compute_line_facts(self):
        for refund in self:
            _orders_sudo = refund.line_ids.sudo().order_id  # named on refunds that are seen
            refund.channel_names = ", ".join(dict.fromkeys(_orders_sudo.channel_id.mapped("name")))
            refund.order_numbers = ", ".join(_orders_sudo.mapped("number"))

    @api.depends("state", "requested_by_id", "approved_by_id", "needs_second", "line_ids.state")
    @api.depends_context("uid")
    def _compute_may(self):
        user = self.env.user
        approver = user.has_group(APPROVER)
        cashier = user.has_group("hospital_base.group_hospital_cashier")
        for refund in self:
            waits = refund.state == "requested"
            reasons = refund._why_not_approve() if waits and approver else []
            refund.why_not_approve = " ".join(reasons) or False
            refund.may_approve = waits and approver and not reasons
            own = refund.state == "requested" and refund.requested_by_id == user
            refund.may_cancel = own or (approver and refund.state in ("requested", "approved"))
            refund.may_pay_out = cashier and refund.state in ("approved", "executing") and bool(refund.desk_amount)

    # === ACTIONS ===

    def action_approve(self):
        self._approve()

    def action_reject(self):
        return self._open_decision("reject", self.env._("Reject the refund"))

    def action_cancel(self):
        return self._open_decision("cancel", self.env._("Cancel the refund"))

    def action_give_up(self):
        return self._open_decision("give_up", self.env._("Give up what failed"))

    def action_to_desk(self):
        return self._open_decision("to_desk", self.env._("Pay out at the cash desk instead"))

    def action_retry(self):
        """Send what failed once more, under the same refund numbers."""
        self._retry()

    def action_check(self):
        """Ask the channel now what became of it."""
        self._check_finance()
        self.line_ids.filtered(lambda line: line.state in ("processing", "unknown"))._follow_up()

    def action_pay_out(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pay out at the cash desk"),
            "res_model": "hospital.refund.payout",
            "view_mode": "form",
            "target": "new",
            "context": {"default_refund_id": self.id, "dialog_size": "medium"},
        }

    def action_print(self):
        self.ensure_one()
        return self.env.ref("hospital_payment.report_hospital_refund_slip").report_action(self)

    def action_open_account(self):
        self.ensure_one()
        return self._open(self.account_id)

    def action_open_order(self):
        self.ensure_one()
        return self._open(self.order_id)

    def _open(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [[False, "form"]],
        }

    def _open_decision(self, decision, title):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "hospital.refund.decision",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_refund_id": self.id,
                "default_decision": decision,
                "dialog_size": "medium",
            },
        }

    # === HELPERS ===

    @api.model
    def _next_number(self, company):
        """Never used twice, also when what it was made for is undone: channels know refunds by it."""
        _sequence_sudo = self.env["ir.sequence"].sudo()  # sequences are closed to clerks
        return f"R{company._hospital_today():%Y%m%d}{_sequence_sudo.next_by_code('hospital.refund')}"
