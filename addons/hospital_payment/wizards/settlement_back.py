from odoo import Command, api, fields, models
from odoo.exceptions import UserError

REASONS = [
    ("not_done", "Not done"),
    ("declined", "Declined by the patient"),
    ("wrong_item", "Wrong item"),
    ("wrong_quantity", "Wrong quantity"),
    ("wrong_payment", "Wrong means of payment"),
    ("other", "Other"),
]


class HospitalSettlementBack(models.TransientModel):
    """Which charges of a settlement go back, how much of each, why; what that is in money stands below."""

    _name = "hospital.settlement.back"
    _description = "Take back a settlement"

    settlement_id = fields.Many2one("hospital.settlement", required=True, ondelete="cascade")
    patient_id = fields.Many2one(related="settlement_id.patient_id")
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    due_total = fields.Monetary(related="settlement_id.due_total", string="Paid")
    paid_back_total = fields.Monetary(related="settlement_id.paid_back_total")
    channel_names = fields.Char(related="settlement_id.channel_names")
    is_whole = fields.Boolean(
        "The whole settlement", help="All of it goes back and the charges wait to be settled again."
    )
    line_ids = fields.One2many(
        "hospital.settlement.back.line", "back_id", compute="_compute_line_ids", store=True, readonly=False
    )
    reason_kind = fields.Selection(REASONS, "Reason")
    reason_note = fields.Char("More about it")
    total = fields.Monetary("Goes back", compute="_compute_total")
    line_count = fields.Integer("Lines", compute="_compute_total")

    @api.depends("settlement_id")
    def _compute_line_ids(self):
        for back in self:
            charges = back.settlement_id.line_ids.charge_id.filtered(lambda charge: charge.open_quantity > 0)
            back.line_ids = [Command.clear()] + [
                Command.create({"charge_id": charge._origin.id, "quantity": 0.0}) for charge in charges
            ]

    @api.depends("line_ids.amount", "is_whole")
    def _compute_total(self):
        for back in self:
            lines = back.line_ids.filtered("quantity")
            currency = back.currency_id or self.env.company.currency_id
            back.line_count = len(back.line_ids) if back.is_whole else len(lines)
            back.total = back.due_total if back.is_whole else currency.round(sum(lines.mapped("amount")))

    def action_all(self):
        """Everything that is left of every line."""
        self.ensure_one()
        for line in self.line_ids:
            line.quantity = line.open_quantity
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refund of %s", self.settlement_id.number),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        self.ensure_one()
        reason = self._reason()
        settlement = self.settlement_id
        if self.is_whole:
            back = settlement._cancel(reason)
        else:
            back = settlement._refund_lines({line.charge_id.id: line.quantity for line in self.line_ids}, reason)
        owed = self.currency_id.format(-back.due_total)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.patient_id.name,
                "message": self.env._("%s go back. The refund waits for approval.", owed),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _reason(self):
        note = (self.reason_note or "").strip()
        if not self.reason_kind or (self.reason_kind == "other" and not note):
            raise UserError(self.env._("Choose the reason. For “Other”, write what happened."))
        label = dict(self._fields["reason_kind"]._description_selection(self.env))[self.reason_kind]
        return f"{label}: {note}" if note else label


class HospitalSettlementBackLine(models.TransientModel):
    _name = "hospital.settlement.back.line"
    _description = "Line of a settlement taken back"

    back_id = fields.Many2one("hospital.settlement.back", required=True, ondelete="cascade")
    charge_id = fields.Many2one("hospital.charge", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="charge_id.currency_id")
    name = fields.Char(related="charge_id.name", string="Item")
    uom_id = fields.Many2one(related="charge_id.uom_id")
    price_unit = fields.Float(related="charge_id.price_unit")
    open_quantity = fields.Float(related="charge_id.open_quantity", string="Left")
    open_amount = fields.Monetary(related="charge_id.open_amount", string="Amount left")
    quantity = fields.Float("Take back", digits="Product Unit")
    amount = fields.Monetary("Goes back", compute="_compute_amount")

    @api.depends("quantity", "charge_id")
    def _compute_amount(self):
        for line in self:
            charge = line.charge_id
            fits = charge and 0 < line.quantity <= charge.open_quantity
            line.amount = charge.sudo()._reversal_amount(line.quantity) if fits else 0.0
