from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

VISITS_MOST = 50
OUTPATIENT_KINDS = ("outpatient", "emergency", "online")


class HospitalSettlement(models.Model):
    """Calls in: a patient reads on his phone what his visits cost, what is paid and what is still due (S2-2.16)."""

    _name = "hospital.settlement"
    _inherit = ["hospital.settlement", "hospital.pay.partner.mixin"]

    @api.model
    def _receive_fees(self, interface, payload):
        """The visits of a card's holder in a period, the newest first, with every charged line."""
        card = self._partner_card(payload)
        interface._about(card)
        visits = self._partner_visits(card.patient_id, payload)
        return {
            "visits": [self._partner_visit(visit) for visit in visits],
            "due": self._yuan(sum(visit.unsettled_total for visit in visits)),
            "more": "1" if len(visits) == VISITS_MOST else "0",
        }

    def _partner_visit_domain(self, patient):
        return Domain(
            [
                ("patient_id", "=", patient.id),
                ("kind", "in", OUTPATIENT_KINDS),
                ("state", "!=", "cancelled"),
                ("charge_ids", "!=", False),
            ]
        )

    def _partner_visits(self, patient, payload, only=Domain.TRUE):
        company = self.env.company
        domain = self._partner_visit_domain(patient) & only
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
            "total": self._yuan(visit.charge_total),
            "due": self._yuan(visit.unsettled_total),
            "lines": [
                {
                    "charge_no": str(charge.id),
                    "category": charge.category_id.name,
                    "item": charge.name,
                    "unit": charge.uom_id.name,
                    "quantity": f"{charge.quantity:g}",
                    "price": f"{charge.price_unit:.4f}".rstrip("0").rstrip("."),
                    "amount": self._yuan(charge.amount),
                    "left": f"{charge.open_quantity:g}" if charge.state == "settled" and charge.quantity > 0 else "0",
                    "paid": "1" if charge.state == "settled" else "0",
                }
                for charge in charges
            ],
        }
