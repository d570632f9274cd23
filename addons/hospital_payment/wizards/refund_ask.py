from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import allocation
from ..tools.allocation import allocate
from ..tools.typed import check_amounts


class HospitalRefundAsk(models.TransientModel):
    """Ask for money of an account or of a payment; by which roads it would go is said before anything happens."""

    _name = "hospital.refund.ask"
    _description = "Ask for a refund"

    kind = fields.Selection(
        [("account", "Money of a card or a deposit"), ("order", "A payment")],
        "Refund of",
        required=True,
        default="account",
    )
    account_id = fields.Many2one("hospital.account", domain="[('state', '=', 'open'), ('balance', '>', 0)]")
    order_id = fields.Many2one(
        "hospital.pay.order", "Payment", domain="[('state', '=', 'paid'), ('business', '!=', 'settlement')]"
    )
    patient_id = fields.Many2one("hospital.patient", compute="_compute_facts")
    currency_id = fields.Many2one("res.currency", compute="_compute_facts")
    available = fields.Monetary("At most", compute="_compute_facts")
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)
    irrefundable_amount = fields.Monetary("Not by its own road", compute="_compute_roads")
    road_text = fields.Text("How it goes back", compute="_compute_roads")
    reason_id = fields.Many2one("hospital.refund.reason", required=True)
    note = fields.Char()
    needs_note = fields.Boolean(related="reason_id.needs_note")
    needs_second = fields.Boolean(compute="_compute_roads")

    # === COMPUTE ===

    @api.depends("kind", "account_id", "order_id")
    def _compute_facts(self):
        for ask in self:
            source = ask._source()
            ask.patient_id = source.patient_id
            ask.currency_id = source.currency_id or self.env.company.currency_id
            ask.available = max(self.env["hospital.refund"]._available(ask._named()), 0.0) if source else 0.0

    @api.depends("kind", "account_id", "order_id")
    def _compute_amount(self):
        for ask in self:
            ask.amount = ask.available

    @api.depends("amount", "kind", "account_id", "order_id")
    def _compute_roads(self):
        for ask in self:
            ask.road_text = ask.irrefundable_amount = ask.needs_second = False
            if not ask._source() or ask.amount <= 0:
                continue
            parts = ask._parts()
            ask.irrefundable_amount = allocation.irrefundable(parts) / 100
            ask.road_text = self.env["hospital.refund"]._road_text(parts, ask.currency_id)
            limit = self.env.company.sudo().hospital_refund_second_limit
            ask.needs_second = ask.currency_id.compare_amounts(ask.amount, limit) > 0

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([check_amounts(self.env, vals, "amount") for vals in vals_list])

    def write(self, vals):
        return super().write(check_amounts(self.env, vals, "amount"))

    # === ACTIONS ===

    def action_ask(self):
        self.ensure_one()
        source = self._source()
        if not source:
            raise UserError(self.env._("Choose what is refunded."))
        source.check_access("read")
        self._check_role()
        Refund = self.env["hospital.refund"]
        if self.kind == "account":
            refund = Refund._refund_account(source, self.amount, self.reason_id, note=self.note)
        else:
            if source.business == "settlement" and source.business_state == "done":
                raise UserError(
                    self.env._(
                        "This payment belongs to a settlement. Take the settlement back: its money goes with it."
                    )
                )
            refund = Refund._refund_order(source, self.reason_id, self.amount, automatic=False, note=self.note)
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.refund",
            "res_id": refund.id,
            "views": [[False, "form"]],
        }

    # === HELPERS ===

    def _check_role(self):
        if not self.env.user.has_groups(
            "hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk"
        ):
            raise UserError(self.env._("Refunds are asked for by the cash desk and by finance."))

    def _source(self):
        return self.account_id if self.kind == "account" else self.order_id

    def _named(self):
        return {f"{self.kind}_id": self._source()._origin.id}

    def _parts(self):
        Refund = self.env["hospital.refund"]
        _source_sudo = self._source()._origin.sudo()  # reckoned for whoever may see what is refunded
        if self.kind == "account":
            payments = Refund._account_payments(_source_sudo)
        else:
            payments = [Refund._order_payment(_source_sudo)] if _source_sudo.state == "paid" else []
        now = self.env.cr.now().replace(microsecond=0)
        return allocate(Refund._cents(self.amount), payments, now, keep_unknown=self.kind == "account")
