from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from .recon import MANAGER


class HospitalReconItem(models.Model):
    """A difference of a day and what was decided about it. Deciding changes the item and our books, never the bill.

    What a decision brings about is in `recon_decision.py`.
    """

    _name = "hospital.recon.item"
    _description = "Difference"
    _order = "day desc, id"
    _rec_name = "our_number"
    _rec_names_search = ["our_number", "channel_number"]

    recon_id = fields.Many2one("hospital.recon", "Day and merchant", required=True, readonly=True, ondelete="restrict")
    day = fields.Date(required=True, readonly=True, index=True)
    merchant_id = fields.Many2one("hospital.pay.merchant", required=True, readonly=True, ondelete="restrict")
    channel_id = fields.Many2one("hospital.pay.channel", readonly=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", related="company_id.currency_id")
    key = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("only_ours", "Only ours"),
            ("only_theirs", "Only the channel's"),
            ("amount", "Amount differs"),
            ("state", "State differs"),
            ("day", "In another day's books"),
        ],
        "What differs",
        required=True,
        readonly=True,
    )
    line_kind = fields.Selection([("pay", "Payment"), ("refund", "Refund")], "Of a", required=True, readonly=True)
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("second", "Waits for a second person"),
            ("decided", "Decided"),
            ("elsewhere", "Found on another day"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    is_live = fields.Boolean(
        "Still there", readonly=True, help="No longer so once both sides agree, because of what was decided or since."
    )
    is_task = fields.Boolean("Needs somebody", compute="_compute_is_task", search="_search_is_task")
    found_at = fields.Datetime(readonly=True)
    fingerprint = fields.Char(readonly=True)
    order_id = fields.Many2one("hospital.pay.order", readonly=True, ondelete="restrict", index="btree_not_null")
    patient_id = fields.Many2one(related="order_id.patient_id")
    refund_line_id = fields.Many2one(
        "hospital.refund.line", "Refund line", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    bill_line_id = fields.Many2one(
        "hospital.bill.line", "Line of the bill", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    our_number = fields.Char(readonly=True)
    channel_number = fields.Char("Channel's number", readonly=True)
    our_amount = fields.Monetary("Amount with us", readonly=True)
    their_amount = fields.Monetary("Amount with the channel", readonly=True)
    our_state = fields.Char(readonly=True)
    their_state = fields.Char(readonly=True)
    our_state_label = fields.Char("State with us", compute="_compute_state_labels")
    their_state_label = fields.Char("State with the channel", compute="_compute_state_labels")
    our_at = fields.Datetime("Time with us", readonly=True)
    their_at = fields.Datetime("Time with the channel", readonly=True)
    difference = fields.Monetary("Changes our net by", readonly=True)
    open_difference = fields.Monetary("Still open", readonly=True)
    decision = fields.Selection(
        [("refund", "Refund by the original road"), ("book", "Book it"), ("ignore", "Leave it")], readonly=True
    )
    reason = fields.Char(readonly=True)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True, ondelete="restrict")
    decided_at = fields.Datetime(readonly=True)
    second_by_id = fields.Many2one("res.users", "Confirmed by", readonly=True, ondelete="restrict")
    second_at = fields.Datetime("Confirmed at", readonly=True)
    outcome = fields.Char("What was done", readonly=True)
    refund_id = fields.Many2one("hospital.refund", "Refund asked for", readonly=True, ondelete="restrict")

    _key = models.UniqueIndex("(recon_id, key)")

    # === COMPUTE ===

    @api.depends("state", "is_live")
    def _compute_is_task(self):
        for item in self:
            item.is_task = item.is_live and item.state in ("open", "second")

    def _search_is_task(self, operator, value):
        if operator != "in" or list(value) not in ([True], [False]):
            return NotImplemented
        domain = [("is_live", "=", True), ("state", "in", ("open", "second"))]
        return domain if list(value) == [True] else ["!", "&", *domain]

    @api.depends_context("lang")
    @api.depends("our_state", "their_state", "order_id", "refund_line_id")
    def _compute_state_labels(self):
        orders = dict(self.env["hospital.pay.order"]._fields["state"]._description_selection(self.env))
        refunds = dict(self.env["hospital.refund.line"]._fields["state"]._description_selection(self.env))
        lines = dict(self.env["hospital.bill.line"]._fields["state"]._description_selection(self.env))
        for item in self:
            ours = orders if item.line_kind == "pay" else refunds
            item.our_state_label = ours.get(item.our_state, False)
            item.their_state_label = lines.get(item.their_state, False)

    # === ACTIONS ===

    def action_decide(self):
        """Choose what becomes of these differences."""
        self._check_open()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_recon_decide"),
            "context": {"default_item_ids": self.ids},
        }

    def action_confirm(self):
        """The second person agrees; what was decided is carried out."""
        for item in self._for_the_second():
            _sudo = item.sudo()  # rows are written by code alone; the second person was checked just now
            _sudo.write({"second_by_id": self.env.uid, "second_at": fields.Datetime.now()})
            self.env["hospital.recon.log"]._add(item.recon_id, "confirm", item._label(), item.key)
            item._carry_out()
        self._settle()

    def action_decline(self):
        """The second person does not agree; the difference is open again."""
        for item in self._for_the_second(decline=True):
            self.env["hospital.recon.log"]._add(item.recon_id, "decline", item._label(), item.key)
            item._open_again()
        self._settle()

    def action_withdraw(self):
        """Take back a decision that has changed nothing yet."""
        self.recon_id._check_may()
        self.recon_id._lock()
        self.invalidate_recordset()
        for item in self:
            if item.state not in ("second", "decided") or not item.is_live:
                raise UserError(self.env._("%s has no decision that could be taken back.", item.display_name))
            if item.state == "decided" and item.outcome:
                raise UserError(
                    self.env._(
                        "What was decided about %s has been carried out already and cannot be taken back here.",
                        item.display_name,
                    )
                )
            self.env["hospital.recon.log"]._add(item.recon_id, "withdraw", item._label(), item.key)
            item._open_again()
        self._settle()

    def action_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.pay.order",
            "res_id": self.order_id.id,
            "views": [[False, "form"]],
        }

    # === BUSINESS ===

    def _decide(self, decision, reason):
        """What a clerk decides; above the company's limit it waits for a second person."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Enter the reason for the decision."))
        self.recon_id._check_may()
        self.recon_id._lock()
        self.invalidate_recordset()
        self._check_open()
        for item in self:
            if why := item._why_not(decision):
                raise UserError(why)
        for item in self:
            second = item._needs_second()
            _sudo = item.sudo()  # rows are written by code alone; who may decide was checked just now
            _sudo.write(
                {
                    "decision": decision,
                    "reason": reason,
                    "decided_by_id": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                    "state": "second" if second else "decided",
                }
            )
            self.env["hospital.recon.log"]._add(item.recon_id, "decide", item._label(), item.key)
            if not second:
                item._carry_out()
        self._settle()

    def _check_open(self):
        if not self:
            raise UserError(self.env._("Choose the differences first."))
        for item in self:
            if item.state != "open" or not item.is_live:
                raise UserError(
                    self.env._("%s is not open any more. Refresh the list and choose again.", item.display_name)
                )

    def _needs_second(self):
        limit = self.company_id.hospital_recon_second_limit
        amount = max(abs(self.difference), self.our_amount, self.their_amount)
        return float_compare(amount, limit, precision_rounding=self.currency_id.rounding) > 0

    def _for_the_second(self, decline=False):
        """These items, once it is sure that another person with the right is there."""
        self.recon_id._check_may(MANAGER)
        self.recon_id._lock()
        self.invalidate_recordset()
        for item in self:
            if item.state != "second":
                raise UserError(self.env._("%s does not wait for a second person.", item.display_name))
            if item.decided_by_id == self.env.user and not decline:
                raise UserError(
                    self.env._("You decided about %s yourself. Another finance manager confirms it.", item.display_name)
                )
        return self

    def _label(self):
        """A decision in words, for the log."""
        decision = dict(self._fields["decision"]._description_selection(self.env)).get(self.decision, "")
        amount = self.currency_id.format(self.difference)
        return f"{self.our_number or self.channel_number} {amount}: {decision} – {self.reason or ''}"

    def _open_again(self):
        for item in self:
            _sudo = item.sudo()  # rows are written by code alone
            _sudo.write({"state": "open", "open_difference": item.difference, **self._no_decision()})

    @staticmethod
    def _no_decision():
        names = (
            "decision",
            "reason",
            "decided_by_id",
            "decided_at",
            "second_by_id",
            "second_at",
            "outcome",
            "refund_id",
        )
        return dict.fromkeys(names, False)

    def _reopen_changed(self):
        """A decision about other facts than those of today does not hold any more."""
        changed = self.filtered(lambda item: item.state == "open" and item.decision)
        for item in changed:
            self.env["hospital.recon.log"]._add(item.recon_id, "reopen", item._label(), item.key)
            item.write(self._no_decision())

    def _forget(self):
        """The bill they were found in is gone: what nobody decided goes with it, decisions are kept aside."""
        kept = self.filtered(lambda item: item.state == "decided")
        (self - kept).unlink()
        kept.write({"is_live": False})

    def _settle(self):
        """After decisions: our books may have changed, so the day is matched again."""
        self.recon_id._match()
