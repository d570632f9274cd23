from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.hospital_exchange.tools.momentary import is_momentary

from .settlement import LIVE_STATES

OWN_PLACES = ("app", "kiosk")
STATES = {"draft": "paying", "paying": "paying", "done": "done", "cancelled": "closed"}


class HospitalSettlement(models.Model):
    """Calls in: a patient pays his visit on the phone or at a self-service machine (S2-2.17).

    A payment is begun under a number of the platform, so that a second press finds the first one. From then on it goes
    the road of all others: the order is paid and the settlement done; nobody pays, and the charges are free again; paid
    too late, and the money goes back by itself.
    """

    _inherit = "hospital.settlement"

    # === CALLS IN ===

    @api.model
    def _receive_fees_due(self, interface, payload):
        """Per visit what is to be paid, who bears how much of it, how it can be paid, and what is being paid already."""
        card = self._partner_card(payload)
        interface._about(card)
        visits = self._partner_visits(card.patient_id, payload, Domain("charge_ids.state", "=", "unsettled"))
        found = [self._phone_visit_facts(visit, card) for visit in visits]
        found = [visit for visit in found if visit["lines"]]
        return {
            "visits": found,
            "due": self._yuan(sum(max(float(visit["due"]), 0.0) for visit in found)),
        }

    @api.model
    def _receive_fees_pay(self, interface, payload):
        """Begin to pay a visit, or charges of it: an order, and the code or link behind which it is paid."""
        card = self._partner_card(payload)
        interface._about(card)
        place, key = self._partner_place(interface), self._phone_key(interface, payload)
        with self._partner_transaction() as settlements:
            settlement = settlements._phone_begin(card, payload, place, key)
            order = settlement._pay()
            settlement_id, order_id = settlement.id, order.id
            is_late = order.state == "paid" or (order.expires_at and order.expires_at <= fields.Datetime.now())
        if order_id:
            status = self._phone_order(order_id, "_follow_up" if is_late else "_pay_qr")
            if status["state"] in ("failed", "unknown"):
                raise UserError(status["error"] or _("The channel gave no code to pay. Try again in a moment."))
        with self._partner_transaction() as settlements:
            return settlements.browse(settlement_id)._phone_reply(with_code=True)

    @api.model
    def _receive_fees_pay_state(self, interface, payload):
        """What became of it; the channel is asked when it is time to."""
        card = self._partner_card(payload)
        interface._about(card)
        with self._partner_transaction() as settlements:
            settlement = settlements._phone_find(interface, card, payload)
            settlement_id, order = settlement.id, settlement._phone_open_order()
            order_id = order.id if order.state != "created" and order._is_due() else False
        if order_id:
            try:
                self._phone_order(order_id, "_follow_up")
            except UserError as error:  # somebody is asking the channel at this moment: his answer comes
                if not is_momentary(error):
                    raise
        with self._partner_transaction() as settlements:
            return settlements.browse(settlement_id)._phone_reply(with_code=True)

    @api.model
    def _receive_fees_give_up(self, interface, payload):
        """Nobody will pay it any more: the code is closed at the channel, then the charges are free."""
        card = self._partner_card(payload)
        interface._about(card)
        with self._partner_transaction() as settlements:
            settlement = settlements._phone_find(interface, card, payload)
            if settlement.state == "done":
                raise UserError(_("%s is paid already. Money goes back at the cash desk.", settlement.number))
            settlement_id, order_id = settlement.id, settlement._phone_open_order().id
            if not order_id and settlement.state in LIVE_STATES:
                settlement._abandon()
        if order_id:
            self._phone_order(order_id, "_close")
        with self._partner_transaction() as settlements:
            settlement = settlements.browse(settlement_id)
            if settlement.state in LIVE_STATES:
                raise UserError(
                    _("The channel has not said yet what became of the payment. Wait a moment and look again.")
                )
            return settlement._phone_reply()

    def _phone_order(self, order_id, step):
        """A step of an order that calls the channel; it commits on a cursor of its own."""
        with self._partner_errors():
            return getattr(self.env["hospital.pay.order"].browse(order_id), step)()

    # === WHAT IS DUE ===

    def _phone_visit_facts(self, visit, card):
        company = visit.company_id
        charges = visit._unsettled_charges().sorted(lambda charge: (charge.service_at, charge.id))
        begun = self._begun_lines(charges)
        free = charges - begun.charge_id
        shares = self._shares_of(visit, free)
        own = company.currency_id.round(sum(share["amount"] for share in shares if share["payer_kind"] == "self"))
        return {
            "visit_no": visit.number,
            "day": fields.Date.to_string(company._hospital_date(visit.registered_at)),
            "campus": visit.campus_id.name,
            "department": visit.department_id.name,
            "doctor": visit.practitioner_id.name or "",
            "total": self._yuan(sum(free.mapped("amount"))),
            "due": self._yuan(own),
            "shares": [
                {"payer_kind": share["payer_kind"], "payer": share["name"], "amount": self._yuan(share["amount"])}
                for share in shares
            ],
            "lines": [
                {
                    "charge_no": str(charge.id),
                    "category": charge.category_id.name,
                    "item": charge.name,
                    "spec": charge.product_id.hospital_spec or "",
                    "unit": charge.uom_id.name,
                    "quantity": f"{charge.quantity:g}",
                    "price": f"{charge.price_unit:.4f}".rstrip("0").rstrip("."),
                    "amount": self._yuan(charge.amount),
                    "being_paid": charge in begun.charge_id,
                }
                for charge in charges
            ],
            "channels": [
                {"code": channel.code, "name": channel.name} for channel in self._phone_channels(visit, card, own)
            ],
            "begun": [settlement._phone_begun_facts() for settlement in begun.settlement_id],
        }

    def _phone_begun_facts(self):
        """A payment that is under way; its code is shown again only where it was asked for."""
        order = self._phone_open_order() if self.place in OWN_PLACES else self.env["hospital.pay.order"]
        return {
            "settlement_no": self.number,
            "place": self.place,
            "amount": self._yuan(self.self_total),
            **self._phone_code(order),
        }

    def _phone_channels(self, visit, card, due):
        """The ways to pay that the campus of the visit has: by phone, or from the card when there is enough on it."""
        merchants = self.env["hospital.pay.merchant"].sudo()  # whether there is one, no more
        account = card.account_ids.filtered(lambda account: account.state == "open")[:1]

        def is_usable(channel):
            if channel.kind == "account":
                return channel.code == "card_account" and due > 0 and account.balance >= due
            return channel.kind == "online" and bool(merchants._for(channel, visit.campus_id).platform_id)

        return (
            self.env["hospital.pay.channel"].sudo().search([("kind", "in", ("account", "online"))]).filtered(is_usable)
        )

    # === BEGINNING ===

    def _phone_key(self, interface, payload):
        number = payload["pay_no"].strip()
        if not number:
            raise UserError(_("The payment has no number of its own (pay_no)."))
        return f"{interface.sudo().platform_id.code}:{number}"

    def _phone_begin(self, card, payload, place, key):
        """The settlement begun under this key: a new one, or that of the first press."""
        card = card.with_env(self.env)
        amount = self._partner_amount(payload["amount"])
        channel = self.env["hospital.pay.channel"]._get(payload["channel"].strip().lower())
        if channel.kind != "online" and channel.code != "card_account":
            raise UserError(_("Choose WeChat Pay, Alipay, UnionPay or the money on the card."))
        if begun := self.search([("request_key", "=", key)]):
            begun._check_same_payment(card, payload, amount, channel)
            return begun
        visit = self._phone_visit(card.patient_id, payload["visit_no"])
        charges = self._phone_charges(visit, payload)
        if taken := self._begun_lines(visit._unsettled_charges() if charges is None else charges).settlement_id[:1]:
            raise UserError(self._taken_sentence(taken))
        settlement = self._start(visit, charges=charges, place=place, key=key)
        currency = settlement.currency_id
        if settlement.self_total < 0:
            raise UserError(_("The hospital owes money for this visit. Please go to the cash desk."))
        if currency.compare_amounts(settlement.self_total, amount):
            raise UserError(
                _("The charges have changed: it is %s now. Look at them again.", currency.format(settlement.self_total))
            )
        settlement._plan([self._phone_tender(card, channel, amount)] if amount else [])
        return settlement

    def _check_same_payment(self, card, payload, amount, channel):
        tender = self.tender_ids[:1]
        if (
            self.patient_id != card.patient_id
            or self.encounter_id.number != payload["visit_no"].strip()
            or self.currency_id.compare_amounts(self.self_total, amount)
            or (tender and tender.channel_id != channel)
        ):
            raise UserError(_("Another payment was begun under this number (pay_no). Send a new number."))

    def _phone_visit(self, patient, number):
        """The patient's own visit; another's is as good as none."""
        visit = self.env["hospital.encounter"].search(
            self._partner_visit_domain(patient) & Domain("number", "=", number.strip())
        )
        if not visit:
            raise UserError(_("There is no visit with this number to be paid."))
        return visit

    def _phone_charges(self, visit, payload):
        """The chosen charges, or None for all; what is not of this visit is told apart from nothing."""
        numbers = {str(line.get("charge_no") or "").strip() for line in payload.get("charges") or []}
        if not numbers:
            return None
        charges = visit._unsettled_charges().filtered(lambda charge: str(charge.id) in numbers)
        if len(charges) < len(numbers):
            raise UserError(_("Some of the chosen charges were settled or taken back. Look at them again."))
        return charges

    def _phone_tender(self, card, channel, amount):
        account = card.account_ids.filtered(lambda account: account.state == "open")[:1]
        if channel.kind == "account":
            return {"channel_id": channel.id, "amount": amount, "account_id": account.id}
        return {"channel_id": channel.id, "amount": amount, "way": "qr"}

    def _begun_lines(self, charges):
        _lines_sudo = self.env["hospital.settlement.line"].sudo()  # also of other campuses
        return _lines_sudo.search(
            [
                ("charge_id", "in", charges.ids),
                ("is_live", "=", True),
                ("settlement_id.state", "in", LIVE_STATES),
            ]
        )

    def _taken_sentence(self, taken):
        if taken.place in OWN_PLACES:
            return _(
                "These charges are being paid already (%s). Pay them there, or give that payment up first.",
                taken.number,
            )
        return _("These charges are being paid at the cash desk at this moment.")

    # === WHAT BECAME OF IT ===

    def _phone_find(self, interface, card, payload):
        """A payment of the holder of the card, begun on a phone or at a machine."""
        if payload.get("settlement_no"):
            known = [("number", "=", payload["settlement_no"].strip())]
        else:
            known = [("request_key", "=", self._phone_key(interface, {"pay_no": payload.get("pay_no") or ""}))]
        settlement = self.search([*known, ("patient_id", "=", card.patient_id.id), ("place", "in", OWN_PLACES)])
        if not settlement:
            raise UserError(_("There is no payment with this number."))
        return settlement

    def _phone_open_order(self):
        """The order it waits for."""
        return self.tender_ids.filtered(lambda tender: tender.state == "planned").order_id.filtered(
            lambda order: order.state not in ("failed", "closed")
        )[:1]

    def _phone_reply(self, with_code=False):
        order = self.tender_ids.order_id[:1]
        return {
            "settlement_no": self.number,
            "state": STATES[self.state],
            "amount": self._yuan(self.self_total),
            "order_state": order.state or "",
            "paid_at": fields.Datetime.to_string(self.done_at) if self.done_at else "",
            "going_back": self._yuan(order.refund_pending_amount),
            "gone_back": self._yuan(order.refunded_amount),
            **self._phone_code(order if with_code else order.browse()),
            "order_no": order.number or "",
        }

    def _phone_code(self, order):
        """What is scanned or opened to pay, as long as it can be."""
        can_pay = order.state == "paying" and order.qr_code and order.expires_at > fields.Datetime.now()
        return {
            "order_no": order.number or "",
            "qr_code": order.qr_code if can_pay else "",
            "expires_at": fields.Datetime.to_string(order.expires_at) if can_pay else "",
        }

    def _order_ended(self, order):
        """Nobody has paid this order, and nobody stands at a desk to choose something else: the charges are free again."""
        self.ensure_one()
        if self.place not in OWN_PLACES or self.env.context.get("hospital_settlement_ending") == self.id:
            return
        self._lock()
        if self.state in LIVE_STATES and order in self.tender_ids.order_id:
            self._abandon()
