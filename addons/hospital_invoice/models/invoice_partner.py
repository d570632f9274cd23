import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.hospital_payment.models.pay_partner_mixin import PARTNER

LAYOUTS = {"a5": "bill_a5", "80mm": "bill_80mm", "notice": "notice_80mm"}
MOST = 50


class HospitalInvoice(models.Model):
    """Calls in: machines and phones issue, list, fetch and print the bills of the patient who stands before them."""

    _name = "hospital.invoice"
    _inherit = ["hospital.invoice", "hospital.pay.partner.mixin"]

    @api.model
    def _receive_invoice_issue(self, interface, payload):
        """Bills for what the patient has paid and has none for; those that wait are sent."""
        patient = self._partner_patient(interface, payload)
        channel = self._partner_place(interface)
        _self_sudo = self.sudo()  # the patient was identified just now
        invoices = _self_sudo._issue_for_patient(patient, payload.get("business_no") or None, channel)
        if not invoices:
            raise UserError(self.env._("There is nothing to issue a bill for."))
        return {"bills": [invoice._partner_facts() for invoice in invoices]}

    @api.model
    def _receive_invoice_list(self, interface, payload):
        return self._partner_list(interface, payload, Domain.TRUE)

    @api.model
    def _receive_invoice_unprinted(self, interface, payload):
        unprinted = Domain([("print_count", "=", 0), ("colour", "=", "blue"), ("state", "=", "issued")])
        return self._partner_list(interface, payload, unprinted)

    @api.model
    def _receive_invoice_get(self, interface, payload):
        """The facts of one bill and its PDF; fetching is not printing."""
        invoice = self._partner_invoice(interface, payload)
        invoice._check_printable()
        layout = LAYOUTS.get(payload.get("layout") or "a5")
        if not layout:
            raise UserError(self.env._("A bill is laid out as %s.", ", ".join(LAYOUTS)))
        return {
            **invoice._partner_facts(),
            "amount_capitals": invoice.capitals,
            "payer": invoice.payer_name or "",
            "picture_url": invoice.picture_url or "",
            "picture_net_url": invoice.picture_net_url or "",
            "items": [
                {"name": group["name"], "amount": self._yuan(group["amount"])} for group in invoice._sheet()["groups"]
            ],
            "file_name": f"{invoice.number}.pdf",
            "pdf": base64.b64encode(invoice._pdf(layout)).decode(),
        }

    @api.model
    def _receive_invoice_printed(self, interface, payload):
        """The machine has printed it."""
        invoice = self._partner_invoice(interface, payload)
        place = self._partner_place(interface)
        reason = self.env._("Printed again at the self-service machine") if invoice.print_count else False
        invoice._print("electronic", reason=reason, place=place)
        return {"number": invoice.number, "printed": invoice.print_count}

    # === HELPERS ===

    @api.model
    def _issue_for_patient(self, patient, business_no, channel):
        """Make the bills that are missing, send those that wait, from where the patient stands now."""
        settlements = self.env["hospital.settlement"].search(
            [("patient_id", "=", patient.id), ("state", "=", "done"), ("is_billed", "!=", True)], order="id"
        )
        settlements._bill_now()
        domain = Domain([("patient_id", "=", patient.id), ("colour", "=", "blue"), ("is_current", "=", True)])
        if business_no:
            domain &= Domain("settlement_id.number", "=", business_no) | Domain(
                "entry_id.order_id.number", "=", business_no
            )
        else:
            domain &= Domain("state", "in", ("waiting", "issuing", "unknown", "failed"))
        invoices = self.search(domain, order="id")
        for invoice in invoices.filtered(lambda invoice: invoice.state == "waiting"):
            place = self.env["hospital.invoice.place"]._for(self.env.user, channel, invoice.campus_id)
            if place:
                invoice.write({"channel": channel, "place_id": place.id})
            invoice._follow()
        return invoices

    def _partner_patient(self, interface, payload):
        if not self.env.user.has_group(PARTNER):
            raise AccessError(self.env._("This platform may not ask about bills. Ask the interface administrator."))
        belongs = self._partner_holder(payload)
        interface._about(belongs)
        return belongs.patient_id

    def _partner_invoice(self, interface, payload):
        """A bill of the identified patient. That of another is answered like one that does not exist."""
        patient = self._partner_patient(interface, payload)
        _self_sudo = self.sudo()  # of the patient only, see the domain
        invoice = _self_sudo.search([("number", "=", payload["number"].strip()), ("patient_id", "=", patient.id)])
        if not invoice:
            raise UserError(self.env._("There is no such bill."))
        interface._about(invoice)
        return invoice

    def _partner_list(self, interface, payload, domain):
        patient = self._partner_patient(interface, payload)
        first, last = (fields.Date.to_date(payload.get(name) or None) for name in ("date_from", "date_to"))
        if first and last and first > last:
            raise UserError(self.env._("The period ends before it begins. Correct the dates."))
        domain &= Domain("patient_id", "=", patient.id) & Domain("state", "!=", "void")
        if first:
            domain &= Domain("bus_day", ">=", first)
        if last:
            domain &= Domain("bus_day", "<=", last)
        if payload.get("kind"):
            domain &= Domain("kind_id.code", "=", payload["kind"])
        _self_sudo = self.sudo()  # of the patient only, see the domain
        invoices = _self_sudo.search(domain, order="id desc", limit=MOST + 1)
        return {
            "more": len(invoices) > MOST,
            "bills": [invoice._partner_facts() for invoice in invoices[:MOST]],
        }

    def _partner_facts(self):
        self.ensure_one()
        states = dict(self._fields["state"]._description_selection(self.env))
        return {
            "number": self.number,
            "kind": self.kind_id.code,
            "kind_name": self.kind_id.name,
            "color": self.colour,
            "state": self.state,
            "state_name": states[self.state],
            "day": fields.Date.to_string(self.bus_day),
            "business_no": self._business_number(),
            "visit_no": self.encounter_id.number or "",
            "amount": self._yuan(self.amount),
            "batch_code": self.batch_code or "",
            "bill_no": self.bill_number or "",
            "check_code": self.check_code or "",
            "issued_at": self._issued_on(),
            "printed": self.print_count,
        }
