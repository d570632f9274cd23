from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

PARTNER = "hospital_payment.group_refund_partner"
VISITS_MOST = 50
OUTPATIENT_KINDS = ("outpatient", "emergency", "online")


class HospitalSettlement(models.Model):
    """Calls in: a patient reads on his phone what his visits cost, what is paid and what is still due (S2-2.16)."""

    _inherit = "hospital.settlement"

    @api.model
    def _receive_fees(self, interface, payload):
        """The visits of a card's holder in a period, the newest first, with every charged line."""
        if not self.env.user.has_group(PARTNER):
            raise AccessError(_("This platform may not ask about charges. Ask the interface administrator."))
        patient = self._partner_patient(interface, payload)
        visits = self._partner_visits(patient, payload)
        return {
            "visits": [self._partner_visit(visit) for visit in visits],
            "due": f"{sum(visit.unsettled_total for visit in visits):.2f}",
            "more": "1" if len(visits) == VISITS_MOST else "0",
        }

    def _partner_patient(self, interface, payload):
        """Card and name must be of one person, so that nobody reads another's visits."""
        _cards_sudo = self.env["hospital.card"].sudo()  # the platform names a card, it reads none
        card = _cards_sudo.search([("number", "=", payload["card_no"].strip().upper()), ("state", "=", "in_use")])
        if not card or card.patient_id.name != payload["patient_name"].strip():
            raise UserError(_("There is no card with this number and this holder."))
        interface._about(card)
        return card.patient_id

    def _partner_visits(self, patient, payload):
        company = self.env.company
        domain = Domain(
            [
                ("patient_id", "=", patient.id),
                ("kind", "in", OUTPATIENT_KINDS),
                ("state", "!=", "cancelled"),
                ("charge_ids", "!=", False),
            ]
        )
        first, last = (fields.Date.to_date(payload.get(name) or None) for name in ("date_from", "date_to"))
        if first and last and first > last:
            raise UserError(_("The period ends before it begins. Correct the dates."))
        if first:
            domain &= Domain("registered_at", ">=", company._hospital_day_bounds(first)[0])
        if last:
            domain &= Domain("registered_at", "<", company._hospital_day_bounds(last)[1])
        if payload.get("visit_no"):
            domain &= Domain("number", "=", payload["visit_no"].strip())
        _visits_sudo = self.env["hospital.encounter"].sudo()  # those of the patient who asks
        return _visits_sudo.search(domain, limit=VISITS_MOST)

    def _partner_visit(self, visit):
        company = visit.company_id
        charges = visit.charge_ids.filtered(lambda charge: charge.state != "reversed").sorted(
            lambda charge: (charge.service_at, charge.id)
        )
        return {
            "visit_no": visit.number,
            "day": fields.Date.to_string(company._hospital_date(visit.registered_at)),
            "campus": visit.campus_id.name,
            "department": visit.department_id.name,
            "doctor": visit.practitioner_id.name or "",
            "total": f"{visit.charge_total:.2f}",
            "due": f"{visit.unsettled_total:.2f}",
            "lines": [
                {
                    "category": charge.category_id.name,
                    "item": charge.name,
                    "unit": charge.uom_id.name,
                    "quantity": f"{charge.quantity:g}",
                    "price": f"{charge.price_unit:.4f}".rstrip("0").rstrip("."),
                    "amount": f"{charge.amount:.2f}",
                    "paid": "1" if charge.state == "settled" else "0",
                }
                for charge in charges
            ],
        }
