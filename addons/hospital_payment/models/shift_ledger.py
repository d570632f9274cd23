from odoo import Command, _, models
from odoo.tools import SQL

from odoo.addons.hospital_base.tools.xlsx import Column, Sheet


class HospitalShift(models.Model):
    """The totals of a shift, reckoned from what was booked on it.

    Section by section: orders paid, refund lines done, account entries spent, and the settlements with their payers,
    charge categories and rounding.
    """

    _inherit = "hospital.shift"

    def _refresh(self):
        """Reckon the totals anew."""
        self.ensure_one()
        self.env.flush_all()
        rows = self._ledger()
        accounts = self.env["hospital.pay.channel"].search([("kind", "=", "account")]).ids
        sums = {
            section: self.currency_id.round(
                sum(row["amount"] for row in rows if row["section"] == section and row["channel_id"] not in accounts)
            )
            for section in ("1_in", "2_out", "5_charge")
        }
        cash = self.env.ref("hospital_payment.channel_cash").id
        cash_sums = {
            section: self.currency_id.round(
                sum(row["amount"] for row in rows if row["section"] == section and row["channel_id"] == cash)
            )
            for section in ("1_in", "2_out")
        }
        _self_sudo = self.sudo()  # totals are written by nobody but here
        _self_sudo.write(
            {
                "line_ids": [Command.clear()] + [Command.create(row) for row in rows],
                "taken_total": sums["1_in"],
                "given_total": sums["2_out"],
                "settled_total": sums["5_charge"],
                "cash_taken": cash_sums["1_in"],
                "cash_given": cash_sums["2_out"],
            }
        )

    def _ledger(self):
        """Values of hospital.shift.line, in the order in which they are shown."""
        self.ensure_one()
        names = ("section", "channel_id", "business", "category_id", "payer_kind", "count", "amount", "sequence")
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            | {"channel_id": row[1] or False}
            for row in self.env.execute_query(
                SQL(" UNION ALL ").join(SQL("(%s)", query) for query in self._ledger_queries())
            )
        ]

    def _ledger_queries(self):
        """One query per section, each giving section, channel, business, category, payer, number, amount, sequence."""
        return [
            SQL(
                """SELECT '1_in', o.channel_id, o.business, NULL::int, NULL::varchar, count(*), sum(o.amount), c.sequence
                     FROM hospital_pay_order o JOIN hospital_pay_channel c ON c.id = o.channel_id
                    WHERE o.shift_id = %s AND o.state = 'paid' AND o.way <> 'account' GROUP BY o.channel_id, o.business, c.sequence
                 ORDER BY c.sequence, o.channel_id, o.business""",
                self.id,
            ),
            SQL(
                """SELECT '2_out', COALESCE(way.id, o.channel_id), %(business)s, NULL, NULL, count(*), sum(l.amount), 0
                     FROM hospital_refund_line l
                     JOIN hospital_refund r ON r.id = l.refund_id
                LEFT JOIN hospital_pay_order o ON o.id = l.order_id
                LEFT JOIN hospital_account a ON a.id = r.account_id
                LEFT JOIN hospital_account b ON b.id = l.account_id
                LEFT JOIN hospital_pay_channel way ON way.code = CASE l.way
                          WHEN 'cash' THEN 'cash'
                          WHEN 'account' THEN CASE b.kind WHEN 'inpatient' THEN 'deposit' ELSE 'card_account' END END
                    WHERE l.shift_id = %(shift)s AND l.state = 'done' GROUP BY 2, 3 ORDER BY 2, 3""",
                business=self._refund_business(),
                shift=self.id,
            ),
            SQL(
                """SELECT '3_account', c.id, COALESCE(o.business, 'settlement'), NULL, NULL, count(*), -sum(e.amount), c.sequence
                     FROM hospital_account_entry e
                     JOIN hospital_pay_channel c
                       ON c.code = CASE e.account_kind WHEN 'inpatient' THEN 'deposit' ELSE 'card_account' END
                LEFT JOIN hospital_pay_order o ON o.id = e.order_id
                    WHERE e.shift_id = %s AND e.kind = 'spend' GROUP BY c.id, 3, c.sequence ORDER BY c.sequence, 3""",
                self.id,
            ),
            SQL(
                """SELECT '4_payer', NULL, NULL, NULL, sh.payer_kind, count(DISTINCT s.id), sum(sh.amount), 0
                     FROM hospital_settlement s JOIN hospital_settlement_share sh ON sh.settlement_id = s.id
                    WHERE s.shift_id = %s AND s.done_at IS NOT NULL GROUP BY sh.payer_kind ORDER BY sh.payer_kind""",
                self.id,
            ),
            SQL(
                """SELECT '5_charge', NULL, NULL, l.category_id, NULL, count(*), sum(l.amount), g.sequence
                     FROM hospital_settlement s JOIN hospital_settlement_line l ON l.settlement_id = s.id
                     JOIN hospital_charge_category g ON g.id = l.category_id
                    WHERE s.shift_id = %s AND s.done_at IS NOT NULL
                 GROUP BY l.category_id, g.sequence, g.code ORDER BY g.sequence, g.code, l.category_id""",
                self.id,
            ),
            SQL(
                """SELECT '6_rounding', NULL, NULL, NULL, NULL, count(*), sum(s.rounding), 0 FROM hospital_settlement s
                    WHERE s.shift_id = %s AND s.done_at IS NOT NULL AND s.rounding <> 0 HAVING count(*) > 0""",
                self.id,
            ),
            SQL(
                """SELECT '7_owed', NULL, NULL, NULL, NULL, count(*), -sum(s.due_total), 0 FROM hospital_settlement s
                    WHERE s.shift_id = %s AND s.done_at IS NOT NULL AND s.due_total < 0 HAVING count(*) > 0""",
                self.id,
            ),
        ]

    def _refund_business(self):
        """Of what a refund line is money back: of a settlement, of an account, of an order whose business failed."""
        return SQL(
            """CASE WHEN r.settlement_id IS NOT NULL THEN 'settlement_back'
                    WHEN a.kind = 'card' THEN 'topup_card' WHEN a.kind = 'inpatient' THEN 'topup_inpatient'
                    ELSE COALESCE(o.business, 'other') END"""
        )

    # === EXCEL ===

    def _xlsx_filename(self, report=""):
        return f"{self._description} {self.number}" if len(self) == 1 else self._description

    def _xlsx_sheets(self, report=""):
        sections = dict(self.env["hospital.shift.line"]._fields["section"]._description_selection(self.env))
        states = dict(self._fields["state"]._description_selection(self.env))
        yield Sheet(
            _("Cashier shifts"),
            [
                Column(_("Shift")),
                Column(_("Cashier")),
                Column(_("Campus")),
                Column(_("Day"), "date"),
                Column(_("State")),
                Column(_("Taken"), "money", total=True),
                Column(_("Given back"), "money", total=True),
                Column(_("Settled"), "money", total=True),
                Column(_("Cash there should be"), "money", total=True),
                Column(_("Cash counted"), "money", total=True),
                Column(_("Difference"), "money", total=True),
                Column(_("Explanation")),
            ],
            [
                (
                    shift.number,
                    shift.user_id.name,
                    shift.campus_id.name,
                    shift.day,
                    states[shift.state],
                    shift.taken_total,
                    shift.given_total,
                    shift.settled_total,
                    shift.cash_expected,
                    shift.cash_counted,
                    shift.difference,
                    shift.difference_note or "",
                )
                for shift in self
            ],
            title=_("Cashier shifts"),
            total_label=_("Total"),
        )
        yield Sheet(
            _("Totals"),
            [
                Column(_("Shift")),
                Column(_("Section")),
                Column(_("For")),
                Column(_("Number"), "integer"),
                Column(_("Amount"), "money"),
            ],
            [
                (shift.number, sections[line.section], line.label, line.count, line.amount)
                for shift in self
                for line in shift.line_ids
            ],
            title=_("Totals"),
        )
