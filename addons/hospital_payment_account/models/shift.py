from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

DEPOSITS = {"card_account": "deposit_card", "deposit": "deposit_inpatient"}
BUSINESSES = {
    "topup_card": "deposit_card",
    "topup_inpatient": "deposit_inpatient",
    "settlement": "clearing",
    "settlement_back": "owed",
}


class HospitalShift(models.Model):
    """A closed shift is one entry of the books, made of its totals; a reopened one reverses it."""

    _inherit = "hospital.shift"

    move_ids = fields.One2many(
        "account.move", "hospital_shift_id", "Journal entries", groups="account.group_account_readonly"
    )
    is_posted = fields.Boolean("In the books", compute="_compute_is_posted", search="_search_is_posted")

    # === COMPUTE ===

    @api.depends("move_ids.state", "move_ids.reversal_move_ids")
    def _compute_is_posted(self):
        for shift in self:
            shift.is_posted = bool(shift._live_move())

    def _search_is_posted(self, operator, value):
        if operator != "in":
            return NotImplemented
        _moves_sudo = self.env["account.move"].sudo()  # which shifts are in the books, not the books
        moves = _moves_sudo.search([("hospital_shift_id", "!=", False), ("state", "=", "posted")])
        live = moves.filtered(lambda move: not move.reversed_entry_id and not move.reversal_move_ids)
        return [("id", "in" if True in value else "not in", live.hospital_shift_id.ids)]

    def _live_move(self):
        _moves_sudo = self.sudo().move_ids  # whether there is an entry, for who reads no entries
        return _moves_sudo.filtered(
            lambda move: move.state == "posted" and not move.reversed_entry_id and not move.reversal_move_ids
        )[:1]

    # === STEPS ===

    def _after_close(self):
        result = super()._after_close()
        for shift in self:
            shift._post_entry()
        return result

    def _before_reopen(self):
        result = super()._before_reopen()
        for shift in self:
            shift._reverse_entry()
        return result

    def action_post_entry(self):
        """Make the entry of shifts that were closed before the journal was chosen."""
        self.check_access("read")
        if not self._is_supervisor():
            raise UserError(_("Only the finance manager posts shifts."))
        for shift in self:
            if shift.state != "closed" or shift.is_posted:
                raise UserError(_("%s is not closed, or in the books already.", shift.number))
            if not shift.sudo().company_id.hospital_shift_journal_id:
                raise UserError(_("Choose the journal of shifts in the settings first."))
            shift.sudo()._post_entry()

    def action_open_moves(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Journal entries of %s", self.number),
            "res_model": "account.move",
            "views": [[False, "list"], [False, "form"]],
            "domain": [("hospital_shift_id", "=", self.id)],
        }

    # === POSTING ===

    def _post_entry(self):
        self.ensure_one()
        journal = self.company_id.hospital_shift_journal_id
        sums = self._posting_sums()
        if not journal or not sums:
            return
        accounts = self.env["hospital.posting.account"]._accounts(self.company_id, list(sums))
        # who closes shifts need not keep the books
        _moves_sudo = self.env["account.move"].sudo().with_company(self.company_id)
        move = _moves_sudo.create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": self.company_id._hospital_date(self.counted_at or fields.Datetime.now()),
                "ref": _("Shift %(number)s, %(cashier)s", number=self.number, cashier=self.user_id.name),
                "hospital_shift_id": self.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": accounts[key].id,
                            "name": self.env["hospital.posting.account"]._label(*key),
                            "debit": amount if amount > 0 else 0.0,
                            "credit": -amount if amount < 0 else 0.0,
                        }
                    )
                    for key, amount in sums.items()
                ],
            }
        )
        move.action_post()

    def _reverse_entry(self):
        self.ensure_one()
        if move := self._live_move():
            today = self.company_id._hospital_today()
            move._reverse_moves(
                [{"date": today, "ref": _("Reopened: %s", move.ref), "hospital_shift_id": self.id}], cancel=True
            )

    def _posting_sums(self):
        """{(use, channel, category): debit, or credit below zero}, from the totals of the shift. Their sum is nothing."""
        self.ensure_one()
        no_channel, no_category = self.env["hospital.pay.channel"], self.env["hospital.charge.category"]
        sums = {}

        def add(use, amount, channel=no_channel, category=no_category):
            key = (use, channel, category)
            sums[key] = sums.get(key, 0.0) + amount

        for line in self.line_ids:
            if line.section in ("1_in", "2_out", "3_account"):
                sign = -1 if line.section == "2_out" else 1
                if line.channel_id.code in DEPOSITS:
                    add(DEPOSITS[line.channel_id.code], sign * line.amount)
                else:
                    add("channel", sign * line.amount, channel=line.channel_id)
                add(BUSINESSES.get(line.business, "business"), -sign * line.amount)
            elif line.section == "4_payer":
                add("clearing" if line.payer_kind == "self" else line.payer_kind, line.amount)
            elif line.section == "5_charge":
                add("charge", -line.amount, category=line.category_id)
            elif line.section == "6_rounding":
                add("rounding", -line.amount)
                add("clearing", line.amount)
            elif line.section == "7_owed":
                add("owed", -line.amount)
                add("clearing", line.amount)
        if self.difference:
            add("channel", self.difference, channel=self.env.ref("hospital_payment.channel_cash"))
            add("difference", -self.difference)
        currency = self.currency_id
        sums = {key: currency.round(amount) for key, amount in sums.items()}
        return {key: amount for key, amount in sums.items() if not currency.is_zero(amount)}
