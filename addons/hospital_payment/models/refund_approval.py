from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence

from .refund import APPROVER, MANAGER


class HospitalRefund(models.Model):
    """Who may ask for money and who may let it go: never the same."""

    _inherit = "hospital.refund"

    # === REQUEST ===

    def _request(self, vals, automatic=False):
        """Ask for a refund; gives it in the state requested, or executable when a rule of the hospital approves it.

        :param vals: source, amount, reason_id, note, place, and what the money is of
        :param automatic: approved by a rule; the caller has seen to it that the rule holds
        """
        campus_sudo = self.env["hospital.campus"].sudo().browse(vals["campus_id"])  # also for who reads no campus
        company = campus_sudo.company_id
        currency = company.currency_id
        vals = {**vals, "amount": currency.round(vals["amount"])}
        self._check_request(vals, currency)
        now = fields.Datetime.now()
        _sudo = self.sudo()  # nobody writes refunds; what may be asked for was checked just now
        with unique_or_sentence(self.env, self._clashes()):
            refund = _sudo.create(
                {
                    "requested_by_id": self.env.uid,
                    **vals,
                    "number": self._next_number(company),
                    "state": "requested",
                    "state_at": now,
                    "requested_at": now,
                    "request_day": company._hospital_date(now),
                    "is_automatic": automatic,
                    "needs_second": not automatic
                    and currency.compare_amounts(vals["amount"], company.hospital_refund_second_limit) > 0,
                }
            )
        refund._plan_amounts()
        if automatic:
            refund._make_executable()
        return refund.with_env(self.env)

    def _check_request(self, vals, currency):
        if currency.compare_amounts(vals["amount"], 0) <= 0:
            raise UserError(self.env._("The amount of a refund must be more than zero."))
        reason = self.env["hospital.refund.reason"].browse(vals.get("reason_id"))
        if reason.sudo().needs_note and not (vals.get("note") or "").strip():
            raise UserError(self.env._("Write down what happened: the reason “%s” needs a note.", reason.name))
        left = self._available(vals)
        if currency.compare_amounts(vals["amount"], left) > 0:
            raise UserError(
                self.env._(
                    "Only %(left)s can be refunded, not %(wanted)s. What is on its way back is taken off already.",
                    left=currency.format(max(left, 0.0)),
                    wanted=currency.format(vals["amount"]),
                )
            )

    def _clashes(self):
        _ = self.env._
        return {
            "hospital_refund_one_per_account": lambda: _(
                "A refund of this account is on its way already. Wait until it is done, or cancel it first."
            ),
            "hospital_refund_one_per_order": lambda: _(
                "A refund of this payment is on its way already. Wait until it is done, or cancel it first."
            ),
            "hospital_refund_one_per_settlement": lambda: _(
                "A refund of this settlement waits for its approval already. It must be approved or rejected first."
            ),
            "hospital_refund_once_per_batch_line": lambda: _("This line of the batch has its refund already."),
            "hospital_refund_once_per_request": lambda: _("This request was made already under the same number."),
        }

    # === APPROVE ===

    def _why_not_approve(self, user=None):
        """Every reason why this user cannot approve; none when he can."""
        self.ensure_one()
        user = user or self.env.user
        _ = self.env._
        reasons = []
        if not user.has_group(APPROVER):
            reasons.append(_("Only refund approvers approve refunds. Ask the finance manager for the role."))
        if self.state != "requested":
            reasons.append(_("Refund %s does not wait for an approval any more. Open it again.", self.number))
        if self.campus_id not in user.sudo().hospital_campus_ids:
            reasons.append(_("The refund belongs to %s, where you do not work.", self.sudo().campus_id.name))
        if self.requested_by_id == user:
            reasons.append(_("You asked for this refund yourself: somebody else must approve it."))
        if self.approved_by_id == user:
            reasons.append(_("You gave the first approval: the second one is given by somebody else."))
        if self.approved_by_id and not user.has_group(MANAGER):
            reasons.append(_("The second approval of a large amount is given by a finance manager."))
        return reasons

    def _check_may_approve(self):
        if reasons := self._why_not_approve():
            raise UserError("\n".join(reasons))

    def _approve(self):
        """The first approval, or the second one of a large amount. With the last one the money is on its way."""
        self.check_access("read")
        self._lock()
        for refund in self:
            refund._check_may_approve()
            _sudo = refund.sudo()  # nobody writes refunds, their steps do
            now = fields.Datetime.now()
            if refund.approved_by_id:
                _sudo.write({"second_approved_by_id": self.env.uid, "second_approved_at": now})
            else:
                _sudo.write({"approved_by_id": self.env.uid, "approved_at": now})
                if refund.needs_second:
                    continue
            _sudo._make_executable()

    # === END ===

    def _decide(self, decision, reason):
        """Reject, cancel, give up, or pay at the desk instead; `reason` stays with the refund."""
        self.ensure_one()
        self.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Enter the reason for this decision."))
        said = self._ask_what_failed(decision)
        self._lock()
        getattr(self, f"_decide_{decision}")({"decided_by_id": self.env.uid, "decision": reason.strip()}, said)

    def _ask_what_failed(self, decision):
        """Before the row is held: nobody waits for our call."""
        if decision not in ("give_up", "to_desk"):
            return {}
        self._check_may_end_failed()
        _lines_sudo = self.sudo().line_ids  # decided by an approver
        return _lines_sudo._ask_what_failed()

    def _decide_reject(self, facts, _said):
        self._check_approver()
        self._check_may_approve()
        self._step("rejected", **facts)

    def _decide_cancel(self, facts, _said):
        """Before anything went out; what was reserved goes back to where it was taken from."""
        if not (self.state == "requested" and self.requested_by_id == self.env.user):
            self._check_approver()
        if self.line_ids.filtered(lambda line: line.state not in ("pending", "cancelled") or not line.by_hand):
            raise UserError(
                self.env._("Money of refund %s is on its way already, so it cannot be cancelled.", self.number)
            )
        _sudo = self.sudo()  # nobody writes refunds, their steps do
        _sudo.line_ids.filtered(lambda line: line.state == "pending")._cancel()
        _sudo._step("cancelled", **facts)

    def _decide_give_up(self, facts, said):
        """What surely was not paid back returns to where it was taken from."""
        if _failed_sudo := self._surely_failed(said):
            _sudo = self.sudo()  # nobody writes refunds, their steps do
            _sudo.write(facts)
            _failed_sudo._cancel()
        self._follow_lines()

    def _decide_to_desk(self, facts, said):
        """What surely was not paid back by its road is paid out in cash."""
        if _failed_sudo := self._surely_failed(said):
            _sudo = self.sudo()  # nobody writes refunds, their steps do
            amount = sum(_failed_sudo.mapped("amount"))
            _sudo.write({**facts, "irrefundable_amount": self.irrefundable_amount + amount})
            _failed_sudo.write({"way": "cash", "by_hand": True, "state": "pending", "next_check_at": False})
        self._follow_lines()

    def _check_may_end_failed(self):
        self._check_approver()
        if self.requested_by_id == self.env.user:
            raise UserError(self.env._("You asked for this refund yourself: somebody else must decide about it."))

    def _surely_failed(self, said):
        """The failed lines of which the channel, asked once more, does not say that it has done them meanwhile."""
        self._check_may_end_failed()
        _lines_sudo = self.sudo().line_ids.filtered(lambda line: line.state == "failed")  # decided by an approver
        if not _lines_sudo:
            raise UserError(self.env._("Nothing of refund %s has failed. Open it again.", self.number))
        _lines_sudo._make_sure(said)
        return _lines_sudo.filtered(lambda line: line.state == "failed" and (line in said or not line.send_count))

    def _retry(self):
        self.check_access("read")
        self._check_finance()
        self._lock()
        for refund in self:
            failed = refund.sudo().line_ids.filtered(lambda line: line.state == "failed")
            if not failed:
                raise UserError(self.env._("Nothing of refund %s has failed. Open it again.", refund.number))
            failed._send_again()
            refund._follow_lines()

    def _check_approver(self):
        if not self.env.user.has_group(APPROVER):
            raise AccessError(self.env._("Only refund approvers decide about refunds. Ask one of them."))

    def _check_finance(self):
        if not self.env.user.has_group("hospital_base.group_hospital_finance_clerk"):
            raise AccessError(self.env._("Only finance looks after refunds that hang. Tell finance."))
