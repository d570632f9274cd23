from datetime import UTC

from odoo import Command, api, fields, models

from .invoice import PLACES

INSURANCE = ("insurance", "11")
"""Our code and the platform's for what an insurance paid."""
STAYS = ("interim", "discharge")


class HospitalInvoice(models.Model):
    """From what happened to a bill: the facts are frozen when it is made, inside the transaction of the payment."""

    _inherit = "hospital.invoice"

    # === SETTLEMENTS ===

    @api.model
    def _settled(self, settlement):
        """A settlement is done, taken back in part or cancelled: its payment gets the bill it should have now."""
        _sudo = self._for_company(settlement.sudo().company_id)  # nobody writes bills, what happened does
        settlement = settlement.with_env(_sudo.env)
        if settlement.is_billed:
            return
        target = settlement.reverses_id if settlement.kind == "cancel" else settlement
        base = target.invoice_with_id or _sudo._base_of(target)
        if base != target:
            target.invoice_with_id = base
        _sudo._align(base, settlement)
        settlement.is_billed = True

    @api.model
    def _for_company(self, company):
        """Bills speak the language of the hospital, whoever took the money or whatever job makes them."""
        return self.sudo().with_context(lang=company.partner_id.lang or "zh_CN")

    @api.model
    def _base_of(self, settlement):
        """The settlement whose bill changes: money that goes back belongs to the payment it came from."""
        if settlement.reverses_id:
            return settlement.reverses_id
        if settlement.due_total < 0:
            return settlement._paid_settlements().sorted("id")[-1:] or settlement
        return settlement

    @api.model
    def _align(self, base, event):
        """One current bill over what is left of this payment, or none: the old one is flushed, the rest issued anew."""
        self._lock_source(base._name, base.id)
        bills = self.search([("res_model", "=", base._name), ("res_id", "=", base.id), ("colour", "=", "blue")])
        kind = self._kind_of(base)
        if not bills and not (kind and base.company_id._hospital_bills_since(base.done_at)):
            return
        kind = bills[:1].kind_id or kind
        facts = self._facts(base, kind) if base.state == "done" else {"amount": 0.0}
        current = bills.filtered("is_current")
        if current and current._shows(facts):
            return
        if current:
            current._undo(event._bill_event(), event.reason)
        rest = base.currency_id.compare_amounts(facts["amount"], 0)
        if rest > 0:
            vals = self._prepare_invoice(kind, base, event._bill_event())
            previous = bills.sorted("id")[-1:]
            self._make(base, {**facts, **vals, "settlement_id": base.id, "previous_id": previous.id})._follow()
        elif rest < 0 and current:
            current.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=(current._deciders()[:1] or self.env.ref("base.user_admin")).id,
                summary=self.env._("More was taken back of %s than it was of. Settle the bill by hand.", base.number),
            )

    def _shows(self, facts):
        """Whether this bill says already what it would say if it were made now."""
        if self.currency_id.compare_amounts(self.amount, facts["amount"]) or not facts["amount"]:
            return False
        now = {(row["charge_id"], row["quantity"], row["amount"]) for _zero, _one, row in facts["detail_ids"]}
        return now == {(row.charge_id.id, row.quantity, row.amount) for row in self.detail_ids}

    @api.model
    def _kind_of(self, settlement):
        """What kind of bill a settlement gets; empty where the hospital issues none."""
        if settlement.kind in STAYS:
            return self.env["hospital.invoice.kind"]._get("inpatient")
        items = set(settlement.line_ids.charge_id.product_id.mapped("hospital_kind"))
        return self.env["hospital.invoice.kind"]._get("registration" if items == {"registration"} else "outpatient")

    @api.model
    def _make(self, source, vals):
        self.flush_model(["is_current"])  # the database sees to it that one stands for a payment
        return self._create_quietly({**vals, "res_model": source._name, "res_id": source.id})

    @api.model
    def _create_quietly(self, vals):
        """A bill tells its life by its states and messages; its chatter is for people only."""
        quiet = {"mail_create_nolog": True, "mail_create_nosubscribe": True, "tracking_disable": True}
        return self.with_context(**quiet).create([vals]).with_env(self.env)

    @api.model
    def _prepare_invoice(self, kind, source, event):
        """What every bill takes from its payment, and from the event it is made for: who, where and when."""
        place = event["place"] if event["place"] in dict(PLACES) else "window"
        return {
            "kind_id": kind.id,
            **self._prepare_number(kind, source.company_id, event["at"]),
            "campus_id": source.campus_id.id,
            "company_id": source.company_id.id,
            "currency_id": source.currency_id.id,
            "user_id": event["user"].id,
            "channel": place,
            "place_id": self.env["hospital.invoice.place"]._for(event["user"], place, source.campus_id).id,
            "patient_id": source.patient_id.id,
            "payer_name": source.patient_id.name or source.patient_id.number,
        }

    @api.model
    def _prepare_number(self, kind, company, at):
        """The number names the present second, the business time when it really happened."""
        zone = company._hospital_timezone()
        now = fields.Datetime.now().replace(tzinfo=UTC).astimezone(zone)
        local = at.replace(tzinfo=UTC).astimezone(zone)
        number = kind._next_number(now)
        return {
            "number": number,
            # settlements know their second; the last digits keep two of the same second apart
            "bus_time": f"{local:%Y%m%d%H%M%S}{int(number[-8:]) % 1000:03d}",
            "bus_day": local.date(),
        }

    # === WHAT IS PRINTED ON IT ===

    @api.model
    def _facts(self, base, kind):
        """Amounts, items, charges and payments of what is left of a settlement; those that took some back count."""
        group = base | base.invoice_group_ids.filtered(lambda one: one.state == "done")
        currency = base.currency_id
        details = self._details(group)
        rounding = currency.round(sum(group.mapped("rounding")))
        items = self._items(details, rounding)
        shares = dict.fromkeys(("self", "fund", "account", "other"), 0.0)
        for share in group.share_ids:
            shares[share.payer_kind] += share.amount
        insured = currency.round(shares["fund"] + shares["account"] + shares["other"])
        own = currency.round(shares["self"] + rounding)
        pays = self._payments(base, currency.round(sum(group.mapped("due_total"))), insured)
        facts = {
            "encounter_id": base.encounter_id.id,
            "amount": currency.round(own + insured),
            "fund_amount": currency.round(shares["fund"]),
            "account_amount": currency.round(shares["account"]),
            "other_amount": currency.round(shares["other"]),
            "self_amount": own,
            **self._split_own(base, own, insured),
            "item_ids": [Command.create(item) for item in items],
            "detail_ids": [Command.create(detail) for detail in details],
            "pay_ids": [Command.create(pay) for pay in pays],
        }
        used = sum(pay["amount"] for pay in pays if pay["code"] == "deposit")
        if used:
            facts["voucher_ids"] = [Command.set(self._vouchers_used(base, used).ids)]
        return facts

    @api.model
    def _split_own(self, base, own, insured):
        """What the patient bore, as the platform divides it. An addon for insurance knows better."""
        return {"part_amount" if insured else "own_amount": own}

    @api.model
    def _details(self, group):
        """One row per charge with what is left of it."""
        rows = {}
        for line in group.line_ids.sorted("id"):
            charge = line.charge_id.reversal_of_id or line.charge_id
            row = rows.setdefault(charge, {"quantity": 0.0, "amount": 0.0, "category": line.category_id})
            row["quantity"] += line.charge_id.quantity
            row["amount"] += line.amount
        details = []
        for charge, row in rows.items():
            amount = charge.currency_id.round(row["amount"])
            if not amount:
                continue
            product = charge.product_id
            details.append(
                {
                    "charge_id": charge.id,
                    "sequence": len(details) + 1,
                    "category_code": row["category"].code,
                    "category_name": row["category"].name,
                    "code": product.default_code or False,
                    "name": charge.name,
                    "spec": product.hospital_spec or False,
                    "unit": charge.uom_id.name,
                    "quantity": row["quantity"],
                    "price": charge.price_unit,
                    "amount": amount,
                }
            )
        return details

    @api.model
    def _items(self, details, rounding):
        """The sums per charge category; cash that was rounded is an item of its own, so that they are what was paid."""
        items = {}
        for detail in details:
            code = detail["category_code"]
            item = items.setdefault(code, {"code": code, "name": detail["category_name"], "amount": 0.0})
            item["amount"] += detail["amount"]
        found = [item for item in items.values() if round(item["amount"], 2)]
        if rounding:
            found.append({"code": "ROUND", "name": self.env._("Rounding of cash"), "amount": rounding})
        return [
            {**item, "amount": round(item["amount"], 2), "sequence": number} for number, item in enumerate(found, 1)
        ]

    @api.model
    def _payments(self, base, due, insured):
        """With what the rest is paid: what went back is taken off the road it went, then off the newest payment."""
        currency = base.currency_id
        paid = {}
        for tender in base.tender_ids.filtered(lambda tender: tender.state == "done"):
            paid[tender.channel_id] = paid.get(tender.channel_id, 0.0) + tender.amount
        gone = base.refund_ids.filtered(lambda refund: refund.state not in ("rejected", "cancelled")).line_ids
        for line in gone.filtered(lambda line: line.state != "cancelled"):
            channel = (
                line.order_id.channel_id
                or base.tender_ids.filtered(
                    lambda tender: tender.account_entry_id and tender.account_entry_id == line.spend_entry_id
                ).channel_id
            )
            if channel in paid:
                paid[channel] = max(0.0, paid[channel] - line.amount)
        left = currency.round(sum(paid.values()) - due)
        for channel in reversed(list(paid)):
            part = min(left, paid[channel]) if left > 0 else 0.0
            paid[channel] -= part
            left = currency.round(left - part)
        if left < 0 and paid:
            paid[next(iter(paid))] -= left
        rows = [
            {"code": channel.code, "name": channel.name, "platform_code": channel._invoice_code(), "amount": amount}
            for channel, amount in ((channel, currency.round(amount)) for channel, amount in paid.items())
            if amount
        ]
        if insured:
            code, platform_code = INSURANCE
            name = self.env._("Insurance")
            rows.append({"code": code, "name": name, "platform_code": platform_code, "amount": insured})
        return rows

    @api.model
    def _vouchers_used(self, base, used):
        """The receipts of deposits that a settlement uses up: the oldest ones that others have left."""
        currency = base.currency_id
        receipts = self.search(
            [
                ("encounter_id", "=", base.encounter_id.id),
                ("kind_id.is_voucher", "=", True),
                ("colour", "=", "blue"),
                ("state", "not in", ("flushed", "void")),
            ],
            order="id",
        )
        others = self.search(
            [
                ("encounter_id", "=", base.encounter_id.id),
                ("colour", "=", "blue"),
                ("is_current", "=", True),
                ("voucher_ids", "!=", False),
                ("settlement_id", "!=", base.id),
            ]
        )
        start = sum(others.pay_ids.filtered(lambda pay: pay.code == "deposit").mapped("amount"))
        end, seen = start + used, 0.0
        chosen = self.browse()
        for receipt in receipts:
            before, seen = seen, seen + receipt._left_to_flush()
            if currency.compare_amounts(seen, start) > 0 and currency.compare_amounts(before, end) < 0:
                chosen |= receipt
        return chosen

    # === DEPOSITS ===

    @api.model
    def _deposited(self, entry):
        """Money came onto the deposit of a stay."""
        _sudo = self._for_company(entry.sudo().company_id)  # nobody writes bills, what happened does
        entry = entry.with_env(_sudo.env)
        kind = self.env["hospital.invoice.kind"]._get("deposit")
        if not kind or not entry.company_id._hospital_bills_since(entry.at):
            return
        _sudo._lock_source(entry._name, entry.id)
        if _sudo.search_count([("res_model", "=", entry._name), ("res_id", "=", entry.id)], limit=1):
            return
        channel = entry.order_id.channel_id
        before = entry.account_id.entry_ids.filtered(lambda one: one.id < entry.id)
        pay = {"code": "cash", "name": _sudo.env._("Cash"), "platform_code": "02", "amount": entry.amount}
        if channel:
            pay.update(code=channel.code, name=channel.name, platform_code=channel._invoice_code())
        vals = {
            **_sudo._prepare_invoice(kind, entry, entry._bill_event()),
            "encounter_id": entry.account_id.encounter_id.id,
            "entry_id": entry.id,
            "amount": entry.amount,
            "self_amount": entry.amount,
            "balance_before": entry.currency_id.round(sum(before.mapped("amount"))),
            "pay_ids": [Command.create(pay)],
        }
        _sudo._make(entry, vals)._follow()

    @api.model
    def _deposit_back(self, event, account, amount, entry=None):
        """Some of a deposit went back: its receipts are flushed by that much, that of its own payment first."""
        _sudo = self._for_company(account.sudo().company_id)  # nobody writes bills, what happened does
        receipts = _sudo.search(
            [("entry_id.account_id", "=", account.id), ("colour", "=", "blue"), ("state", "!=", "void")],
            order="id desc",
        )
        receipts._lock()
        own = receipts.filtered(lambda receipt: entry and receipt.entry_id == entry)
        left = amount
        for receipt in own | receipts:
            part = min(left, receipt._left_to_flush())
            if part <= 0:
                continue
            receipt._undo(event._bill_event(), _sudo.env._("Deposit paid back"), part, event)
            left = account.currency_id.round(left - part)

    def _left_to_flush(self):
        """What no red bill has taken or is about to take."""
        self.ensure_one()
        taken = self.red_ids.filtered(lambda red: red.state != "void").mapped("amount")
        return self.currency_id.round(self.amount + sum(taken))

    # === AT THE MACHINE AND ON THE PHONE ===

    @api.model
    def _issue_for_patient(self, patient, business_number, channel):
        """The bills of what a patient has paid: what has none gets it now, what waits is sent if it can be.

        Without a number those that were never printed. Calling again gives the same bills.
        """
        for record in self._missing():
            if record._bill_patient() == patient:
                self._try(record._bill_now)
        domain = [("patient_id", "=", patient.id), ("colour", "=", "blue"), ("is_current", "=", True)]
        bills = self.search(domain, order="id")
        if business_number:
            bills = bills.filtered(lambda bill: bill._business_number() == business_number)
        else:
            bills = bills.filtered(lambda bill: not bill.print_count)
        for bill in bills.filtered(lambda bill: bill.state == "waiting"):
            if not bill.place_id:
                bill.channel = channel
            self._try(bill._follow)
        return bills
