from odoo import api, models
from odoo.exceptions import UserError


class HospitalRefund(models.Model):
    """Calls in: the mini-program asks and files requests (S3-13.1), self-service machines refund by rule (S3-12.3)."""

    _name = "hospital.refund"
    _inherit = ["hospital.refund", "hospital.pay.partner.mixin"]

    @api.model
    def _receive_irrefundable_amount(self, interface, payload):
        account = self._partner_account(interface, payload)
        waiting = self._partner_waiting(account)
        return {
            "balance": self._yuan(account.balance),
            "irrefundable_amount": self._yuan(0.0 if waiting else self._irrefundable_of(account)),
            "pending_amount": self._yuan(sum(waiting.mapped("amount"))),
        }

    @api.model
    def _receive_refund_apply(self, interface, payload):
        """File a request; finance decides, the cash desk pays out."""
        account = self._partner_account(interface, payload)
        account._lock()
        amount = self._partner_amount(payload["amount"])
        left = self._irrefundable_of(account)
        currency = account.currency_id
        if amount > 0 and currency.compare_amounts(amount, left) > 0:
            raise UserError(
                self.env._(
                    "Only %s cannot go back by the road it came; no more is asked for here.", currency.format(left)
                )
            )
        refund = self._request(
            {
                **self._reason_values(False, "hospital_payment.refund_reason_wish"),
                "note": payload.get("reason") or False,
                "source": "online",
                "account_id": account.id,
                "patient_id": account.patient_id.id,
                "campus_id": account.campus_id.id,
                "amount": amount,
                "place": "app",
                "partner_number": payload["apply_no"],
                "contact_phone": payload.get("phone") or False,
            }
        )
        interface._about(refund)
        _refund_sudo = refund.sudo()  # the platform is told what it has filed
        return {"refund_no": _refund_sudo.number, "state": _refund_sudo.state}

    @api.model
    def _receive_refund_state(self, interface, payload):
        self._check_partner()
        _refunds_sudo = self.sudo()  # the platform asks about its own requests only
        refund = _refunds_sudo.search([("partner_number", "=", payload["apply_no"]), ("source", "=", "online")])
        if not refund:
            raise UserError(self.env._("There is no request with this number."))
        interface._about(refund)
        return {
            "refund_no": refund.number,
            "state": refund.state,
            "amount": self._yuan(refund.amount),
            "decision": refund.decision or "",
        }

    @api.model
    def _receive_self_refund_offer(self, interface, payload):
        account = self._partner_account(interface, payload)
        offer = self._self_offer(account)
        return {
            "balance": self._yuan(account.balance),
            "amount": self._yuan(offer["amount"]),
            "last_topup": self._yuan(offer["last_topup"]),
            "why_not": offer["why_not"] or "",
        }

    @api.model
    def _receive_self_refund(self, interface, payload):
        """The patient has seen the amount and wants it; another amount by now is a no."""
        account = self._partner_account(interface, payload)
        account._lock()
        offer = self._self_offer(account)
        wanted = self._partner_amount(payload["amount"])
        if not offer["why_not"] and account.currency_id.compare_amounts(offer["amount"], wanted):
            raise UserError(
                self.env._(
                    "The amount has changed meanwhile: %s. Ask again.", account.currency_id.format(offer["amount"])
                )
            )
        refund = self._self_service(account)
        interface._about(refund)
        _refund_sudo = refund.sudo()  # the machine shows what it has started
        return {"refund_no": _refund_sudo.number, "amount": self._yuan(_refund_sudo.amount)}

    # === HELPERS ===

    def _partner_account(self, interface, payload):
        """The account of a card in use; where a name is sent it must be the holder's, so that nobody pays another out."""
        card = self._partner_card(payload)
        account = self.env["hospital.account"].sudo().search([("card_id", "=", card.id), ("state", "=", "open")])
        if not account:
            raise UserError(self.env._("There is no money on this card."))
        interface._about(account)
        return account

    def _partner_waiting(self, account):
        _refunds_sudo = self.sudo()  # as above
        return _refunds_sudo.search(
            [("account_id", "=", account.id), ("state", "in", ("requested", "approved", "executing", "unknown"))]
        )
