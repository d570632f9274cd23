from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ..tools.typed import check_amounts

AMOUNTS = ("amount", "cash_given")


class HospitalTopup(models.TransientModel):
    """The top-up desk: whose account, how much, how it is paid; then the payment as it goes along, and the receipt.

    The order is made and committed by the first click. The payment itself is another call of the same screen, so that
    whatever happens to it there is an order that says so.
    """

    _name = "hospital.topup"
    _description = "Top-up"

    kind = fields.Selection(
        [("card", "Card account"), ("inpatient", "Inpatient deposit")], "Top up", required=True, default="card"
    )
    patient_id = fields.Many2one("hospital.patient", compute="_compute_patient_id", store=True, readonly=False)
    card_id = fields.Many2one(
        "hospital.card",
        compute="_compute_belongs",
        store=True,
        readonly=False,
        domain="[('state', '=', 'in_use'), ('type_id.may_hold_money', '=', True), ('patient_id', '=?', patient_id)]",
    )
    encounter_id = fields.Many2one(
        "hospital.encounter",
        "Inpatient visit",
        compute="_compute_belongs",
        store=True,
        readonly=False,
        domain="[('kind', 'in', ('inpatient', 'observation')), ('state', '!=', 'cancelled'),"
        " ('patient_id', '=?', patient_id)]",
    )
    account_id = fields.Many2one("hospital.account", compute="_compute_account_id")
    currency_id = fields.Many2one("res.currency", default=lambda self: self.env.company.currency_id, required=True)
    balance = fields.Monetary(related="account_id.balance", string="Balance before")
    unsettled_total = fields.Monetary(related="encounter_id.unsettled_total", string="Unsettled charges")
    amount = fields.Monetary(required=True)
    channel_id = fields.Many2one(
        "hospital.pay.channel",
        "Paid by",
        required=True,
        domain="[('kind', 'in', ('cash', 'manual', 'online'))]",
        default=lambda self: self.env["hospital.pay.channel"]._get("cash"),
    )
    channel_kind = fields.Selection(related="channel_id.kind")
    way = fields.Selection(
        [("code", "Scan the patient's payment code"), ("qr", "Show a QR code")], default="code", required=True
    )
    cash_given = fields.Monetary("Given")
    cash_change = fields.Monetary("Change", compute="_compute_cash_change")
    reference = fields.Char("Slip number")
    rule_note = fields.Text(compute="_compute_rule_note")
    order_id = fields.Many2one("hospital.pay.order", readonly=True)
    order_state = fields.Selection(related="order_id.state")
    order_error = fields.Char(related="order_id.error")
    business_state = fields.Selection(related="order_id.business_state")
    balance_after = fields.Monetary(related="account_id.balance", string="Balance")
    step = fields.Selection([("enter", "Enter"), ("pay", "Pay"), ("done", "Done")], compute="_compute_step")

    # === COMPUTE ===

    @api.depends("card_id", "encounter_id", "kind")
    def _compute_patient_id(self):
        for topup in self:
            belongs = topup.card_id if topup.kind == "card" else topup.encounter_id
            topup.patient_id = belongs.patient_id or topup.patient_id

    @api.depends("patient_id", "kind")
    def _compute_belongs(self):
        """The only card, or the stay that is under way, of the patient."""
        for topup in self:
            patient = topup.patient_id
            if topup.card_id.patient_id != patient or topup.kind != "card":
                topup.card_id = False
            if topup.encounter_id.patient_id != patient or topup.kind != "inpatient":
                topup.encounter_id = False
            if topup.kind == "card" and patient and not topup.card_id:
                cards = patient.card_ids.filtered(lambda card: card.state == "in_use" and card.may_hold_money)
                topup.card_id = cards if len(cards) == 1 else False
            if topup.kind == "inpatient" and patient and not topup.encounter_id:
                stays = self.env["hospital.encounter"].search(
                    [
                        ("patient_id", "=", patient.id),
                        ("kind", "in", ("inpatient", "observation")),
                        ("state", "in", ("registered", "in_progress")),
                    ]
                )
                topup.encounter_id = stays if len(stays) == 1 else False

    @api.depends("kind", "card_id", "encounter_id", "order_id.business_state")
    def _compute_account_id(self):
        for topup in self:
            if topup.kind == "card":
                domain = [("card_id", "=", topup.card_id.id or 0), ("state", "=", "open")]
            else:
                domain = [("encounter_id", "=", topup.encounter_id.id or 0)]
            topup.account_id = self.env["hospital.account"].search(domain, limit=1)

    @api.depends("amount", "cash_given")
    def _compute_cash_change(self):
        for topup in self:
            topup.cash_change = topup.cash_given - topup.amount if topup.cash_given else 0.0

    @api.depends("kind")
    def _compute_rule_note(self):
        for topup in self:
            topup.rule_note = self.env["hospital.account"]._rule_note(topup.kind)

    @api.depends("order_id.state", "order_id.business_state")
    def _compute_step(self):
        for topup in self:
            order = topup.order_id
            if not order or order.state in ("failed", "closed"):
                topup.step = "enter"
            else:
                topup.step = "done" if order.state == "paid" else "pay"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([check_amounts(self.env, vals, *AMOUNTS) for vals in vals_list])

    def write(self, vals):
        return super().write(check_amounts(self.env, vals, *AMOUNTS))

    # === ACTIONS ===

    def action_pay(self):
        """Make the order; cash and slips are booked at once, a channel is called by the screen that follows."""
        self.ensure_one()
        self._check_may_pay()
        order = self._open_order()
        if order.state == "created":
            if self.channel_kind == "cash":
                order._pay_cash()
            elif self.channel_kind == "manual":
                order._pay_manual(self.reference)
        self.invalidate_recordset()
        return self._reopen()

    def action_next(self):
        """The next patient."""
        return self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_topup")

    def action_receipt(self):
        self.ensure_one()
        if self.business_state != "done":
            raise UserError(self.env._("There is no receipt before the payment is on the account."))
        return self.order_id.action_topup_receipt()

    def action_again(self):
        """Another way to pay, after the first one came to nothing."""
        self.ensure_one()
        if self.step == "pay":
            raise UserError(self.env._("The order %s is still open. Give it up first.", self.order_id.number))
        return self._reopen()

    # === BUSINESS ===

    def _check_may_pay(self):
        if not self.env.user.has_group("hospital_base.group_hospital_cashier"):
            raise AccessError(self.env._("Only cashiers take money."))
        if not (self.card_id if self.kind == "card" else self.encounter_id):
            raise UserError(self.env._("Choose whose account is topped up."))
        self.account_id._check_topup_amount(self.amount)
        if self.channel_kind == "cash" and self.cash_given and self.cash_given < self.amount:
            raise UserError(self.env._("The patient has given less than the amount."))
        if self.channel_kind == "manual" and not (self.reference or "").strip():
            raise UserError(self.env._("Enter the number of the slip that the card machine printed."))

    def _open_order(self):
        """The one order of this screen, whoever clicks how often."""
        try:
            self.lock_for_update()
        except LockError:
            raise UserError(self.env._("This top-up is being booked right now. Wait a moment.")) from None
        self.invalidate_recordset(["order_id"])
        if self.order_id and self.order_id.state not in ("failed", "closed"):
            return self.order_id
        accounts = self.env["hospital.account"]
        if self.kind == "card":
            account = accounts._for_card(self.card_id)
        else:
            account = accounts._for_encounter(self.encounter_id)
        self.order_id = self.env["hospital.pay.order"]._open(
            account,
            f"topup_{self.kind}",
            self.channel_id,
            self.amount,
            self.way if self.channel_kind == "online" else self.channel_kind,
            patient_id=account.patient_id.id,
            encounter_id=account.encounter_id.id,
            account_id=account.id,
            subject=self.env._("Top-up %s", account.number),
            campus_id=account.campus_id.id if self.kind == "inpatient" else self.env.user._hospital_campus().id,
        )
        return self.order_id

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Top up"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
            "context": {"dialog_size": "large"},
        }
