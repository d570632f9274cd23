import math
import unicodedata

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.hospital_base.tools import masking

GROUP = "hospital_payment.group_refund_kiosk"
UNDER_WAY = ("requested", "approved", "executing", "unknown", "failed")


class HospitalRefundKiosk(models.AbstractModel):
    """The screen of a self-service machine that gives the balance of a card back (S3-12.3).

    The screen is public: it shows no more than its owner needs to know that it is his card. What may go back says
    `_self_offer` of the refund; the machine decides nothing.
    """

    _name = "hospital.refund.kiosk"
    _description = "Self-service refund"

    @api.model
    def offer(self, text):
        """What of the card on the reader goes back, by which road, or why nothing does."""
        self._check_user()
        try:
            account = self._account(text)
        except UserError as error:
            return self._error(error)
        if waiting := self._under_way(account):
            return self._status(waiting)
        offer = self.env["hospital.refund"]._self_offer(account)
        return {
            **self._who(account),
            "state": "no" if offer["why_not"] else "offer",
            "why_not": offer["why_not"] or "",
            "amount": offer["amount"],
            "amount_text": account.currency_id.format(offer["amount"]),
            "last": self._topup(offer["last"]),
            "roads": [] if offer["why_not"] else [self._road(account, part) for part in offer["parts"]],
        }

    @api.model
    def refund(self, text, amount):
        """He has seen the amount and wants it; another amount by now is shown anew."""
        self._check_user()
        try:
            with self.env.cr.savepoint():
                account = self._account(text)
                account._lock()
                offer = self.env["hospital.refund"]._self_offer(account)
                seen = amount if isinstance(amount, (int, float)) and math.isfinite(amount) else -1
                if not offer["why_not"] and account.currency_id.compare_amounts(offer["amount"], seen):
                    return self.offer(text)
                refund = self.env["hospital.refund"]._self_service(account)
            return self._status(refund)
        except AccessError:
            raise
        except UserError as error:
            return self._error(error)

    @api.model
    def look(self, number):
        """What became of it; a channel that has only taken it is asked once more while the patient stands there."""
        self._check_user()
        refund = self._own(number)
        taken = refund.line_ids.filtered(
            lambda line: line.state == "processing" and not line.check_count and line.sent_at < self._seconds_ago(3)
        )
        if taken:
            taken._follow_up()
        return self._status(refund)

    @api.model
    def _slip(self, number):
        """The slip as PDF; every print is counted on it."""
        self._check_user()
        refund = self._own(number)
        _reports_sudo = self.env[
            "ir.actions.report"
        ].sudo()  # the machine prints what it has refunded and reads no more
        return _reports_sudo._render_qweb_pdf("hospital_payment.report_hospital_refund_slip_80mm", refund.ids)[0]

    # === HELPERS ===

    def _check_user(self):
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._("This account is not one of a self-service machine. Ask the IT operator for the role.")
            )

    def _error(self, error):
        return {"state": "error", "message": error.args[0]}

    def _seconds_ago(self, seconds):
        return fields.Datetime.subtract(fields.Datetime.now(), seconds=seconds)

    def _account(self, text):
        """The account of the card on the reader, or of the only card with money of whose identity card it is."""
        text = text if isinstance(text, str) else ""
        number = unicodedata.normalize("NFKC", text).strip().upper()
        unknown = self.env._("This card is not known. Put your visit card on the reader again, or go to the cash desk.")
        if not number:
            raise UserError(unknown)
        _cards_sudo = self.env["hospital.card"].sudo()  # the machine names a card, it reads none
        cards = _cards_sudo.search([("number", "=", number), ("state", "=", "in_use")])
        if not cards:
            cards = self._patient(text).card_ids.filtered(lambda card: card.state == "in_use")
            if not cards:
                raise UserError(unknown)
        accounts = cards.account_ids.filtered(lambda account: account.state == "open")
        with_money = accounts.filtered("balance") or accounts[:1]
        if not with_money:
            raise UserError(self.env._("There is no money on this card."))
        if len(with_money) > 1:
            raise UserError(self.env._("You have money on several cards. Put the card itself on the reader."))
        return with_money

    def _patient(self, text):
        _patients_sudo = self.env["hospital.patient"].sudo()  # as above, for identity cards
        try:
            values = _patients_sudo._read_document(text)
        except ValidationError:
            return _patients_sudo.browse()
        if not values:
            return _patients_sudo.browse()
        document_type = self.env["hospital.identifier.type"].sudo().browse(values["document_type_id"])
        country = self.env["hospital.code"].sudo().browse(values.get("issuing_country_id") or [])
        return _patients_sudo._find_by_document(document_type, values["document_number"], country)

    def _under_way(self, account):
        """A refund that a machine has begun and that is not done: the same card put on again sees it."""
        return (
            self.env["hospital.refund"]
            .sudo()  # as above
            .search(
                [
                    ("account_id", "=", account.id),
                    ("source", "=", "self"),
                    ("requested_by_id", "=", self.env.uid),
                    ("state", "in", UNDER_WAY),
                ],
                limit=1,
            )
        )

    def _own(self, number):
        _refunds_sudo = self.env["hospital.refund"].sudo()  # the machine sees what it has begun itself
        refund = _refunds_sudo.search(
            [("number", "=", number), ("source", "=", "self"), ("requested_by_id", "=", self.env.uid)]
        )
        if not refund:
            raise UserError(self.env._("There is no such refund of this machine."))
        return refund

    # === WHAT IS SHOWN ===

    def _who(self, account):
        card = account.sudo().card_id  # shown to who holds the card in his hand
        return {
            "name": masking.mask_name(card.patient_id.name),
            "card": card.number,
            "balance_text": account.currency_id.format(account.balance),
        }

    def _topup(self, order):
        if not order:
            return False
        return {
            "amount_text": order.currency_id.format(order.amount),
            "channel": order.channel_id.name,
            "day": fields.Date.to_string(order.day),
        }

    def _road(self, account, part):
        order = self.env["hospital.pay.order"].sudo().browse(part.key[1])  # a payment of the card's holder
        return {
            "number": order.number,
            "amount_text": account.currency_id.format(part.amount / 100),
            "channel": order.channel_id.name,
            "day": fields.Date.to_string(order.day),
        }

    def _status(self, refund):
        refund = refund.sudo()  # begun by this machine
        refund.invalidate_recordset()
        states = {"done": "done", "failed": "desk", "rejected": "desk", "cancelled": "desk"}
        return {
            **self._who(refund.account_id),
            "state": states.get(refund.state, "sent"),
            "number": refund.number,
            "amount_text": refund.currency_id.format(refund.amount),
            "roads": [
                {
                    "number": line.number,
                    "amount_text": refund.currency_id.format(line.amount),
                    "channel": line.order_id.channel_id.name,
                    "day": fields.Date.to_string(line.order_id.day),
                    "is_done": line.state == "done",
                }
                for line in refund.line_ids
            ],
        }
