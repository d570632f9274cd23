from odoo import fields, models
from odoo.tools import SQL

from .nursing_day import DAY_KINDS, ISSUES
from .nursing_plan import LEVELS


class HospitalNursingSummary(models.Model):
    """The bed-days as they are looked at: by ward, month, mode and tier, with what is posted read from the charges themselves."""

    _name = "hospital.nursing.summary"
    _description = "Bed-days by ward and month"
    _auto = False
    _order = "date desc, ward_id"
    _rec_name = "date"
    _depends = {
        "hospital.nursing.day": [
            "encounter_id",
            "campus_id",
            "ward_id",
            "department_id",
            "date",
            "kind",
            "level",
            "number",
            "rate",
            "amount",
            "charge_id",
            "issue",
            "product_id",
        ],
        "hospital.charge": ["amount", "reversed_amount", "state"],
        "hospital.encounter": ["patient_id", "number"],
    }

    encounter_id = fields.Many2one("hospital.encounter", readonly=True)
    patient_id = fields.Many2one("hospital.patient", readonly=True)
    campus_id = fields.Many2one("hospital.campus", readonly=True)
    ward_id = fields.Many2one("hospital.ward", readonly=True)
    department_id = fields.Many2one("hospital.department", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    product_id = fields.Many2one("product.product", "Item", readonly=True)
    date = fields.Date("Day", readonly=True)
    kind = fields.Selection(DAY_KINDS, "Mode", readonly=True)
    level = fields.Selection(LEVELS, readonly=True)
    number = fields.Integer("Day no.", readonly=True, aggregator=None)
    rate = fields.Float("Rate in %", digits=(6, 2), readonly=True, aggregator=None)
    issue = fields.Selection(ISSUES, "Exception", readonly=True)
    days = fields.Integer("Bed-days", readonly=True)
    whole_days = fields.Integer("Days of whole care", readonly=True)
    original_days = fields.Integer("Days the original way", readonly=True)
    leave_days = fields.Integer("Days on leave", readonly=True)
    amount = fields.Monetary("Should be", readonly=True)
    whole_amount = fields.Monetary("Whole care", readonly=True)
    original_amount = fields.Monetary("Original way", readonly=True)
    posted_amount = fields.Monetary("Posted", readonly=True)
    settled_amount = fields.Monetary("Of it settled", readonly=True)
    difference = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        columns = SQL(", ").join(
            SQL("%s AS %s", sql, SQL.identifier(name)) for name, sql in self._query_columns().items()
        )
        return SQL(
            """SELECT %s FROM hospital_nursing_day day
                 JOIN hospital_encounter encounter ON encounter.id = day.encounter_id
                 JOIN res_company company ON company.id = encounter.company_id
                 LEFT JOIN hospital_charge charge ON charge.id = day.charge_id""",
            columns,
        )

    def _query_columns(self):
        posted = SQL("COALESCE(charge.amount - charge.reversed_amount, 0)")
        same = "id encounter_id campus_id ward_id department_id product_id date kind level number rate issue amount"
        return {
            **{name: SQL("day.%s", SQL.identifier(name)) for name in same.split()},
            "patient_id": SQL("encounter.patient_id"),
            "currency_id": SQL("company.currency_id"),
            "days": SQL("(day.kind IN ('whole', 'original'))::int"),
            "whole_days": SQL("(day.kind = 'whole')::int"),
            "original_days": SQL("(day.kind = 'original')::int"),
            "leave_days": SQL("(day.kind = 'leave')::int"),
            "whole_amount": SQL("CASE WHEN day.kind = 'whole' THEN day.amount ELSE 0 END"),
            "original_amount": SQL("CASE WHEN day.kind = 'original' THEN day.amount ELSE 0 END"),
            "posted_amount": posted,
            "settled_amount": SQL("CASE WHEN charge.state = 'settled' THEN %s ELSE 0 END", posted),
            "difference": SQL("day.amount - %s", posted),
        }

    def action_open_encounter(self):
        self.ensure_one()
        return self.encounter_id._action_open()
