from odoo import api, models
from odoo.exceptions import UserError


class HospitalAccount(models.Model):
    """Calls in: phones and self-service machines show a balance, top up a card or a deposit, and ask what became of it."""

    _name = "hospital.account"
    _inherit = ["hospital.account", "hospital.pay.partner.mixin"]

    @api.model
    def _receive_account_balance(self, interface, payload):
        belongs = self._partner_belongs(interface, payload)
        account = belongs.account_ids if belongs._name == "hospital.card" else belongs.deposit_account_ids
        account = account.filtered(lambda account: account.state == "open")[:1]
        kind = "card" if belongs._name == "hospital.card" else "inpatient"
        return {
            "account_no": account.number or "",
            "balance": self._yuan(account.balance),
            "unsettled": self._yuan(belongs.unsettled_total if kind == "inpatient" else 0.0),
            "note": self._rule_note(kind),
        }

    @api.model
    def _receive_topup(self, interface, payload):
        """A QR code, or the address behind it, that is paid within the minutes of the channel."""
        belongs = self._partner_belongs(interface, payload)
        channel = self.env["hospital.pay.channel"].sudo()._get(payload["channel"])
        if channel.kind != "online":
            raise UserError(self.env._("Choose WeChat Pay, Alipay or UnionPay."))
        amount = self._partner_amount(payload["amount"])
        self._check_topup_amount(amount)
        place = self._partner_place(interface)
        with self._partner_transaction() as accounts:
            env = accounts.env
            order_id = accounts._partner_order(belongs.with_env(env), channel.with_env(env), amount, place).id
        with self._partner_errors():
            status = self.env["hospital.pay.order"].browse(order_id)._pay_qr()
        if not status["qr_code"]:
            raise UserError(status["error"] or self.env._("The channel gave no code to pay. Try again in a moment."))
        return {
            "order_no": status["number"],
            "qr_code": status["qr_code"],
            "expires_at": status["expires_at"],
            "amount": self._yuan(status["amount"]),
        }

    @api.model
    def _receive_topup_state(self, interface, payload):
        self._check_partner()
        _orders_sudo = self.env["hospital.pay.order"].sudo()  # the platform asks about orders that it opened
        order = _orders_sudo.search(
            [("number", "=", payload["order_no"]), ("place", "in", ("app", "kiosk")), ("create_uid", "=", self.env.uid)]
        )
        if not order:
            raise UserError(self.env._("There is no such order."))
        return {
            "order_no": order.number,
            "state": order.state,
            "booked": order.business_state == "done",
            "balance": self._yuan(order.account_id.balance),
        }

    # === HELPERS ===

    def _partner_belongs(self, interface, payload):
        self._check_partner()
        return self._partner_holder(payload)

    def _partner_order(self, belongs, channel, amount, place):
        if belongs._name == "hospital.card":
            campus = belongs.campus_id or self.env["hospital.pay.merchant"]._campus_of(channel)
            account = self._for_card(belongs, campus)
        else:
            account = self._for_encounter(belongs)
        if account.state != "open":
            raise UserError(self.env._("The account %s is closed: nothing can be booked on it.", account.number))
        return self.env["hospital.pay.order"]._open(
            account,
            f"topup_{account.kind}",
            channel,
            amount,
            "qr",
            patient_id=account.patient_id.id,
            encounter_id=account.encounter_id.id,
            account_id=account.id,
            campus_id=account.campus_id.id,
            place=place,
            subject=self.env._("Top-up %s", account.number),
        )

    def _exchange_name(self):
        return self.number

    def _check_topup_amount(self, amount):
        """What one top-up may be, at the window as on the phone."""
        currency = self.currency_id or self.env.company.currency_id
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(self.env._("Enter the amount of the top-up."))
        most = (self.company_id or self.env.company).sudo().hospital_topup_most
        if most and currency.compare_amounts(amount, most) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than one top-up may be (%(most)s). Correct the amount, or take it in parts.",
                    amount=currency.format(amount),
                    most=currency.format(most),
                )
            )
