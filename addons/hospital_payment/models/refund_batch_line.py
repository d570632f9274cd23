from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.hospital_exchange.tools.momentary import is_momentary


class HospitalRefundBatchLine(models.Model):
    """One card of a batch."""

    _name = "hospital.refund.batch.line"
    _description = "Card of a batch of refunds"
    _order = "batch_id, id"
    _rec_name = "account_id"

    batch_id = fields.Many2one("hospital.refund.batch", required=True, readonly=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one(related="batch_id.campus_id", store=True)
    currency_id = fields.Many2one(related="batch_id.currency_id")
    account_id = fields.Many2one("hospital.account", required=True, readonly=True, index=True, ondelete="restrict")
    card_id = fields.Many2one(related="account_id.card_id", string="Card")
    patient_id = fields.Many2one(related="account_id.patient_id")
    balance = fields.Monetary(readonly=True, aggregator=None)
    amount = fields.Monetary("To be paid back", readonly=True)
    is_due = fields.Boolean("By the rule", readonly=True)
    last_topup_day = fields.Date("Last top-up by phone", readonly=True)
    last_spend_day = fields.Date("Last payment", readonly=True)
    last_emergency_at = fields.Datetime("Last emergency visit", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("skipped", "Skipped"), ("excluded", "Left out by hand")],
        required=True,
        readonly=True,
        default="waiting",
    )
    note = fields.Char("Why", readonly=True)
    refund_ids = fields.One2many("hospital.refund", "batch_line_id", "Refund of the card")
    refund_state = fields.Selection(related="refund_ids.state", string="Refund state")

    _waiting_index = models.Index("(batch_id) WHERE state = 'waiting'")

    # === ACTIONS ===

    def action_exclude(self):
        self._switch("waiting", "excluded")

    def action_include(self):
        self._switch("excluded", "waiting")

    def action_open_refund(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.refund",
            "res_id": self.refund_ids[:1].id,
            "views": [[False, "form"]],
        }

    # === BUSINESS ===

    def _switch(self, before, after):
        self.check_access("read")
        self.batch_id._check_finance()
        self.batch_id._lock()
        if self.batch_id.state != "draft":
            raise UserError(self.env._("Batch %s is confirmed: nothing of it can be changed.", self.batch_id.number))
        _sudo = self.sudo()  # nobody writes batches, their steps do
        _sudo.filtered(lambda line: line.state == before).state = after

    def _carry_out(self):
        """The refund of this card, in one transaction with the line that says so; the line is locked by now."""
        confirmer = self.batch_id.confirmed_by_id
        try:
            with self.env.cr.savepoint():
                self.with_user(confirmer)._refund()
                self.state = "sent"
                self.env.flush_all()
        except UserError as error:
            if is_momentary(error):
                return  # somebody is at this account just now; it comes again
            self.write({"state": "skipped", "note": str(error)})

    def _refund(self):
        """As the one who confirmed: he is the approver, who prepared the batch is the one who asked."""
        _line_sudo = self.sudo()  # accounts of all campuses are looked after together
        account = _line_sudo.account_id
        account._lock()
        if why := _line_sudo._why_not_any_more(account):
            raise UserError(why)
        Refund = self.env["hospital.refund"]
        amount = min(Refund._original_of(account), _line_sudo.amount)
        if amount <= 0:
            raise UserError(self.env._("Nothing of the balance can go back by the road it came any more."))
        refund = Refund._request(
            {
                **Refund._reason_values(False, "hospital_payment.refund_reason_balance"),
                "source": "batch",
                "account_id": account.id,
                "batch_line_id": self.id,
                "patient_id": account.patient_id.id,
                "campus_id": _line_sudo.batch_id.campus_id.id,
                "amount": amount,
                "place": "system",
                "requested_by_id": _line_sudo.batch_id.prepared_by_id.id,
            }
        )
        refund._approve()
        _line_sudo.amount = amount

    def _why_not_any_more(self, account):
        """What has changed since the card was gathered."""
        account.invalidate_recordset(["is_balance_listed", "is_balance_due"])
        if not account.is_balance_listed:
            return self.env._("The card does not stand in the daily list any more.")
        if self.is_due and not account.is_balance_due:
            return self.env._("The card was used or its owner came to the emergency department since.")
        return None
