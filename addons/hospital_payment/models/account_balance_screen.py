from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

CHANNELS = ("wechat", "alipay")
EMERGENCY = ("emergency", "observation")


class HospitalAccount(models.Model):
    """Money that lies on cards and should go back by the road it came (S3-12).

    Days are counted back from today in the hospital's time zone: today and the so-many days before it belong to a window.
    """

    _inherit = "hospital.account"

    card_type_id = fields.Many2one(related="card_id.type_id", string="Card type")
    is_balance_listed = fields.Boolean(
        "Topped up lately, money left",
        compute="_compute_balance_screen",
        search="_search_is_balance_listed",
        help="A card of no insurance that may hold money, topped up by WeChat or Alipay lately, with money on it.",
    )
    is_balance_due = fields.Boolean(
        "To be paid back",
        compute="_compute_balance_screen",
        search="_search_is_balance_due",
        help="In the list, without an emergency visit and without a payment from the card lately.",
    )
    last_topup_day = fields.Date("Last top-up by phone", compute="_compute_last_days")
    last_spend_day = fields.Date("Last payment", compute="_compute_last_days")
    last_emergency_at = fields.Datetime("Last emergency visit", compute="_compute_last_days")
    original_amount = fields.Monetary(
        "Back by its road",
        compute="_compute_original_amount",
        help="What of the balance can go back by the road it came.",
    )

    # === COMPUTE ===

    def _compute_balance_screen(self):
        for name, due in (("is_balance_listed", False), ("is_balance_due", True)):
            found = set()
            for company in self.company_id.sudo():
                query = self._balance_screen_query(company, due=due, ids=self.ids)
                found.update(row[0] for row in self.env.execute_query(query))
            for account in self:
                account[name] = account.id in found

    def _search_is_balance_listed(self, operator, value):
        return self._search_screen(operator, value, due=False)

    def _search_is_balance_due(self, operator, value):
        return self._search_screen(operator, value, due=True)

    def _search_screen(self, operator, value, due):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        queries = [self._balance_screen_query(company, due=due) for company in self.env.companies.sudo()]
        return Domain("id", "in", SQL("(%s)", SQL(" UNION ALL ").join(queries)))

    def _compute_last_days(self):
        accounts = (
            self.env["hospital.account.entry"]
            .sudo()
            ._read_group(  # facts of accounts the user reads
                [("account_id", "in", self.ids), ("kind", "=", "spend")], ["account_id"], ["day:max"]
            )
        )
        spent = {account.id: day for account, day in accounts}
        orders = (
            self.env["hospital.pay.order"]
            .sudo()
            ._read_group(  # the same
                [
                    ("account_id", "in", self.ids),
                    ("state", "=", "paid"),
                    ("business", "=", "topup_card"),
                    ("channel_id.code", "in", CHANNELS),
                ],
                ["account_id"],
                ["day:max"],
            )
        )
        topped_up = {account.id: day for account, day in orders}
        visits = (
            self.env["hospital.encounter"]
            .sudo()
            ._read_group(  # of any campus: the rule asks for all of them
                [("patient_id", "in", self.patient_id.ids), ("kind", "in", EMERGENCY), ("state", "!=", "cancelled")],
                ["patient_id"],
                ["registered_at:max"],
            )
        )
        came = {patient.id: at for patient, at in visits}
        for account in self:
            account.last_spend_day = spent.get(account.id)
            account.last_topup_day = topped_up.get(account.id)
            account.last_emergency_at = came.get(account.patient_id.id)

    def _compute_original_amount(self):
        for account in self:
            account.original_amount = self.env["hospital.refund"]._original_of(account)

    # === ACTIONS ===

    def action_balance_batch(self):
        """Gather the chosen cards into a batch that somebody else confirms."""
        batch = self.env["hospital.refund.batch"]._gather(self)
        return batch._open_form()

    def action_balance_batch_all(self):
        """Every card that is to be paid back today."""
        return self.search([("is_balance_due", "=", True)]).action_balance_batch()

    # === BUSINESS ===

    @api.model
    def _balance_screen_query(self, company, today=None, due=True, ids=None):
        """The accounts of the daily list as a query; with `due` those that the rule pays back.

        :param today: the day from which is counted back; the hospital's own by default
        """
        today = today or company._hospital_today()
        for model, names in (
            ("hospital.account", ["kind", "state", "balance", "card_id", "company_id"]),
            ("hospital.card", ["type_id"]),
            ("hospital.card.type", ["may_hold_money", "kind"]),
            ("hospital.account.entry", ["account_id", "kind", "day", "order_id"]),
            ("hospital.pay.order", ["channel_id"]),
            ("hospital.encounter", ["patient_id", "kind", "state", "registered_at"]),
        ):
            self.env[model].flush_model(names)
        return SQL(
            """SELECT account.id
                 FROM hospital_account account
                 JOIN hospital_card card ON card.id = account.card_id
                 JOIN hospital_card_type card_type ON card_type.id = card.type_id
                WHERE account.kind = 'card' AND account.state = 'open' AND account.balance > 0
                  AND account.company_id = %(company)s %(own)s
                  AND card_type.may_hold_money AND card_type.kind <> 'insured'
                  AND EXISTS (
                      SELECT FROM hospital_account_entry topup
                        JOIN hospital_pay_order paid ON paid.id = topup.order_id
                        JOIN hospital_pay_channel channel ON channel.id = paid.channel_id
                       WHERE topup.account_id = account.id AND topup.kind = 'topup'
                         AND topup.day BETWEEN %(topup)s AND %(today)s AND channel.code = ANY(%(channels)s)) %(left)s""",
            company=company.id,
            own=SQL("") if ids is None else SQL("AND account.id = ANY(%s)", list(ids)),
            topup=today - timedelta(days=company.hospital_balance_topup_days),
            today=today,
            channels=list(CHANNELS),
            left=self._left_alone(company, today) if due else SQL(""),
        )

    def _left_alone(self, company, today):
        emergency_from = today - timedelta(days=company.hospital_balance_emergency_days)
        return SQL(
            """AND NOT EXISTS (
                   SELECT FROM hospital_account_entry spend
                    WHERE spend.account_id = account.id AND spend.kind = 'spend' AND spend.day >= %(spend)s)
               AND NOT EXISTS (
                   SELECT FROM hospital_encounter visit
                    WHERE visit.patient_id = account.patient_id AND visit.kind = ANY(%(kinds)s)
                      AND visit.state <> 'cancelled' AND visit.registered_at >= %(emergency)s)""",
            spend=today - timedelta(days=company.hospital_balance_spend_days),
            kinds=list(EMERGENCY),
            emergency=company._hospital_day_bounds(emergency_from)[0],
        )
