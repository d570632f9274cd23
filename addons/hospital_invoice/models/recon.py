from datetime import UTC, datetime, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_payment.tools.bills.common import BillLine

CHANNEL = "invoice"
BLUE, RED = ("1", "3"), ("2", "4")
PAGE = 200
DAYS_BACK = 60
READY_FROM = 1
"""Hour of the next day from which a day is compared: what was under way at midnight has come to an end."""


class HospitalRecon(models.Model):
    """The daily check of electronic bills: a day of a campus is a day of a merchant whose channel is the bill platform.

    Totals first, then the totals of what was flushed; only where they differ every bill of the day is fetched. What the
    platform says is kept as the channel's bill, so that differences come into the one worklist of finance.
    """

    _inherit = "hospital.recon"

    is_of_invoices = fields.Boolean("Of electronic bills", compute="_compute_is_of_invoices")

    # === COMPUTE ===

    @api.depends("channel_id.code")
    def _compute_is_of_invoices(self):
        for recon in self:
            recon.is_of_invoices = recon.channel_id.code == CHANNEL

    @api.depends("is_of_invoices")
    def _compute_is_online(self):
        result = super()._compute_is_online()
        self.filtered("is_of_invoices").is_online = True  # asked by itself, nothing is uploaded
        return result

    # === SCHEDULED ===

    @api.model
    def _cron_check_invoices(self):
        """Compare every finished day that was never compared, and once more those to which something came late."""
        due = self._invoice_days_due()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for recon in due:
            # another run of this may have compared it meanwhile
            if recon._try_lock() and recon._is_invoice_day_due(fields.Datetime.now()):
                recon._fetch()
            if not cron._commit_progress(1):
                break

    @api.model
    def _invoice_days_due(self, now=None):
        now = now or fields.Datetime.now()
        due = self.browse()
        self.env["hospital.invoice"].flush_model()
        self.flush_model()
        for campus in self.env["hospital.campus"].search([("active", "=", True)]):
            last = campus.company_id._hospital_date(now - timedelta(hours=READY_FROM)) - timedelta(days=1)
            [[first]] = self.env.execute_query(
                SQL("SELECT min(bus_day) FROM hospital_invoice WHERE campus_id = %s", campus.id)
            )
            if not first or first > last or self._invoice_interface(campus.company_id, must=False) is None:
                continue
            merchant = self._invoice_merchant(campus)
            days = (last - max(first, last - timedelta(days=DAYS_BACK - 1))).days
            for back in range(days, -1, -1):
                due |= self._for(merchant, last - timedelta(days=back))
        return due.filtered(lambda recon: recon._is_invoice_day_due(now)).sorted(lambda recon: (recon.day, recon.id))

    def _is_invoice_day_due(self, now):
        if self.next_fetch_at and self.next_fetch_at > now:
            return False
        if not self.bill_id:
            return True
        return bool(
            self.env["hospital.invoice"].search_count(
                [
                    ("campus_id", "=", self.campus_id.id),
                    ("bus_day", "=", self.day),
                    ("bill_number", "!=", False),
                    ("state_at", ">", self.bill_id.loaded_at),
                ],
                limit=1,
            )
        )

    @api.model
    def _invoice_merchant(self, campus):
        """The bill platform as a merchant of this campus, made when it is needed."""
        _merchants_sudo = self.env["hospital.pay.merchant"].sudo().with_context(active_test=False)  # made by code alone
        channel = self.env.ref("hospital_invoice.channel_invoice")
        found = _merchants_sudo.search([("channel_id", "=", channel.id), ("campus_id", "=", campus.id)], limit=1)
        if found:
            return found
        speaking = self.env["hospital.invoice"]._for_company(campus.company_id)  # a job speaks no language of its own
        return _merchants_sudo.create(
            {
                "name": speaking.env._("Electronic bills, %s", campus.name),
                "channel_id": channel.id,
                "campus_id": campus.id,
                "active": False,
            }
        )

    @api.model
    def _invoice_interface(self, company, code="checkTotalData", must=True):
        """An interface of the bill platform; None when nothing can be asked there."""
        try:
            found = self.env["hospital.invoice"].with_company(company)._exchange_interface(code).sudo()
        except UserError:
            if must:
                raise
            return None
        if not must and (found.platform_id.mode == "disabled" or not found.platform_id.active):
            return None
        return found

    # === ASKING ===

    def _fetch(self, by_hand=False):
        """Ask for the day and match it; what was said before is put aside. What goes wrong is kept, and asked again."""
        if not self.is_of_invoices:
            return super()._fetch(by_hand=by_hand)
        try:
            with self.env.cr.savepoint():
                lines, totals = self._ask_for_invoices()
                if self.bill_id:
                    self.bill_id._put_aside()
                bill = self.env["hospital.bill"]._load(self.merchant_id, self.day, lines, "fetched")
                if totals:
                    names = ("pay_count", "pay_amount", "refund_count", "refund_amount")
                    _bill_sudo = bill.sudo()  # rows are written by code alone
                    _bill_sudo.write({"is_totals": True, **dict(zip(names, totals, strict=True))})
                self._take_bill(bill, "fetch")
        except (ExchangeError, UserError) as error:
            sentence = error.sentence if isinstance(error, ExchangeError) else str(error)
            if by_hand:
                raise UserError(sentence) from error
            self._note_late(sentence)
        return None

    def action_fetch(self):
        """Of electronic bills a day may be compared as often as one likes."""
        of_invoices = self.filtered("is_of_invoices")
        of_invoices._check_may()
        for recon in of_invoices:
            recon._lock()
            recon._fetch(by_hand=True)
        return super(HospitalRecon, self - of_invoices).action_fetch() if self - of_invoices else None

    def _ask_for_invoices(self):
        """(lines, totals): the totals alone when both sides agree, else every bill of the day."""
        theirs = self._their_totals()
        if theirs == self._our_totals():
            return [], theirs
        return self._their_lines(), None

    def _places(self):
        _places_sudo = self.env["hospital.invoice.place"].sudo().with_context(active_test=False)  # all that ever issued
        return _places_sudo.search([("campus_id", "=", self.campus_id.id)])

    def _their_totals(self):
        """(count, amount) of bills and of red bills."""
        kinds = self.env["hospital.invoice.kind"].with_context(active_test=False).search([("bus_type", "!=", False)])
        totals = []
        for code in ("checkTotalData", "checkWriteOffData"):
            interface = self._invoice_interface(self.company_id, code)
            count, amount = 0, Decimal(0)
            for place in self._places():
                for bus_type in sorted(set(kinds.mapped("bus_type"))):
                    reply = interface._call(day=self.day, place=place, bus_type=bus_type)
                    count += int(reply.get("allTotalNum") or 0)
                    amount += abs(Decimal(str(reply.get("allTotalAmt") or 0)))
            totals += [count, amount.quantize(Decimal("0.01"))]
        return tuple(totals)

    def _our_totals(self):
        [row] = self.env.execute_query(
            SQL(
                """SELECT count(*) FILTER (WHERE colour = 'blue'), COALESCE(sum(amount) FILTER (WHERE colour = 'blue'), 0),
                          count(*) FILTER (WHERE colour = 'red'), COALESCE(-sum(amount) FILTER (WHERE colour = 'red'), 0)
                     FROM (%s) AS ours""",
                self._sql_our_invoices(),
            )
        )
        blue, blue_amount, red, red_amount = row
        cent = Decimal("0.01")
        return blue, Decimal(blue_amount).quantize(cent), red, Decimal(red_amount).quantize(cent)

    def _sql_our_invoices(self):
        return SQL(
            """SELECT id, colour, amount, number, batch_code || '-' || bill_number AS triple FROM hospital_invoice
                WHERE campus_id = %s AND bus_day = %s AND bill_number IS NOT NULL""",
            self.campus_id.id,
            self.day,
        )

    def _their_lines(self):
        """Every bill and red bill of the day, page by page."""
        interface = self._invoice_interface(self.company_id, "getBillByBusDate")
        lines = []
        for place in self._places():
            page, seen = 1, 0
            while True:
                reply = interface._call(
                    start=f"{self.day:%Y%m%d}000000000",
                    end=f"{self.day:%Y%m%d}235959999",
                    place=place,
                    page=page,
                    size=PAGE,
                )
                rows = reply.get("billList") or []
                lines += [line for row in rows if (line := self._their_line(row))]
                seen += len(rows)
                if not rows or seen >= int(reply.get("total") or 0):
                    break
                page += 1
        return lines

    def _their_line(self, row):
        """A bill is known by our business number, a red one by its own code and number."""
        triple = f"{row.get('billBatchCode')}-{row.get('billNo')}"
        kind = str(row.get("dataType") or "")
        if kind not in BLUE + RED:
            return None
        is_red = kind in RED
        return BillLine(
            kind="refund" if is_red else "pay",
            our_number=str(row.get("busNo") or "") if not is_red else "",
            our_refund_number=triple if is_red else "",
            channel_number=triple,
            amount=abs(Decimal(str(row.get("totalAmt") or 0))),
            fee=Decimal(0),
            at=self._their_moment(row.get("busDate")),
            state_text="",
        )

    def _their_moment(self, text):
        try:
            local = datetime.strptime(str(text)[:14], "%Y%m%d%H%M%S")
        except ValueError:
            return None
        zone = self.company_id._hospital_timezone()
        return zone.localize(local).astimezone(UTC).replace(tzinfo=None)
