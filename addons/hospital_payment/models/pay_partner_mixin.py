# what a call in has begun must stand before a channel is called, so it is committed on a cursor of its own
# pylint: disable=invalid-commit

from contextlib import contextmanager

from odoo import models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from psycopg2.errors import UniqueViolation

from odoo.addons.hospital_exchange.tools.momentary import is_momentary

from ..tools.typed import typed_amount

PARTNER = "hospital_payment.group_refund_partner"
PLACES = {"self_service": "kiosk"}


class HospitalPayPartnerMixin(models.AbstractModel):
    """What all calls of phones and self-service machines have in common: who calls, for whom, and about how much."""

    _name = "hospital.pay.partner.mixin"
    _description = "Calls of phones and self-service machines"

    def _check_partner(self):
        if not self.env.user.has_group(PARTNER):
            raise AccessError(
                self.env._("This platform may not ask about patients' money. Ask the interface administrator.")
            )

    def _partner_place(self, interface):
        return PLACES.get(interface.sudo().platform_id.code, "app")

    def _partner_card(self, payload):
        """The card in use with this number; where a name is sent it must be the holder's, so that nobody acts for another."""
        self._check_partner()
        _cards_sudo = self.env["hospital.card"].sudo()  # the platform names a card, it reads none
        number = (payload.get("card_no") or "").strip().upper()
        card = _cards_sudo.search([("number", "=", number), ("state", "=", "in_use")])
        name = payload.get("patient_name")
        if not card or (name is not None and card.patient_id.name != name.strip()):
            raise UserError(self.env._("There is no card with this number and this holder."))
        return card

    def _partner_holder(self, payload):
        """The card or stay whose holder has the name that is sent, so that a slip of a digit pays or shows nobody else."""
        name = (payload.get("patient_name") or "").strip()
        if payload.get("inpatient_no"):
            _encounters_sudo = self.env["hospital.encounter"].sudo()  # the platform names a stay, it reads none
            belongs = _encounters_sudo.search([("number", "=", payload["inpatient_no"].strip().upper())])
        else:
            _cards_sudo = self.env["hospital.card"].sudo()  # the same for cards
            number = (payload.get("card_no") or "").strip().upper()
            belongs = _cards_sudo.search([("number", "=", number), ("state", "=", "in_use")])
        if not belongs or belongs.patient_id.name != name:
            raise UserError(self.env._("There is no card or stay with this number and this holder."))
        return belongs

    def _partner_amount(self, written):
        """Yuan to the cent; parts of a cent are a mistake of who calls, never rounded away."""
        return typed_amount(self.env, written)

    @staticmethod
    def _yuan(amount):
        return f"{amount:.2f}"

    @contextmanager
    def _partner_transaction(self):
        """This model in a transaction of its own, with all rights: what it does stands before the channel is called."""
        with self._partner_errors(), self.env.registry.cursor() as cr:
            yield self.env(cr=cr, su=True)[self._name]
            cr.commit()

    @contextmanager
    def _partner_errors(self):
        """What only somebody else's call of this very moment stands in the way of: the door runs the whole call again."""
        try:
            yield
        except UserError as error:
            if is_momentary(error) or isinstance(error.__context__, UniqueViolation):
                raise ConcurrencyError(str(error)) from error
            raise
