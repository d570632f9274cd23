from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ..tools.capitals import capitals
from .account_entry import PLACES

KINDS = [
    ("outpatient", "Visit"),
    ("interim", "Part of a stay"),
    ("discharge", "Discharge"),
    ("refund", "Partial refund"),
    ("cancel", "Cancellation"),
]
STAY_KINDS = ("inpatient", "observation")
LIVE_STATES = ("draft", "paying")


class HospitalSettlement(models.Model):
    """What a patient pays at once: charges, who bears them, and with what they were paid.

    How it is gathered and paid is in `settlement_steps.py`, how it is taken back in `settlement_back.py`.
    Nobody writes a settlement; the desk, the kiosk and other addons go through its methods.
    """

    _name = "hospital.settlement"
    _description = "Settlement"
    _inherit = ["hospital.access.mixin"]
    _rec_name = "number"
    _rec_names_search = ["number", "patient_id"]
    _order = "id desc"

    number = fields.Char(required=True, readonly=True, copy=False, index="trigram")
    encounter_id = fields.Many2one("hospital.encounter", "Visit", required=True, index=True, ondelete="restrict")
    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    kind = fields.Selection(KINDS, required=True)
    state = fields.Selection(
        [("draft", "Begun"), ("paying", "Being paid"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
    )
    date_to = fields.Date("Charges up to", help="The last service day of an interim settlement.")
    line_ids = fields.One2many("hospital.settlement.line", "settlement_id", "Charges")
    share_ids = fields.One2many("hospital.settlement.share", "settlement_id", "Who bears it")
    tender_ids = fields.One2many("hospital.settlement.tender", "settlement_id", "Paid with")
    charge_total = fields.Monetary("Charged", required=True, default=0)
    self_total = fields.Monetary("Borne by the patient", required=True, default=0)
    rounding = fields.Monetary(required=True, default=0)
    due_total = fields.Monetary("To be paid", required=True, default=0)
    paid_back_total = fields.Monetary(
        "Taken back", required=True, default=0, help="Money of this settlement that is owed back or was paid back."
    )
    capitals = fields.Char("In capitals", compute="_compute_capitals")
    cash_given = fields.Monetary(aggregator=None)
    cash_change = fields.Monetary("Change", aggregator=None)
    shift_id = fields.Many2one("hospital.shift", index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", "Cashier", required=True, default=lambda self: self.env.user, ondelete="restrict"
    )
    place = fields.Selection(PLACES, required=True, default="window")
    done_at = fields.Datetime("Done at")
    day = fields.Date(index="btree_not_null", help="The day on which it was done, in the hospital's time zone.")
    reason = fields.Char(help="Why it was taken back.")
    reverses_id = fields.Many2one(
        "hospital.settlement", "Takes back", index="btree_not_null", ondelete="restrict", copy=False
    )
    reversal_ids = fields.One2many("hospital.settlement", "reverses_id", "Taken back by")
    cancelled_by_id = fields.Many2one("hospital.settlement", "Cancelled by", ondelete="restrict", copy=False)
    refund_ids = fields.One2many("hospital.refund", "settlement_id", "Refunds")
    request_key = fields.Char(copy=False, help="Given by the screen, so that one press pays once.")
    print_count = fields.Integer("Printed", readonly=True, copy=False, aggregator=None)
    channel_names = fields.Char("Paid by", compute="_compute_channel_names")

    _number_unique = models.UniqueIndex("(number)", "This settlement number is already used.")
    _request_key_unique = models.UniqueIndex(
        "(request_key) WHERE request_key IS NOT NULL", "This payment was taken already. Open the patient again."
    )
    _cancelled_once = models.UniqueIndex(
        "(reverses_id) WHERE kind = 'cancel'", "This settlement is cancelled already. Open it again."
    )
    _paid_back_at_most = models.Constraint(
        "CHECK (paid_back_total >= 0 AND (paid_back_total = 0 OR paid_back_total <= due_total))",
        "More than was paid cannot go back.",
    )
    _day_index = models.Index("(campus_id, day)")
    _live_index = models.Index("(campus_id) WHERE state IN ('draft', 'paying')")

    # === COMPUTE ===

    @api.depends("due_total")
    def _compute_capitals(self):
        for settlement in self:
            settlement.capitals = capitals(settlement.due_total)

    @api.depends("tender_ids.channel_id")
    def _compute_channel_names(self):
        for settlement in self:
            settlement.channel_names = ", ".join(settlement.tender_ids.channel_id.mapped("name"))

    @api.depends("number", "patient_id.name")
    def _compute_display_name(self):
        for settlement in self:
            settlement.display_name = f"{settlement.number} {settlement.patient_id.name or ''}".strip()

    # === CRUD ===

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A settlement is never deleted. Cancel it: both stay visible."))

    # === ACTIONS ===

    def action_print(self):
        """The receipt in the format the hospital has chosen; every print is counted on it."""
        self.check_access("read")
        if undone := self.filtered(lambda settlement: settlement.state in LIVE_STATES):
            raise UserError(self.env._("%s is not paid yet, so there is no receipt.", undone[0].number))
        paper = self.company_id[:1].hospital_receipt_paper
        return self.env.ref(f"hospital_payment.action_report_receipt_{paper}").report_action(self)

    def action_refund_lines(self):
        """Choose what is taken back of it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refund of %s", self.number),
            "res_model": "hospital.settlement.back",
            "view_mode": "form",
            "target": "new",
            "context": {"default_settlement_id": self.id},
        }

    def action_cancel(self):
        """Take the whole settlement back."""
        action = self.action_refund_lines()
        action["name"] = self.env._("Cancel %s", self.number)
        action["context"]["default_is_whole"] = True
        return action

    def action_abandon(self):
        """Give up a payment that was begun; a code that is still shown is closed first."""
        self.ensure_one()
        self._check_role()
        self.check_access("read")
        order = self.sudo().tender_ids.order_id.filtered(
            lambda order: order.state in ("paying", "unknown", "reversing")
        )
        if not order:
            self._abandon()
            return False
        status = order[0]._close() if order[0].way == "qr" else order[0]._follow_up()
        ended = status["state"] in ("closed", "failed")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info" if ended else "warning",
                "message": self.env._("The payment by phone is closed. Give up once more to free the charges.")
                if ended
                else self.env._(
                    "The channel has not said yet what became of the payment. Wait a moment and look again."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_refunds(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refunds of %s", self.number),
            "res_model": "hospital.refund",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("id", "in", (self | self.reversal_ids).refund_ids.ids)],
        }

    # === HELPERS ===

    def _check_role(self):
        if self.env.su or self.env.user.has_group("hospital_base.group_hospital_cashier"):
            return
        raise AccessError(self.env._("Only cashiers take money and give it back. Ask the cash desk."))

    def _lock(self):
        """Lock the rows and forget what was read of them before."""
        _settlements_sudo = self.sudo()  # a lock needs no right to write
        try:
            _settlements_sudo.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._("Someone else is working on this settlement right now. Wait a moment and look again.")
            )
        self.invalidate_recordset()

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]
