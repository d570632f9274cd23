import base64
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.uniqueness import unique_or_sentence

from ..tools.bill_lines import digest, line_key, line_state, names_merchant, wrong_day
from ..tools.bills import BillError, parse

CHUNK = 20_000


class HospitalBill(models.Model):
    """What a channel says of one day of a merchant. It is loaded once and never changed; a wrong one is put aside."""

    _name = "hospital.bill"
    _description = "Channel bill"
    _order = "day desc, id desc"

    name = fields.Char("File name", readonly=True)
    day = fields.Date(required=True, readonly=True, index=True)
    merchant_id = fields.Many2one(
        "hospital.pay.merchant", required=True, readonly=True, index=True, ondelete="restrict"
    )
    channel_id = fields.Many2one(
        "hospital.pay.channel", related="merchant_id.channel_id", store=True, readonly=True, ondelete="restrict"
    )
    campus_id = fields.Many2one(
        "hospital.campus", related="merchant_id.campus_id", store=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", related="merchant_id.company_id", store=True, readonly=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", related="company_id.currency_id")
    source = fields.Selection(
        [("fetched", "Fetched"), ("uploaded", "Uploaded by hand"), ("bank", "Bank statement")],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("live", "In use"), ("deleted", "Deleted")], required=True, default="live", readonly=True, index=True
    )
    file = fields.Binary(attachment=True, readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    content_digest = fields.Char(readonly=True, help="Of the lines, whatever the file around them looks like.")
    line_ids = fields.One2many("hospital.bill.line", "bill_id", "Lines", readonly=True)
    line_count = fields.Integer("Number of lines", readonly=True)
    pay_count = fields.Integer("Number of payments", readonly=True)
    pay_amount = fields.Monetary("Paid", readonly=True)
    refund_count = fields.Integer("Number of refunds", readonly=True)
    refund_amount = fields.Monetary("Refunded", readonly=True)
    fee_amount = fields.Monetary("Fees", readonly=True)
    net_amount = fields.Monetary("Net", compute="_compute_net_amount", store=True)
    user_id = fields.Many2one("res.users", "Loaded by", readonly=True, default=lambda self: self.env.user)
    loaded_at = fields.Datetime(readonly=True, default=lambda self: fields.Datetime.now())

    _one_a_day = models.UniqueIndex("(merchant_id, day) WHERE state = 'live'")

    # === COMPUTE ===

    @api.depends("pay_amount", "refund_amount")
    def _compute_net_amount(self):
        for bill in self:
            bill.net_amount = bill.pay_amount - bill.refund_amount

    @api.depends("merchant_id.name", "day")
    def _compute_display_name(self):
        for bill in self:
            bill.display_name = f"{bill.merchant_id.name} {bill.day}"

    # === ACTIONS ===

    def action_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_payment.action_hospital_bill_line")
        return {**action, "domain": [("bill_id", "=", self.id)], "display_name": self.display_name}

    # === BUSINESS ===

    def _live(self, merchant, day):
        return self.search([("merchant_id", "=", merchant.id), ("day", "=", day), ("state", "=", "live")])

    def _read(self, merchant, day, content, by_hand=True):
        """The lines of a channel's file; what is no bill, or one of another merchant or day, is refused in a sentence.

        A file that was fetched came over the merchant's own line: whose it is need not be read from it.
        """
        try:
            lines = list(parse(merchant.channel_id.code, content, day))
        except BillError as error:
            raise UserError(error.sentence(self.env)) from None
        number = (merchant.merchant_number or "").strip()
        if by_hand and lines and number and not names_merchant(content, number):
            raise UserError(
                self.env._(
                    "This is a bill of another merchant: it does not name %(number)s. Choose the file of %(name)s.",
                    number=number,
                    name=merchant.name,
                )
            )
        if found := wrong_day(lines, merchant.company_id._hospital_timezone(), day):
            raise UserError(
                self.env._(
                    "This is a bill of %(found)s and not of %(wanted)s. Choose the file of the day.",
                    found=found,
                    wanted=day,
                )
            )
        return self._own_lines(merchant, lines)

    def _own_lines(self, merchant, lines):
        """Campuses that share one number or one line share its bill: each takes the lines of its own orders.

        What nobody knows goes to the first of them, so that it is found once.
        """
        _merchant_sudo = merchant.sudo()  # campuses the user does not see share the bill all the same
        shared = Domain("id", "=", merchant.id)
        if _merchant_sudo.merchant_number:
            shared |= Domain("merchant_number", "=", _merchant_sudo.merchant_number)
        if _merchant_sudo.platform_id:
            shared |= Domain("platform_id", "=", _merchant_sudo.platform_id.id)
        alike = Domain("channel_id", "=", merchant.channel_id.id) & Domain("company_id", "=", merchant.company_id.id)
        siblings = _merchant_sudo.search(alike & shared, order="id")
        if len(siblings) < 2:
            return lines
        query = SQL(
            "SELECT number, merchant_id FROM hospital_pay_order WHERE number = ANY(%s) AND merchant_id = ANY(%s)",
            [line.our_number for line in lines],
            siblings.ids,
        )
        self.env["hospital.pay.order"].flush_model(["number", "merchant_id"])
        owners = dict(self.env.execute_query(query))
        first = siblings[0].id
        return [line for line in lines if owners.get(line.our_number, first) == merchant.id]

    def _load(self, merchant, day, lines, source, name="", content=b""):
        """Keep a bill and its lines; gives the bill. The lines are those of `tools.bills`."""
        vals = {
            "merchant_id": merchant.id,
            "day": day,
            "source": source,
            "name": name,
            "content_digest": digest(lines),
            "user_id": self.env.uid,
            **self._totals(lines),
        }
        if content:
            vals["sha256"] = digest(content)
            vals["file"] = base64.b64encode(content)

        def taken():
            return self.env._("There is a bill of %(merchant)s for %(day)s already. Delete it before you load another one.",
                              merchant=merchant.name, day=day)  # fmt: skip

        _sudo = self.sudo()  # who may load was checked by the action; nobody writes bills by himself
        with unique_or_sentence(self.env, {"hospital_bill_one_a_day": taken}):
            bill = _sudo.create(vals)
        bill._insert_lines(lines)
        return bill.with_env(self.env)

    @staticmethod
    def _totals(lines):
        paid = [line for line in lines if line.kind == "pay"]
        back = [line for line in lines if line.kind == "refund" and line_state(line) == "done"]
        return {
            "line_count": len(lines),
            "pay_count": len(paid),
            "pay_amount": sum(line.amount for line in paid),
            "refund_count": len(back),
            "refund_amount": sum(line.amount for line in back),
            "fee_amount": sum(line.fee or 0 for line in lines),
        }

    def _insert_lines(self, lines):
        """The same number a second time is a line of its own (`nth`), so that a double charge is seen."""
        self.ensure_one()
        seen = Counter()
        self.env.flush_all()
        for start in range(0, len(lines), CHUNK):
            columns = [[] for _column in range(11)]
            for line in lines[start : start + CHUNK]:
                key = line_key(line)
                seen[line.kind, key] += 1
                row = (line.kind, line.our_number or None, line.our_refund_number or None, line.channel_number or None,
                       line.amount, line.fee or 0, line.at, line.state_text or None, line_state(line), key,
                       seen[line.kind, key])  # fmt: skip
                for column, value in zip(columns, row, strict=True):
                    column.append(value)
            self.env.cr.execute(
                SQL(
                    """INSERT INTO hospital_bill_line (bill_id, kind, our_number, our_refund_number, channel_number, amount,
                              fee, at, state_text, state, key, nth)
                       SELECT %s, line.* FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[],
                              %s::numeric[], %s::numeric[], %s::timestamp[], %s::varchar[], %s::varchar[], %s::varchar[],
                              %s::int[]) AS line""",
                    self.id,
                    *columns,
                )
            )
        self.invalidate_recordset(["line_ids"])

    def _put_aside(self):
        """Deleted bills stay to be read, and another one can be loaded for the day."""
        _sudo = self.sudo()  # who may delete was checked by the action
        _sudo.write({"state": "deleted"})
