from odoo import Command, _, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_round

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence

from ..tools.typed import record_id, typed_amount
from .settlement import LIVE_STATES, STAY_KINDS

ONLINE_WAYS = ("code", "qr")
ROUNDING = {"cent": 0.01, "jiao": 0.1, "yuan": 1.0}


class HospitalSettlement(models.Model):
    """From unsettled charges to a settlement that is done. Either all of it happens or nothing.

    What the hospital moves itself (cash, card slips, accounts) is booked in the one transaction that settles the
    charges. Only a payment by phone comes earlier; when it was taken and the rest cannot follow, it goes back.
    """

    _inherit = "hospital.settlement"

    # === GATHERING ===

    @api.model
    def _kind_for(self, encounter):
        if encounter.kind not in STAY_KINDS:
            return "outpatient"
        return "discharge" if encounter.state == "finished" else "interim"

    @api.model
    def _gather(self, encounter, kind, charges=None, date_to=None):
        """The charges to settle: of a visit the chosen ones, of a stay those up to a date or all of them.

        A charge and what takes it back go together as long as both are unsettled.
        """
        self._check_kind(encounter, kind)
        unsettled = Domain([("encounter_id", "=", encounter.id), ("state", "=", "unsettled")])
        Charge = self.env["hospital.charge"]
        if kind == "interim":
            unsettled_to = unsettled & Domain("service_date", "<=", date_to) if date_to else unsettled
            found = Charge.search(unsettled_to)
        elif kind == "outpatient" and charges is not None:
            found = Charge.search(unsettled & Domain("id", "in", charges.ids))
            if len(found) < len(charges):
                raise UserError(_("Some of the chosen charges were settled or taken back. Open the patient again."))
        else:
            found = Charge.search(unsettled)
        originals = found.reversal_of_id.filtered(lambda charge: charge.state == "unsettled") | found
        together = originals | originals.reversal_ids.filtered(lambda charge: charge.state == "unsettled")
        if not together:
            raise UserError(_("The visit %s has nothing to settle. Choose another visit.", encounter.number))
        return together.sorted(lambda charge: (charge.service_at, charge.id))

    @api.model
    def _check_kind(self, encounter, kind):
        wanted = self._kind_for(encounter)
        if kind == wanted:
            return
        if wanted == "outpatient":
            raise UserError(_("%s is a visit without a bed: settle its charges, there is no stay.", encounter.number))
        if wanted == "interim":
            raise UserError(
                _("The patient of %s is not discharged yet. Settle up to a date, or discharge first.", encounter.number)
            )
        raise UserError(_("The patient of %s is discharged: settle the whole stay.", encounter.number))

    # === BEGINNING ===

    @api.model
    def _start(self, encounter, kind=None, charges=None, date_to=None, place="window", key=None):
        """A settlement of the gathered charges that waits for its money. No two hold the same charge."""
        self._check_role()
        encounter.check_access("read")
        kind = kind or self._kind_for(encounter)
        charges = self._gather(encounter, kind, charges, date_to)
        charges._lock()
        if taken := self._begun_with(charges):
            raise UserError(
                _(
                    "Charges of this visit are being paid in %(number)s by %(user)s. Finish or give up that payment first.",
                    number=taken.number,
                    user=taken.user_id.name,
                )
            )
        _settlements_sudo = self.sudo()  # nobody may write settlements, their own methods do
        with unique_or_sentence(
            self.env,
            lambda: _("These charges are being paid at another window at this moment. Open the patient again."),
        ):
            settlement = _settlements_sudo.create(
                {
                    **self._prepare_settlement(encounter, kind, place),
                    "date_to": date_to if kind == "interim" else False,
                    "request_key": key or False,
                    "line_ids": [Command.create(self._prepare_line(charge)) for charge in charges],
                }
            )
        settlement._reckon()
        return settlement.with_env(self.env)

    def _begun_with(self, charges):
        _lines_sudo = self.env["hospital.settlement.line"].sudo()  # also those of other campuses
        return _lines_sudo.search([("charge_id", "in", charges.ids), ("is_live", "=", True)], limit=1).settlement_id

    @api.model
    def _prepare_settlement(self, encounter, kind, place="window"):
        _sequence_sudo = self.env["ir.sequence"].sudo()  # every cashier draws a number
        day = encounter.company_id._hospital_today()
        return {
            "number": f"S{day:%Y%m%d}{_sequence_sudo.next_by_code('hospital.settlement')}",
            "encounter_id": encounter.id,
            "patient_id": encounter.patient_id.id,
            "campus_id": encounter.campus_id.id,
            "company_id": encounter.company_id.id,
            "currency_id": encounter.currency_id.id,
            "kind": kind,
            "place": place,
            "user_id": self.env.uid,
        }

    @api.model
    def _prepare_line(self, charge, sign=1):
        return {"charge_id": charge.id, "category_id": charge.category_id.id, "amount": sign * charge.amount}

    def _reckon(self):
        """Sums, and who bears them."""
        for settlement in self:
            currency = settlement.currency_id
            total = currency.round(sum(settlement.line_ids.mapped("amount")))
            settlement.charge_total = total
            shares = settlement._shares()
            if currency.compare_amounts(sum(share["amount"] for share in shares), total):
                raise UserError(_("The shares of %s are not what was charged. Ask finance.", settlement.number))
            own = currency.round(sum(share["amount"] for share in shares if share["payer_kind"] == "self"))
            settlement.write(
                {
                    "share_ids": [Command.clear()] + [Command.create(share) for share in shares],
                    "self_total": own,
                    "rounding": 0,
                    "due_total": own,
                }
            )

    def _shares(self):
        """Who bears how much of the charges: values of hospital.settlement.share whose sum is `charge_total`.

        An addon for insurance puts the fund's and the account's shares first and leaves the rest to the patient.
        """
        self.ensure_one()
        return [{"payer_kind": "self", "name": _("Patient"), "amount": self.charge_total, "sequence": 90}]

    def _shares_of(self, encounter, charges):
        """Who would bear how much of charges that nobody has begun to pay."""
        draft = self.sudo().new(  # asked about, never stored
            {
                "encounter_id": encounter.id,
                "patient_id": encounter.patient_id.id,
                "campus_id": encounter.campus_id.id,
                "company_id": encounter.company_id.id,
                "currency_id": encounter.currency_id.id,
                "kind": self._kind_for(encounter),
                "line_ids": [Command.create(self._prepare_line(charge)) for charge in charges],
                "charge_total": encounter.currency_id.round(sum(charges.mapped("amount"))),
            }
        )
        return draft._shares()

    # === MEANS OF PAYMENT ===

    def _plan(self, tenders):
        """Say with what it is paid: dicts of channel_id, amount, and way, account_id, reference or cash `given`.

        Cash takes what the others leave, rounded as the hospital rounds cash.
        """
        self.ensure_one()
        self._check_role()
        self._lock()
        if self.state not in LIVE_STATES:
            raise UserError(_("%(number)s is %(state)s already.", number=self.number, state=self._state_label()))
        _self_sudo = self.sudo()  # settlements are written by their own methods only
        earlier = _self_sudo.tender_ids.filtered(lambda tender: tender.state == "planned")
        if unclear := earlier.order_id.filtered(lambda order: order.state not in ("created", "failed", "closed")):
            raise UserError(_("Wait for the end of the payment %s first.", unclear[0].number))
        for order in earlier.order_id.filtered(lambda order: order.state == "created"):
            order._step("closed", close_result="absent")
        earlier.state = "dropped"
        paid = sum(_self_sudo.tender_ids.filtered(lambda tender: tender.state == "done").mapped("amount"))
        currency = self.currency_id
        cash = [tender for tender in tenders if self._channel(tender).kind == "cash"]
        if len(cash) > 1:
            raise UserError(_("Enter the cash in one amount."))
        planned = [self._prepare_tender(tender) for tender in tenders if tender not in cash]
        left = currency.round(self.self_total - paid - sum(tender["amount"] for tender in planned))
        values = {"rounding": 0, "cash_given": 0, "cash_change": 0}
        if cash and left > 0:
            due = self._round_cash(left)
            given = typed_amount(self.env, cash[0].get("given")) or due
            if currency.compare_amounts(given, due) < 0:
                raise UserError(
                    _(
                        "%(given)s is not enough for %(due)s. Take the rest by another means as well.",
                        given=currency.format(given),
                        due=currency.format(due),
                    )
                )
            values = {
                "rounding": currency.round(due - left),
                "cash_given": given,
                "cash_change": currency.round(given - due),
            }
            if due:
                planned.append({"channel_id": self._channel(cash[0]).id, "way": "cash", "amount": due})
        elif currency.compare_amounts(left, 0) > 0 and self.self_total > 0:
            raise UserError(_("%s is still missing. Choose with what it is paid.", currency.format(left)))
        elif currency.compare_amounts(left, 0) < 0 and planned:
            raise UserError(_("%s more than due. Correct the amounts.", currency.format(-left)))
        values["due_total"] = currency.round(self.self_total + values["rounding"])
        values["tender_ids"] = [Command.create(tender) for tender in planned]
        values["shift_id"] = self._shift().id
        _self_sudo.write(values)

    def _round_cash(self, amount):
        unit = ROUNDING[self.company_id.hospital_cash_rounding]
        return self.currency_id.round(float_round(amount, precision_rounding=unit))

    def _channel(self, tender):
        channel = self.env["hospital.pay.channel"].browse(record_id(self.env, tender.get("channel_id"))).exists()
        if not channel or not channel.active:
            raise UserError(_("Choose with what it is paid."))
        return channel

    def _prepare_tender(self, tender):
        channel = self._channel(tender)
        amount = typed_amount(self.env, tender.get("amount"))
        if amount <= 0:
            raise UserError(_("Enter how much is paid with %s.", channel.name))
        vals = {"channel_id": channel.id, "amount": amount, "way": tender.get("way") or channel.kind}
        if channel.kind == "account":
            account = self._account(tender, channel)
            vals.update(way="account", account_id=account.id)
            if self.currency_id.compare_amounts(account.balance, amount) < 0:
                raise UserError(
                    _(
                        "The account %(number)s holds %(balance)s, not %(amount)s. Take the rest by another means.",
                        number=account.number,
                        balance=self.currency_id.format(account.balance),
                        amount=self.currency_id.format(amount),
                    )
                )
        elif channel.kind == "manual":
            vals["reference"] = str(tender.get("reference") or "").strip()
            if not vals["reference"]:
                raise UserError(_("Enter the number of the slip of %s.", channel.name))
        elif vals["way"] not in ONLINE_WAYS:
            raise UserError(_("Choose whether the code of the patient is scanned or a QR code is shown."))
        return vals

    def _account(self, tender, channel):
        account = self.env["hospital.account"].browse(record_id(self.env, tender.get("account_id"))).exists()
        kind = {"card_account": "card", "deposit": "inpatient"}.get(channel.code)
        if not account or account.kind != kind or account.state != "open":
            raise UserError(_("Choose an open account of the patient."))
        is_own = account.encounter_id == self.encounter_id if kind == "inpatient" else True
        if account.patient_id != self.patient_id or not is_own:
            raise UserError(_("The account %s belongs to somebody else.", account.number))
        return account

    # === PAYING ===

    def _pay(self):
        """Go on: ask for the next payment by phone, or, when none is open, book all of it. Returns the order asked for."""
        self.ensure_one()
        self._lock()
        if self.state not in LIVE_STATES:
            return self.env["hospital.pay.order"]
        _self_sudo = self.sudo()  # settlements are written by their own methods only
        waiting = _self_sudo.tender_ids.filtered(lambda tender: tender.state == "planned" and tender.way in ONLINE_WAYS)
        if not waiting:
            _self_sudo._finish()
            return self.env["hospital.pay.order"]
        _self_sudo.state = "paying"
        tender = waiting[0]
        if not tender.order_id:
            tender.order_id = self._make_order(tender)
        return tender.order_id.with_env(self.env)

    def _make_order(self, tender):
        _orders_sudo = self.env["hospital.pay.order"].sudo()  # the right to take money was checked at the beginning
        return _orders_sudo._open(
            self,
            "settlement",
            tender.channel_id,
            tender.amount,
            tender.way,
            patient_id=self.patient_id.id,
            encounter_id=self.encounter_id.id,
            campus_id=self.campus_id.id,
            place=self.place,
            user_id=self.user_id.id,
            shift_id=self.shift_id.id,
            subject=_("Settlement %s", self.number),
        )

    def _order_paid(self, order):
        """Called when an order of ours is paid. What fails here sends the money of the order back."""
        self.ensure_one()
        self._lock()
        _self_sudo = self.sudo()  # the channel's answer comes from anybody
        tender = _self_sudo.tender_ids.filtered(lambda tender: tender.order_id == order)
        if tender.state == "done":
            return
        if self.state not in LIVE_STATES or tender.state != "planned":
            raise UserError(_("%s was given up before this payment came.", self.number))
        tender.state = "done"
        if self.env.context.get("hospital_settlement_finishing") != self.id and not _self_sudo.tender_ids.filtered(
            lambda tender: tender.state == "planned" and tender.way in ONLINE_WAYS
        ):
            _self_sudo._finish()

    def _finish(self):
        """Book all that the hospital moves itself, settle the charges, done."""
        self.ensure_one()
        settlement = self.with_context(hospital_settlement_finishing=self.id)
        settlement.shift_id = settlement._shift()
        settlement._spend(settlement.tender_ids.filtered(lambda tender: tender.way == "account"))
        for tender in settlement.tender_ids.filtered(
            lambda tender: tender.state == "planned" and tender.way in ("cash", "manual")
        ):
            tender.order_id = settlement._make_order(tender)
            if tender.way == "cash":
                tender.order_id._pay_cash()
            else:
                tender.order_id._pay_manual(tender.reference)
        settlement._check_paid()
        settlement.line_ids.charge_id._settle()
        now = self.env.cr.now().replace(microsecond=0)
        settlement.write({"state": "done", "done_at": now, "day": self.company_id._hospital_date(now)})
        settlement._after_done()

    def _shift(self):
        """The shift of its cashier; what is paid late finds the one that is open then."""
        if self.shift_id:
            return self.shift_id._live()
        return self.env["hospital.shift"]._current(user=self.user_id, campus=self.campus_id, place=self.place)

    def _spend(self, tenders):
        if not tenders:
            return
        _accounts_sudo = self.env["hospital.account"].sudo()  # balances move by their own method only
        entries = _accounts_sudo._book(
            [
                {
                    "account_id": tender.account_id.id,
                    "kind": "spend",
                    "amount": -tender.amount,
                    "settlement_id": self.id,
                    "campus_id": self.campus_id.id,
                    "shift_id": self.shift_id.id,
                    "user_id": self.user_id.id,
                    "place": self.place,
                }
                for tender in tenders
            ]
        )
        for tender, entry in zip(tenders, entries, strict=True):
            tender.write({"state": "done", "account_entry_id": entry.id})

    def _check_paid(self):
        paid = sum(self.tender_ids.filtered(lambda tender: tender.state == "done").mapped("amount"))
        if self.due_total > 0 and self.currency_id.compare_amounts(paid, self.due_total):
            raise UserError(
                _(
                    "%(number)s needs %(due)s and %(paid)s was paid.",
                    number=self.number,
                    due=self.currency_id.format(self.due_total),
                    paid=self.currency_id.format(paid),
                )
            )

    def _after_done(self):
        """What follows from a settlement that is done; for addons."""
        if self.due_total < 0:
            self._give_back(-self.due_total, self.reason or _("Charges were taken back"))
        if self.kind == "discharge":
            self._return_deposit()

    def _return_deposit(self):
        """What is left of the deposit after the discharge goes back by a refund of its own."""
        account = (
            self.env["hospital.account"]
            .sudo()
            .search([("kind", "=", "inpatient"), ("encounter_id", "=", self.encounter_id.id), ("state", "=", "open")])
        )
        if account and account.balance > 0:
            self.env["hospital.refund"].with_user(self.user_id)._refund_account(
                account, account.balance, _("Rest of the deposit after discharge %s", self.number)
            )

    # === GIVING UP ===

    def _abandon(self):
        """Nothing was settled yet: the charges are free again and what came by phone goes back."""
        self.ensure_one()
        self._lock()
        if self.state == "cancelled":
            return
        if self.state not in LIVE_STATES:
            raise UserError(_("%(number)s is %(state)s already.", number=self.number, state=self._state_label()))
        # settlements are written by their own methods only; orders that end here need not tell it
        _self_sudo = self.sudo().with_context(hospital_settlement_ending=self.id)
        orders = _self_sudo.tender_ids.order_id
        for order in orders.filtered(lambda order: order.state == "created"):
            order._step("closed", close_result="absent")
        if unclear := orders.filtered(lambda order: order.state in ("paying", "unknown", "reversing")):
            raise UserError(
                _(
                    "It is not known yet whether the payment %s was taken. Wait for the answer of the channel, then give up.",
                    unclear[0].number,
                )
            )
        _self_sudo.tender_ids.filtered(lambda tender: tender.state == "planned").state = "dropped"
        _self_sudo.line_ids.is_live = False
        _self_sudo.state = "cancelled"
        for order in orders.filtered(lambda order: order.state == "paid" and order.business_state == "done"):
            self.env["hospital.refund"]._refund_order(
                order, _("%s was given up before it was paid wholly", self.number)
            )
