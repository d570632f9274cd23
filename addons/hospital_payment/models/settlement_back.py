from odoo import Command, _, models
from odoo.exceptions import UserError


class HospitalSettlement(models.Model):
    """A settlement that is done and is taken back: wholly, or some of its charges.

    The charges and the settlement change at once. The money is owed to the patient from then on and goes back by
    `hospital.refund`, with its approval and by the road it came.
    """

    _inherit = "hospital.settlement"

    def _check_may_go_back(self, reason):
        self.ensure_one()
        self._check_role()
        self.check_access("read")
        if not (reason or "").strip():
            raise UserError(_("Enter the reason."))
        self._lock()
        if self.state != "done":
            raise UserError(
                _(
                    "%(number)s is %(state)s: only a settlement that is done is taken back.",
                    number=self.number,
                    state=self._state_label(),
                )
            )
        if self.kind not in ("outpatient", "interim", "discharge"):
            raise UserError(_("%s is itself money taken back. Settle the charges again instead.", self.number))

    def _refund_lines(self, quantities, reason):
        """Take back parts of charges: {charge id: quantity}. Reversing charges, and a settlement of the difference."""
        self._check_may_go_back(reason)
        own = self.line_ids.charge_id
        quantities = {charge_id: quantity for charge_id, quantity in quantities.items() if quantity}
        if not quantities:
            raise UserError(_("Nothing is chosen. Enter how much of a charge goes back."))
        if foreign := set(quantities) - set(own.ids):
            raise UserError(_("The charge %s is not one of this settlement.", min(foreign)))
        charges = own.filtered(lambda charge: charge.id in quantities)
        reversals = charges._reverse(quantities, reason)
        return self._settle_back(reversals, reason)

    def _settle_back(self, reversals, reason):
        """Settle reversals of this settlement's charges; what the patient paid for them is owed back."""
        _self_sudo = self.sudo()  # settlements are written by their own methods only
        back = _self_sudo.create(
            {
                **self._prepare_settlement(self.encounter_id, "refund"),
                "reverses_id": self.id,
                "reason": reason,
                "line_ids": [Command.create(self._prepare_line(charge)) for charge in reversals],
            }
        )
        back._reckon()
        back._round_back()
        back._finish()
        return back.with_env(self.env)

    def _round_back(self):
        """Cash was rounded once; parts that go back are rounded on the running total, so that all of them are what was paid."""
        original = self.reverses_id
        currency = self.currency_id
        earlier = sum((original.reversal_ids - self).filtered(lambda back: back.state == "done").mapped("self_total"))
        remaining = currency.round(original.self_total + earlier + self.self_total)
        if not original.rounding and original.cash_given == 0:
            return
        keeps = self._round_cash(remaining) if remaining else 0.0
        if original.tender_ids.filtered(lambda tender: tender.way != "cash"):
            keeps = currency.round(remaining + original.rounding) if remaining else 0.0
        due = -currency.round(original.due_total - original.paid_back_total - keeps)
        self.write({"due_total": due, "rounding": currency.round(due - self.self_total)})

    def _cancel(self, reason):
        """Take the whole settlement back: its charges wait for settlement again, a mirrored settlement says so."""
        self._check_may_go_back(reason)
        _self_sudo = self.sudo()  # settlements are written by their own methods only
        if _self_sudo.paid_back_total or _self_sudo.reversal_ids:
            raise UserError(_("Parts of %s went back already. Take the rest back line by line.", self.number))
        back = _self_sudo.create(
            {
                **self._prepare_settlement(self.encounter_id, "cancel"),
                "reverses_id": self.id,
                "reason": reason,
                "state": "done",
                "charge_total": -self.charge_total,
                "self_total": -self.self_total,
                "rounding": -self.rounding,
                "due_total": -self.due_total,
                "line_ids": [
                    Command.create({**self._prepare_line(line.charge_id, sign=-1), "is_live": False})
                    for line in _self_sudo.line_ids
                ],
                "share_ids": [
                    Command.create(
                        {
                            "payer_kind": share.payer_kind,
                            "name": share.name,
                            "sequence": share.sequence,
                            "amount": -share.amount,
                        }
                    )
                    for share in _self_sudo.share_ids
                ],
            }
        )
        now = self.env.cr.now().replace(microsecond=0)
        shift = self.env["hospital.shift"]._current(user=back.user_id, campus=back.campus_id, place=back.place)
        back.write({"shift_id": shift.id, "done_at": now, "day": self.company_id._hospital_date(now)})
        _self_sudo.line_ids.is_live = False
        _self_sudo.write({"state": "cancelled", "cancelled_by_id": back.id})
        self.env.flush_all()
        _self_sudo.line_ids.charge_id._unsettle()
        back._after_done()
        return back.with_env(self.env)

    def _give_back(self, amount, reason):
        """Owe ``amount`` to the patient out of what was paid for these charges, newest payment first."""
        for original, part in self._give_back_parts(amount):
            original.paid_back_total = self.currency_id.round(original.paid_back_total + part)
            _refunds = self.env["hospital.refund"].with_user(self.user_id)
            _refunds._refund_settlement(original.with_user(self.user_id), part, reason, shift=self.shift_id)

    def _give_back_parts(self, amount):
        """[(settlement that was paid, how much of it goes back)]"""
        originals = self.reverses_id or self._paid_settlements()
        originals._lock()
        parts = []
        left = self.currency_id.round(amount)
        for original in originals.sorted("id", reverse=True):
            part = min(left, self.currency_id.round(original.due_total - original.paid_back_total))
            if part > 0:
                parts.append((original, part))
                left = self.currency_id.round(left - part)
        if left > 0:
            raise UserError(
                _(
                    "%s of it was never paid by the patient and cannot go back. Ask finance.",
                    self.currency_id.format(left),
                )
            )
        return parts

    def _paid_settlements(self):
        """Those in which the charges that are taken back here were paid; then the visit's others."""
        _lines_sudo = self.env["hospital.settlement.line"].sudo()
        lines = _lines_sudo.search(
            [("charge_id", "in", self.line_ids.charge_id.reversal_of_id.ids), ("is_live", "=", True)]
        )
        return (lines.settlement_id - self).filtered(lambda settlement: settlement.state == "done")
