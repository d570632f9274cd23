import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.hospital_base.tools.printing import qr_data_uri

from ..tools.typed import record_id, typed_amount
from .settlement import LIVE_STATES, STAY_KINDS

FOUND_MOST = 12
RECENT_MOST = 8
LINES_MOST = 500


class HospitalCashDesk(models.AbstractModel):
    """What the screen of the cash desk asks for. The rules are those of `hospital.settlement`; here they are shown."""

    _name = "hospital.cash.desk"
    _description = "Cash desk"

    def _check(self):
        if not self.env.user.has_group("hospital_base.group_hospital_cashier"):
            raise AccessError(self.env._("Only cashiers take money. Ask the administrator for the role."))

    # === FINDING ===

    @api.model
    @api.readonly
    def get_desk(self):
        """What the screen needs to begin with."""
        self._check()
        company = self.env.company
        return {
            "channels": [
                {
                    "id": channel.id,
                    "code": channel.code,
                    "name": channel.name,
                    "kind": channel.kind,
                    "pattern": channel.scan_pattern or False,
                    "every": channel.query_every_s,
                }
                for channel in self.env["hospital.pay.channel"].search([])
                if self._is_usable(channel)
            ],
            "currency_id": company.currency_id.id,
            "rounding": company.hospital_cash_rounding,
            "today": fields.Date.to_string(company._hospital_today()),
            "shift": self._shift_facts(),
        }

    def _is_usable(self, channel):
        """Whether the user's campus takes money by it."""
        if channel.kind != "online":
            return True
        merchants = self.env["hospital.pay.merchant"].sudo()  # whether there is one, no more
        return bool(merchants._for(channel, self.env.user._hospital_campus()))

    def _shift_facts(self):
        user = self.env.user
        shift = self.env["hospital.shift"].search(
            [
                ("user_id", "=", user.id),
                ("campus_id", "=", user._hospital_campus().id),
                ("state", "in", ("open", "reopened")),
            ],
            order="state, id desc",
            limit=1,
        )
        return {"id": shift.id, "number": shift.number} if shift else False

    @api.model
    @api.readonly
    def find(self, text):
        """Patients meant by what was typed or scanned; the number on a receipt finds its settlement."""
        self._check()
        text = text.strip() if isinstance(text, str) else ""
        if not text:
            return {"patients": []}
        if re.fullmatch(r"S\d{17}", text.upper()):
            settlement = self.env["hospital.settlement"].search([("number", "=", text.upper())])
            if settlement:
                return {"patients": [], "settlement_id": settlement.id}
        patients = self.env["hospital.patient"].search([("search_text", "ilike", text)], limit=FOUND_MOST)
        unsettled = self._unsettled(patients)
        return {
            "patients": [
                {**self._patient_facts(patient), "unsettled": unsettled.get(patient.id, 0.0)} for patient in patients
            ]
        }

    def _unsettled(self, patients):
        return {
            patient.id: amount
            for patient, amount in self.env["hospital.charge"]._read_group(
                [("patient_id", "in", patients.ids), ("state", "=", "unsettled")], ["patient_id"], ["amount:sum"]
            )
        }

    def _patient_facts(self, patient):
        sexes = dict(patient._fields["sex"]._description_selection(self.env))
        return {
            "id": patient.id,
            "name": patient.name,
            "number": patient.number,
            "sex": sexes.get(patient.sex, ""),
            "age": patient.age or "",
            "card": patient.card_number or "",
            "phone": patient.phone or "",
        }

    # === ONE PATIENT ===

    @api.model
    @api.readonly
    def open_patient(self, patient_id, encounter_id=False, date_to=False):
        """The visits of a patient with something to settle, and the lines of one of them."""
        self._check()
        patient = self.env["hospital.patient"].browse(patient_id)
        patient.check_access("read")
        encounters = self._encounters(patient)
        encounter = encounters.filtered(lambda found: found.id == encounter_id) or encounters[:1]
        return {
            "patient": self._patient_facts(patient),
            "encounters": [self._encounter_facts(found) for found in encounters],
            "visit": self._visit(encounter, date_to) if encounter else False,
            "recent": self._recent(patient),
        }

    def _encounters(self, patient):
        """Those with unsettled charges, what is over first; then stays with money on their deposit."""
        groups = self.env["hospital.charge"]._read_group(
            [("patient_id", "=", patient.id), ("state", "=", "unsettled")], ["encounter_id"]
        )
        found = self.env["hospital.encounter"].union(*(encounter for [encounter] in groups))
        rank = {"finished": 0, "in_progress": 1, "registered": 2}
        return found.sorted(lambda item: (item.kind in STAY_KINDS, rank.get(item.state, 3), -item.id))

    def _encounter_facts(self, encounter):
        kinds = dict(encounter._fields["kind"]._description_selection(self.env))
        return {
            "id": encounter.id,
            "number": encounter.number,
            "kind": kinds[encounter.kind],
            "department": encounter.department_id.name,
            "doctor": encounter.practitioner_id.name or "",
            "unsettled": encounter.unsettled_total,
        }

    def _visit(self, encounter, date_to=False):
        kind = self.env["hospital.settlement"]._kind_for(encounter)
        domain = Domain([("encounter_id", "=", encounter.id), ("state", "=", "unsettled")])
        if kind == "interim" and date_to:
            domain &= Domain("service_date", "<=", date_to)
        charges = self.env["hospital.charge"].search(domain, order="service_at, id")
        begun = self.env["hospital.settlement"].search(
            [("encounter_id", "=", encounter.id), ("state", "in", LIVE_STATES)], limit=1
        )
        return {
            **self._encounter_facts(encounter),
            "settle_kind": kind,
            "date_to": date_to or False,
            "lines": [self._line(charge) for charge in charges[:LINES_MOST]] if kind == "outpatient" else [],
            "groups": self._groups(charges),
            "count": len(charges),
            "total": encounter.currency_id.round(sum(charges.mapped("amount"))),
            "accounts": self._accounts(encounter),
            "begun": self._settlement_facts(begun) if begun else False,
        }

    def _line(self, charge):
        return {
            "id": charge.id,
            "name": charge.name,
            "category": charge.category_id.name,
            "spec": charge.product_id.sudo().hospital_spec or "",
            "quantity": charge.quantity,
            "unit": charge.uom_id.name,
            "price": charge.price_unit,
            "amount": charge.amount,
            "service_at": fields.Datetime.to_string(charge.service_at),
            "together": (charge.reversal_of_id | charge.reversal_ids)
            .filtered(lambda other: other.state == "unsettled")
            .ids,
        }

    def _groups(self, charges):
        sums = {}
        for charge in charges:
            count, amount = sums.get(charge.category_id, (0, 0.0))
            sums[charge.category_id] = (count + 1, amount + charge.amount)
        return [
            {"id": category.id, "name": category.name, "count": count, "amount": amount}
            for category, (count, amount) in sorted(
                sums.items(), key=lambda item: (item[0].sequence, item[0].code or "")
            )
        ]

    def _accounts(self, encounter):
        """What the patient has lying here that may pay this visit: his cards' money, and the deposit of the stay."""
        codes = {"card": "card_account", "inpatient": "deposit"}
        accounts = self.env["hospital.account"].search(
            [
                ("patient_id", "=", encounter.patient_id.id),
                ("state", "=", "open"),
                ("balance", ">", 0),
                "|",
                ("kind", "=", "card"),
                ("encounter_id", "=", encounter.id),
            ],
            order="kind desc, id",
        )
        return [
            {
                "id": account.id,
                "number": account.card_id.number or account.number,
                "balance": account.balance,
                "channel": codes[account.kind],
            }
            for account in accounts
        ]

    def _recent(self, patient):
        settlements = self.env["hospital.settlement"].search(
            [("patient_id", "=", patient.id), ("done_at", "!=", False)],
            order="done_at desc, id desc",
            limit=RECENT_MOST,
        )
        return [self._settlement_facts(settlement) for settlement in settlements]

    def _settlement_facts(self, settlement):
        order = settlement.tender_ids.filtered(lambda tender: tender.state == "planned").order_id[:1]
        zone = settlement.company_id._hospital_timezone()
        done_at = settlement.done_at and fields.Datetime.context_timestamp(
            settlement.with_context(tz=zone.zone), settlement.done_at
        )
        return {
            "id": settlement.id,
            "number": settlement.number,
            "kind": dict(settlement._fields["kind"]._description_selection(self.env))[settlement.kind],
            "state": settlement.state,
            "state_label": settlement._state_label(),
            "place": settlement.place,
            "user": settlement.user_id.name,
            "total": settlement.self_total,
            "left": settlement.currency_id.round(
                settlement.self_total
                - sum(settlement.tender_ids.filtered(lambda tender: tender.state == "done").mapped("amount"))
            ),
            "due": settlement.due_total,
            "given": settlement.cash_given,
            "change": settlement.cash_change,
            "rounding": settlement.rounding,
            "channels": settlement.channel_names or "",
            "paid_back": settlement.paid_back_total,
            "done_at": done_at.strftime("%m-%d %H:%M") if done_at else "",
            "order_id": order.id,
        }

    # === PAYING ===

    @api.model
    def pay(self, values):
        """Settle what was chosen with the means given. Gives the settlement and, for a phone, the order to be paid next.

        ``values``: encounter_id, charge_ids, date_to, expected (what the cashier read), tenders, key.
        """
        self._check()
        Settlement = self.env["hospital.settlement"]
        if settlement := self._taken_before(values.get("key")):
            return self._paid(settlement)
        encounter = self.env["hospital.encounter"].browse(record_id(self.env, values.get("encounter_id"))).exists()
        if not encounter:
            raise UserError(self.env._("The visit does not exist any more. Open the patient again."))
        ids = values.get("charge_ids")
        charges = None
        if ids is not None:
            ids = ids if isinstance(ids, list) else [ids]
            charges = self.env["hospital.charge"].browse(record_id(self.env, one) for one in ids)
        settlement = Settlement._start(
            encounter,
            charges=charges,
            date_to=self._date(values.get("date_to")),
            key=values.get("key"),
        )
        expected = values.get("expected")
        if expected is None or settlement.currency_id.compare_amounts(
            settlement.self_total, typed_amount(self.env, expected)
        ):
            raise UserError(
                self.env._(
                    "The charges have changed: it is %s now. Open the patient again and look.",
                    settlement.currency_id.format(settlement.self_total),
                )
            )
        settlement._plan(values.get("tenders") or [])
        return self._paid(settlement)

    def _date(self, text):
        try:
            return fields.Date.to_date(text) or None
        except (ValueError, TypeError):
            raise UserError(self.env._("“%s” is no date. Choose the day again.", str(text)[:40])) from None

    def _taken_before(self, key):
        return key and self.env["hospital.settlement"].search([("request_key", "=", key)])

    def _paid(self, settlement):
        order = settlement._pay()
        return {"settlement": self._settlement_facts(settlement), "order_id": order.id}

    @api.model
    def pay_more(self, settlement_id, tenders):
        """Another means for what a failed payment by phone has left."""
        self._check()
        settlement = self._settlement(settlement_id)
        if settlement.place != "window":
            raise UserError(
                self.env._(
                    "%s was begun on a phone or at a machine. Give it up first, then take the payment.",
                    settlement.number,
                )
            )
        settlement._plan(tenders)
        return self._paid(settlement)

    def _settlement(self, settlement_id):
        settlement = self.env["hospital.settlement"].browse(record_id(self.env, settlement_id)).exists()
        settlement.check_access("read")
        if not settlement:
            raise UserError(self.env._("The settlement does not exist any more. Open the patient again."))
        return settlement

    def _awaited(self, settlement_id):
        """The order a settlement waits for."""
        settlement = self._settlement(settlement_id)
        order = settlement.sudo().tender_ids.filtered(lambda tender: tender.state == "planned").order_id[:1]
        if not order:
            raise UserError(self.env._("%s waits for no payment.", settlement.number))
        return order.with_env(self.env)

    @api.model
    def pay_code(self, settlement_id, code):
        """Charge the code the patient shows. The order is committed by now; ask `look` for what became of it."""
        self._check()
        return self._awaited(settlement_id)._pay_code(code)

    @api.model
    def pay_qr(self, settlement_id):
        self._check()
        status = self._awaited(settlement_id)._pay_qr()
        return {**status, "image": qr_data_uri(status["qr_code"]) if status.get("qr_code") else False}

    @api.model
    def poll(self, settlement_id):
        """Find out what became of the payment by phone."""
        self._check()
        settlement = self._settlement(settlement_id)
        if settlement.state not in LIVE_STATES:
            return False
        order = settlement.tender_ids.filtered(lambda tender: tender.state == "planned").order_id[:1]
        return order.hospital_poll() if order else False

    @api.model
    @api.readonly
    def look(self, settlement_id):
        self._check()
        return self._settlement_facts(self._settlement(settlement_id))

    # === GIVING UP ===

    @api.model
    def drop(self, settlement_id):
        """Ask the channel to end the payment it still waits for; then `abandon` frees the charges."""
        self._check()
        order = self._awaited(settlement_id)
        if order.state in ("created", "failed", "closed", "paid"):
            return order.sudo()._status()
        return order._close() if order.way == "qr" else order._follow_up()

    @api.model
    def abandon(self, settlement_id):
        self._check()
        settlement = self._settlement(settlement_id)
        settlement._abandon()
        return self._settlement_facts(settlement)

    @api.model
    def receipt(self, settlement_id):
        """The action that prints the receipt."""
        self._check()
        return self._settlement(settlement_id).action_print()
