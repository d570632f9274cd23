from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import groupby

from odoo.addons.hospital_payment.tools.capitals import capitals

from ..tools.rows import in_rows

PRINTABLE = ("issued", "on_paper", "flushing", "flushed")
STAY_KINDS = ("inpatient", "observation")


class HospitalInvoice(models.Model):
    """What stands on a printed bill."""

    _inherit = "hospital.invoice"

    capitals = fields.Char("In capitals", compute="_compute_capitals")

    @api.depends("amount")
    def _compute_capitals(self):
        for invoice in self:
            invoice.capitals = capitals(invoice.amount)

    def _check_printable(self):
        if self.state not in PRINTABLE or not self.bill_number:
            raise UserError(
                self.env._("%s is not issued yet, so there is nothing to print. Wait until it is.", self.number)
            )

    def _sheet(self):
        """Everything a print shows, signed: a red bill shows what its original showed, below zero."""
        self.ensure_one()
        _self_sudo = self.sudo()  # the reader of the bill reads its items
        source = _self_sudo.original_id or _self_sudo
        sign = -1 if self.colour == "red" else 1
        places = dict(self._fields["channel"]._description_selection(self.env))
        groups = [{"name": item.name, "amount": sign * item.amount} for item in source.item_ids]
        if not groups:  # the receipt of a deposit, or of a part of it
            groups = [{"name": self.kind_id.name, "amount": self.amount}]
        return {
            "title": self.env._("%s: electronic bill", self.kind_id.name),
            "marks": _self_sudo._sheet_marks(),
            "qr": self._qr_text(),
            "address": self.picture_net_url or self.picture_url or "",
            "batch_code": self.batch_code or "",
            "bill_number": self.bill_number or "",
            "check_code": self.check_code or "",
            "issued_on": self._issued_on(),
            "original": f"{source.batch_code} {source.bill_number}" if self.colour == "red" else "",
            "reason": (self.flush_reason or source.flush_reason or "") if self.colour == "red" else "",
            "groups": groups,
            "pairs": in_rows(groups, 2),
            "capitals": self.capitals,
            # a machine or the phone has no cashier
            "taken_by": _self_sudo.user_id.name if self.channel == "window" else places[self.channel],
            "facts": in_rows(_self_sudo._sheet_facts(source, sign), 3),
            "details": [] if source.encounter_id.kind in STAY_KINDS else _self_sudo._sheet_details(source, sign),
        }

    def _issued_on(self):
        """When the platform issued it, on the hospital's clock."""
        if not self.created_at:
            return ""
        zoned = self.with_context(tz=self.company_id.sudo().hospital_tz)
        return fields.Datetime.context_timestamp(zoned, self.created_at).strftime("%Y-%m-%d %H:%M")

    def _business_number(self):
        """What the patient has in his hand: the number of the settlement or of the deposit's payment."""
        _self_sudo = self.sudo()  # the reader of the bill reads the number it is about
        return _self_sudo.settlement_id.number or _self_sudo.entry_id.order_id.number or ""

    def _sheet_marks(self):
        marks = []
        if self.colour == "red":
            marks.append(self.env._("Red bill (negative)"))
        if self.state in ("flushing", "flushed") or self.red_id:
            marks.append(self.env._("Flushed: not valid any more"))
        if self.paper_id and self.state == "on_paper":
            marks.append(
                self.env._("On paper: %(batch)s %(number)s", batch=self.paper_id.batch, number=self.paper_id.number)
            )
        if self.print_count > 1:
            marks.append(self.env._("Print no. %s", self.print_count))
        return marks

    def _sheet_facts(self, source, sign):
        """(label, text) of what is said beside the amounts."""
        _ = self.env._
        encounter, company = self.encounter_id, self.company_id
        currency = self.currency_id

        def day(moment):
            return fields.Date.to_string(company._hospital_date(moment)) if moment else ""

        def money(amount):
            return f"{amount:,.2f}"

        sexes = dict(self.patient_id._fields["sex"]._description_selection(self.env))
        facts = [(_("Sex"), sexes[self.patient_id.sex])]
        if encounter:
            facts.append((_("Visit no."), encounter.number))
            facts.append((_("Department"), encounter.department_id.name))
            if encounter.kind in STAY_KINDS:
                facts.append((_("Admitted on"), day(encounter.start_at)))
                if encounter.end_at:
                    facts += [(_("Discharged on"), day(encounter.end_at)), (_("Days"), str(encounter.days_in_hospital))]
            else:
                facts.append((_("Visited on"), day(encounter.start_at or encounter.registered_at)))
        for label, amount in (
            (_("Paid by the insurance fund"), self.fund_amount),
            (_("Paid from the personal account"), self.account_amount),
            (_("Paid by others"), self.other_amount),
        ):
            if not currency.is_zero(amount):
                facts.append((label, money(amount)))
        facts.append((_("Paid by the patient"), money(self.self_amount)))
        if self.is_voucher:
            facts.append((_("Deposit before"), money(self.balance_before)))
        is_part = currency.compare_amounts(self.amount, sign * source.amount)
        paid = [pay.name if is_part else f"{pay.name} {money(sign * pay.amount)}" for pay in source.pay_ids]
        if paid:
            facts.append((_("Paid with"), ", ".join(paid)))
        return facts

    def _sheet_details(self, source, sign):
        rows = []
        for _category, lines in groupby(source.detail_ids, key=lambda line: line.category_code):
            rows += [
                {
                    "name": line.name,
                    "spec": line.spec or "",
                    "unit": line.unit or "",
                    "quantity": sign * line.quantity,
                    "price": _price(line.price),
                    "amount": sign * line.amount,
                }
                for line in lines
            ]
        return rows

    def _qr_text(self):
        """What the code leads to: the bill itself where the platform gave an address, else what it is found by."""
        return (
            self.picture_net_url
            or self.picture_url
            or ",".join(
                part for part in (self.batch_code, self.bill_number, self.check_code, f"{self.amount:.2f}") if part
            )
        )


def _price(price):
    """With two digits, or as many as it really has."""
    yuan, _point, rest = f"{price:,.4f}".partition(".")
    return f"{yuan}.{rest[:2]}{rest[2:].rstrip('0')}"
