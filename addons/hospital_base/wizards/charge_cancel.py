from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

REASONS = [
    ("wrong_item", "Wrong item"),
    ("wrong_quantity", "Wrong quantity"),
    ("wrong_patient", "Wrong patient"),
    ("twice", "Entered twice"),
    ("not_done", "Not done"),
    ("declined", "Declined by the patient"),
    ("other", "Other"),
]
MOST_LINES = 300


class HospitalChargeCancel(models.TransientModel):
    """Take charges back: which, how much of each, why; what that is in money stands below before anything happens."""

    _name = "hospital.charge.cancel"
    _description = "Cancel charges"

    encounter_id = fields.Many2one("hospital.encounter", string="Visit", required=True)
    charge_ids = fields.Many2many("hospital.charge", string="Chosen charges")
    patient_id = fields.Many2one(related="encounter_id.patient_id")
    currency_id = fields.Many2one(related="encounter_id.currency_id")
    line_ids = fields.One2many(
        "hospital.charge.cancel.line",
        "cancel_id",
        string="Charges",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    reason_kind = fields.Selection(REASONS, string="Reason")
    reason_note = fields.Char("More about it")
    total = fields.Monetary("To be taken back", compute="_compute_total")
    line_count = fields.Integer("Lines", compute="_compute_total")
    settled_total = fields.Monetary("Of it to be paid back", compute="_compute_total")
    notice = fields.Char(compute="_compute_notice")

    @api.depends("encounter_id", "charge_ids")
    def _compute_line_ids(self):
        for cancel in self:
            chosen = cancel.charge_ids
            charges = chosen or self.env["hospital.charge"].search(
                [
                    ("encounter_id", "=", cancel.encounter_id.id),
                    ("state", "!=", "reversed"),
                    ("reversal_of_id", "=", False),
                ],
                order="service_at desc, id desc",
                limit=MOST_LINES,
            )
            cancel.line_ids = [Command.clear()] + [
                Command.create({"charge_id": charge._origin.id, "quantity": charge.open_quantity if chosen else 0.0})
                for charge in charges
                if charge.open_quantity > 0
            ]

    @api.depends("line_ids.amount", "line_ids.quantity")
    def _compute_total(self):
        for cancel in self:
            lines = cancel.line_ids.filtered("quantity")
            cancel.line_count = len(lines)
            settled = lines.filtered(lambda line: line.state == "settled")
            currency = cancel.currency_id or self.env.company.currency_id
            cancel.total = currency.round(sum(lines.mapped("amount")))
            cancel.settled_total = currency.round(sum(settled.mapped("amount")))

    @api.depends("line_ids.quantity")
    def _compute_notice(self):
        for cancel in self:
            locked = cancel.line_ids.filtered(lambda line: line.quantity and line._is_locked())
            cancel.notice = (
                self.env._(
                    "%s of the charges are of a locked period: finance takes them back with today's date.", len(locked)
                )
                if locked
                else False
            )

    def action_all(self):
        """Take back all that is left of every line."""
        for line in self.line_ids:
            line.quantity = line.open_quantity
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel charges"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        self.ensure_one()
        lines = self.line_ids.filtered("quantity")
        if not lines:
            raise UserError(self.env._("Nothing is chosen. Enter how much of a charge is to be taken back."))
        reason = self._reason()
        self.encounter_id.check_access("read")
        self._check_role(lines)
        now = fields.Datetime.now()
        reversals = self.env["hospital.charge"]
        for is_locked in (False, True):
            part = lines.filtered(lambda line: line._is_locked() == is_locked)
            quantities = {line.charge_id.id: line.quantity for line in part}
            reversals |= part.charge_id._reverse(quantities, reason, at=now if is_locked else None)
        total = self.currency_id.format(-sum(reversals.mapped("amount")))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.patient_id.name,
                "message": self.env._(
                    "%(count)s charges taken back, %(total)s together.", count=len(reversals), total=total
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _reason(self):
        note = (self.reason_note or "").strip()
        if not self.reason_kind or (self.reason_kind == "other" and not note):
            raise UserError(self.env._("Choose the reason. For “Other”, write what happened."))
        label = dict(self._fields["reason_kind"]._description_selection(self.env))[self.reason_kind]
        return f"{label}: {note}" if note else label

    def _check_role(self, lines):
        user = self.env.user
        if user.has_group("hospital_base.group_hospital_finance_clerk"):
            return
        if any(line._is_locked() for line in lines):
            raise AccessError(self.env._("Charges of a locked period are taken back by finance only."))
        if user.has_group("hospital_base.group_hospital_cashier"):
            return
        if not user.has_group("hospital_base.group_hospital_nurse"):
            raise AccessError(
                self.env._("Your role does not take charges back. Ask the cash desk, the ward or finance.")
            )
        if any(line.state == "settled" for line in lines):
            raise AccessError(
                self.env._("A settled charge is taken back at the cash desk or by finance, since money is paid back.")
            )


class HospitalChargeCancelLine(models.TransientModel):
    _name = "hospital.charge.cancel.line"
    _description = "Line of cancelled charges"

    cancel_id = fields.Many2one("hospital.charge.cancel", required=True, ondelete="cascade")
    charge_id = fields.Many2one("hospital.charge", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="charge_id.currency_id")
    name = fields.Char(related="charge_id.name", string="Item")
    service_at = fields.Datetime(related="charge_id.service_at")
    charged_quantity = fields.Float(related="charge_id.quantity", string="Charged")
    uom_id = fields.Many2one(related="charge_id.uom_id")
    price_unit = fields.Float(related="charge_id.price_unit")
    open_quantity = fields.Float(related="charge_id.open_quantity", string="Left")
    open_amount = fields.Monetary(related="charge_id.open_amount", string="Amount left")
    state = fields.Selection(related="charge_id.state")
    quantity = fields.Float("Take back", digits="Product Unit")
    amount = fields.Monetary("Amount taken back", compute="_compute_amount")

    @api.depends("quantity", "charge_id")
    def _compute_amount(self):
        for line in self:
            charge = line.charge_id
            is_possible = 0 < line.quantity <= charge.open_quantity
            line.amount = charge._reversal_amount(line.quantity) if is_possible else 0.0

    @api.onchange("quantity")
    def _onchange_quantity(self):
        if self.quantity < 0 or self.quantity > self.open_quantity:
            self.quantity = min(max(self.quantity, 0.0), self.open_quantity)
            return {
                "warning": {
                    "title": self.env._("Not so much is left"),
                    "message": self.env._(
                        "%(left)g of %(item)s can be taken back at most.", left=self.open_quantity, item=self.name
                    ),
                }
            }
        return None

    def _is_locked(self):
        lock_date = self.charge_id.sudo().company_id.hospital_lock_date
        return bool(lock_date) and self.charge_id.service_date <= lock_date and self.charge_id.state == "unsettled"
