from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round


class HospitalRefundWish(models.Model):
    """Calls in: what a patient asks to be taken back, and what became of it."""

    _name = "hospital.refund.wish"
    _inherit = ["hospital.refund.wish", "hospital.pay.partner.mixin"]

    @api.model
    def _receive_fees_refund_apply(self, interface, payload):
        card = self._partner_card(payload)
        interface._about(card)
        wish = self._ask(
            card.patient_id,
            self._partner_lines(card.patient_id, payload["charges"]),
            (payload.get("reason") or "").strip(),
            self._partner_place(interface),
            f"{interface.sudo().platform_id.code}:{payload['apply_no'].strip()}",
        )
        return wish._partner_reply()

    @api.model
    def _receive_fees_refund_state(self, interface, payload):
        card = self._partner_card(payload)
        interface._about(card)
        number = f"{interface.sudo().platform_id.code}:{payload['apply_no'].strip()}"
        _wishes_sudo = self.sudo()  # the platform asks about its own requests only
        wish = _wishes_sudo.search([("partner_number", "=", number), ("patient_id", "=", card.patient_id.id)])
        if not wish:
            raise UserError(self.env._("There is no request with this number."))
        return wish._partner_reply()

    def _partner_lines(self, patient, rows):
        """{charge: quantity}; another's charge is as good as none."""
        _charges_sudo = self.env["hospital.charge"].sudo()  # those of the patient who asks
        numbers = [str(row["charge_no"]).strip() for row in rows]
        known = [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 10]
        found = _charges_sudo.search([("id", "in", known), ("patient_id", "=", patient.id)])
        charges = {str(charge.id): charge for charge in found}
        if set(numbers) - set(charges):
            raise UserError(self.env._("Some of the chosen charges are not paid. Look at them again."))
        if len(set(numbers)) < len(numbers):
            raise UserError(self.env._("A charge is named twice. Name each of them once."))
        digits = self.env["hospital.charge"]._quantity_digits()
        lines = {}
        for number, row in zip(numbers, rows, strict=True):
            charge, written = charges[number], row.get("quantity")
            quantity = charge.open_quantity if written in (None, "") else float(written)
            if float_round(quantity, precision_digits=digits) != quantity:
                raise UserError(self.env._("%s is no quantity that can be taken back. Correct it.", written))
            lines[charge] = quantity
        return lines

    def _partner_reply(self):
        """`requested`, `rejected`, `accepted` while the money is on its way, `refunded`."""
        self.ensure_one()
        state = "refunded" if self.refund_id.state == "done" else self.state
        return {
            "wish_no": self.number,
            "state": state,
            "amount": self._yuan(-self.back_id.due_total if self.back_id else self.amount),
            "refund_no": self.refund_id.number or "",
            "decision": self.decision or "",
            "decided_at": fields.Datetime.to_string(self.decided_at) if self.decided_at else "",
        }
