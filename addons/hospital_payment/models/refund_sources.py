from odoo import api, models
from odoo.exceptions import UserError

from ..tools import allocation
from ..tools.allocation import ORIGINAL, allocate


class HospitalRefund(models.Model):
    """How other parts of the suite ask for a refund."""

    _inherit = "hospital.refund"

    @api.model
    def _refund_order(self, order, reason, amount=None, automatic=True, note=None):
        """Money of an order whose business failed goes back by the road it came, without a person (S2-7.4).

        Asked again for an order that is on its way back already, the same refund is given.

        :param reason: a sentence for the record, or a row of `hospital.refund.reason`
        :param automatic: False waits for an approval, for what a person decides
        """
        _order_sudo = order.sudo()  # an abnormal order is settled by rule, whoever was at work
        known = self.sudo().search(
            [("order_id", "=", order.id), ("source", "=", "order"), ("state", "not in", ("rejected", "cancelled"))]
        )
        if automatic and known:
            return known[:1].with_env(self.env)
        return self._request(
            {
                **self._reason_values(reason, "hospital_payment.refund_reason_abnormal"),
                **({"note": note} if note else {}),
                "source": "order",
                "order_id": order.id,
                "patient_id": _order_sudo.patient_id.id,
                "campus_id": _order_sudo.campus_id.id,
                "amount": _order_sudo.refundable_amount if amount is None else amount,
                "place": "system" if automatic else "window",
            },
            automatic=automatic,
        )

    @api.model
    def _refund_settlement(self, settlement, amount, reason, shift=None, automatic=None):
        """Money of a settlement that was cancelled or taken back in part.

        Up to the limit of the hospital it goes without an approval; then what is cash is handed out with it, on `shift`
        (or the shift of the user). Above it waits for an approver, and a cashier pays it out afterwards.

        :param automatic: False waits for an approver whatever the amount
        """
        _settlement_sudo = settlement.sudo()  # the caller cancels by his own rules
        company = _settlement_sudo.company_id
        if automatic is None:
            automatic = company.currency_id.compare_amounts(amount, company.hospital_refund_free_limit) <= 0
        if not automatic and (waiting := self._add_to_waiting(settlement, amount, reason)):
            return waiting
        refund = self._request(
            {
                **self._reason_values(reason, "hospital_payment.refund_reason_cancelled"),
                "source": "settlement",
                "settlement_id": settlement.id,
                "patient_id": _settlement_sudo.patient_id.id,
                "campus_id": _settlement_sudo.campus_id.id,
                "amount": amount,
                "place": _settlement_sudo.place,
                "shift_id": shift.id if shift else False,
            },
            automatic=automatic,
        )
        if refund.state in ("approved", "executing") and refund.desk_amount:
            refund._pay_out_desk({}, shift=shift)
        return refund

    def _add_to_waiting(self, settlement, amount, reason):
        """What the same person takes back of a settlement before anybody approved is one request."""
        _waiting_sudo = self.sudo().search(  # nobody writes refunds, their steps do
            [
                ("settlement_id", "=", settlement.id),
                ("state", "=", "requested"),
                ("requested_by_id", "=", self.env.uid),
                ("approved_by_id", "=", False),
            ]
        )
        if not _waiting_sudo:
            return None
        _waiting_sudo._lock()
        if _waiting_sudo.state != "requested" or _waiting_sudo.approved_by_id:
            return None
        currency, limit = _waiting_sudo.currency_id, _waiting_sudo.company_id.hospital_refund_second_limit
        total = currency.round(_waiting_sudo.amount + amount)
        self._check_request({"amount": total, "settlement_id": settlement.id}, currency)
        notes = [_waiting_sudo.note, reason if isinstance(reason, str) else reason.name]
        _waiting_sudo.write(
            {
                "amount": total,
                "note": "; ".join(dict.fromkeys(filter(None, notes))),
                "needs_second": currency.compare_amounts(total, limit) > 0,
            }
        )
        _waiting_sudo._plan_amounts()
        return _waiting_sudo.with_env(self.env)

    @api.model
    def _refund_account(self, account, amount, reason, note=None, place="window"):
        """Money of a card or of a deposit that its owner wants back; waits for an approver."""
        _account_sudo = account.sudo()  # read by whoever may ask for refunds
        campus = self.env.user._hospital_campus() if _account_sudo.kind == "card" else _account_sudo.campus_id
        return self._request(
            {
                **self._reason_values(reason, "hospital_payment.refund_reason_wish"),
                **({"note": note} if note else {}),
                "source": "account",
                "account_id": account.id,
                "patient_id": _account_sudo.patient_id.id,
                "campus_id": (campus or _account_sudo.campus_id).id,
                "amount": amount,
                "place": place,
            }
        )

    # === SELF-SERVICE ===

    @api.model
    def _self_offer(self, account):
        """What the owner of a card account may have back by himself, right now.

        :return: {"amount", "why_not": a sentence or False, "last_topup", "last": the order of it, "parts": by which roads}
        """
        _account_sudo = account.sudo()  # a machine asks on behalf of who put his card on it
        company = _account_sudo.company_id
        topups = _account_sudo.entry_ids.filtered(lambda entry: entry.kind == "topup").order_id
        last = topups.sorted(lambda order: (order.paid_at, order.id))[-1:]
        why_not = False
        if not company.hospital_self_refund:
            why_not = self.env._("Refunds by self-service are switched off. Please go to the cash desk.")
        elif not _account_sudo.card_id.may_hold_money or _account_sudo.card_id.kind == "insured":
            why_not = self.env._("Cards of this type are refunded at the cash desk.")
        elif not _account_sudo.balance:
            why_not = self.env._("There is no money on this card.")
        elif not last or _account_sudo.currency_id.compare_amounts(_account_sudo.balance, last.amount) >= 0:
            why_not = self.env._(
                "By self-service a balance goes back that is less than the last top-up. Please go to the cash desk."
            )
        amount, parts = 0.0, []
        if not why_not:
            parts = allocate(
                self._cents(_account_sudo.balance),
                self._account_payments(_account_sudo),
                self.env.cr.now().replace(microsecond=0),
            )
            if any(part.road != ORIGINAL for part in parts):
                why_not = self.env._("This money cannot go back by the road it came. Please go to the cash desk.")
            else:
                amount = sum(part.amount for part in parts) / 100
        return {"amount": amount, "why_not": why_not, "last_topup": last.amount, "last": last, "parts": parts}

    @api.model
    def _self_service(self, account, place="kiosk"):
        """The whole balance goes back by the road it came; no person decides, the rule does."""
        account._lock()
        offer = self._self_offer(account)
        if offer["why_not"]:
            raise UserError(offer["why_not"])
        _account_sudo = account.sudo()  # as in _self_offer
        return self._request(
            {
                **self._reason_values(False, "hospital_payment.refund_reason_wish"),
                "source": "self",
                "account_id": account.id,
                "patient_id": _account_sudo.patient_id.id,
                "campus_id": _account_sudo.campus_id.id,
                "amount": offer["amount"],
                "place": place,
            },
            automatic=True,
        )

    # === ONLINE REQUEST ===

    @api.model
    def _irrefundable_of(self, account):
        """How much of the balance cannot go back by its road, so that its owner has to come for it."""
        _account_sudo = account.sudo()  # asked by a platform on behalf of the owner
        parts = allocate(
            self._cents(_account_sudo.balance),
            self._account_payments(_account_sudo),
            self.env.cr.now().replace(microsecond=0),
        )
        return sum(part.amount for part in allocation.at_desk(parts)) / 100

    @api.model
    def _original_of(self, account):
        """How much of the balance can go back by the roads of the payment platforms."""
        _account_sudo = account.sudo()  # reckoned for whoever may see the account
        if not _account_sudo.balance:
            return 0.0
        parts = allocate(
            self._cents(_account_sudo.balance),
            self._account_payments(_account_sudo),
            self.env.cr.now().replace(microsecond=0),
        )
        return sum(part.amount for part in parts if part.road == ORIGINAL) / 100

    # === HELPERS ===

    def _reason_values(self, reason, otherwise):
        """A reason may be a row of the list, or words that stand beside the usual one."""
        if isinstance(reason, models.BaseModel) and reason:
            return {"reason_id": reason.id}
        row = self.env.ref(otherwise, raise_if_not_found=False)
        return {"reason_id": row.id if row else False, "note": reason or False}

    def _pay_out_desk(self, references, shift=None):
        """Hand out what waits at the cash desk, once; the caller is a cashier with a shift."""
        self.ensure_one()
        self.check_access("read")
        self._lock()
        if self.state not in ("approved", "executing"):
            raise UserError(
                self.env._("Refund %s is not to be paid out. Open it again: it may be paid out already.", self.number)
            )
        _lines_sudo = self.sudo().line_ids.filtered(  # nobody writes refunds, paying out does
            lambda line: line.by_hand and line.state == "pending"
        )
        if not _lines_sudo:
            raise UserError(self.env._("Nothing of refund %s waits at the cash desk any more.", self.number))
        for line in _lines_sudo:
            if line.way == "original" and not (references.get(line.id) or "").strip():
                if self.source == "settlement" and references == {}:
                    continue
                raise UserError(self.env._("Enter the number of the slip of the card machine."))
        shift = shift or self.env["hospital.shift"]._current()
        _lines_sudo._pay_out(references, shift)
        _sudo = self.sudo()  # as above
        _sudo.shift_id = shift
        self._follow_lines()
