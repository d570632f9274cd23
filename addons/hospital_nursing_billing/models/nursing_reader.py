"""Everything the reckoner needs of any number of inpatients, in a handful of queries."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..tools.reckoner import BedDayRules, Book, reckon


class Posted(NamedTuple):
    """The stored row of a day and what its charge says."""

    date: object
    ward_id: int
    department_id: int
    number: int
    kind: str
    level: str | None
    rate: object
    price: object
    amount: object
    product_id: int | None
    plan_id: int | None
    issue: str | None
    charge_id: int | None
    charge_state: str | None
    charge_product_id: int | None
    charge_amount: object  # net of what was taken back
    charge_whole: bool  # nothing of it was taken back


class _Amounts(dict):
    """Few amounts, many days: each text becomes a Decimal once."""

    def __missing__(self, text):
        self[text] = None if text is None else Decimal(text)
        return self[text]


class Case(NamedTuple):
    """One inpatient: the days as they should be and as they are posted."""

    encounter_id: int
    company_id: int
    campus_id: int
    start_at: object
    end_at: object  # in UTC, as stored
    due: list
    posted: dict
    is_due: bool
    stays: list  # (start, end, ward, department, doctor) by the wall clock

    def doctor(self, date):
        """Who is responsible at the end of a day."""
        return next((row[4] for row in reversed(self.stays) if row[0].date() <= date), self.stays[0][4])


class HospitalNursingReader(models.AbstractModel):
    _name = "hospital.nursing.reader"
    _description = "Reads what nursing charges are reckoned from"

    @api.model
    def _cases(self, encounter_ids, through=None):
        """[Case, …] of the inpatients among these that lie or lay in a bed.

        :param through: the last day that is reckoned of who is still there; by default yesterday
        """
        encounter_ids = sorted(set(encounter_ids))
        self.env.flush_all()
        cases = []
        for company, rows in self._encounters(encounter_ids).items():
            last = through or company._hospital_today() - timedelta(days=1)
            ids = [row[0] for row in rows]
            stays, leaves, levels = self._stays(ids, company), self._leaves(ids, company), self._levels(ids, company)
            choices, posted, rules = self._choices(ids), self._posted(ids), self._rules(company)
            books = self._books({row[1] for row in rows})
            for encounter_id, campus_id, start_at, end_at, is_due in rows:
                chain = stays.get(encounter_id)
                if not chain:
                    continue
                due = reckon(
                    chain,
                    leaves.get(encounter_id, ()),
                    levels.get(encounter_id, ()),
                    choices.get(encounter_id),
                    last,
                    books[campus_id],
                    rules,
                )
                cases.append(
                    Case(
                        encounter_id,
                        company.id,
                        campus_id,
                        start_at,
                        end_at,
                        due,
                        posted.get(encounter_id, {}),
                        is_due,
                        chain,
                    )
                )
        return cases

    # === RULES ===

    @api.model
    def _rules(self, company):
        return BedDayRules(
            count_admission=company.hospital_bedday_admission,
            count_discharge=company.hospital_bedday_discharge,
            count_same_day=company.hospital_bedday_same_day,
            ward_at=company.hospital_bedday_midnight,
            leave=company.hospital_bedday_leave,
            number_leave=company.hospital_bedday_number_leave,
        )

    @api.model
    def _books(self, campus_ids):
        """The plans are read with all rights: who discharges a patient need not know what the bed-day costs."""
        _plans_sudo = self.env["hospital.nursing.plan"].sudo()
        plans = _plans_sudo.search([("campus_id", "in", list(campus_ids))], order="campus_id, sequence, date_from, id")
        by_campus = defaultdict(list)
        for plan, plain in zip(plans, plans._plain(), strict=True):
            by_campus[plan.campus_id.id].append(plain)
        return {campus_id: Book(by_campus[campus_id]) for campus_id in campus_ids}

    # === ROWS ===

    def _local(self, column, company):
        return SQL("%s AT TIME ZONE 'UTC' AT TIME ZONE %s", column, company.hospital_tz or "Asia/Shanghai")

    def _encounters(self, encounter_ids):
        """{company: [(id, campus, start, end, is due), …]}"""
        rows = self.env.execute_query(
            SQL(
                """SELECT encounter.company_id, encounter.id, encounter.campus_id, encounter.start_at, encounter.end_at,
                          COALESCE(account.is_due, FALSE)
                     FROM hospital_encounter encounter
                     LEFT JOIN hospital_nursing_account account ON account.encounter_id = encounter.id
                    WHERE encounter.id = ANY(%s) AND encounter.kind = 'inpatient'
                      AND encounter.state IN ('in_progress', 'finished')
                    ORDER BY encounter.id""",
                encounter_ids,
            )
        )
        found = defaultdict(list)
        for company_id, *row in rows:
            found[company_id].append(row)
        # the time zone of the hospital is no secret
        _companies_sudo = self.env["res.company"].sudo()
        return {_companies_sudo.browse(company_id): rows for company_id, rows in found.items()}

    def _stays(self, ids, company):
        return self._by_encounter(
            SQL(
                """SELECT stay.encounter_id, %s, %s, stay.ward_id, stay.department_id,
                          COALESCE(stay.practitioner_id, encounter.practitioner_id)
                     FROM hospital_stay stay JOIN hospital_encounter encounter ON encounter.id = stay.encounter_id
                    WHERE stay.encounter_id = ANY(%s) ORDER BY stay.encounter_id, stay.start_at""",
                self._local(SQL("stay.start_at"), company),
                self._local(SQL("stay.end_at"), company),
                ids,
            )
        )

    def _leaves(self, ids, company):
        return self._by_encounter(
            SQL(
                "SELECT encounter_id, %s, %s FROM hospital_leave WHERE encounter_id = ANY(%s) ORDER BY start_at",
                self._local(SQL("start_at"), company),
                self._local(SQL("end_at"), company),
                ids,
            )
        )

    def _levels(self, ids, company):
        return self._by_encounter(
            SQL(
                "SELECT encounter_id, %s, level FROM hospital_nursing_level WHERE encounter_id = ANY(%s) ORDER BY start_at",
                self._local(SQL("start_at"), company),
                ids,
            )
        )

    def _choices(self, ids):
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT encounter_id, mode FROM hospital_nursing_choice WHERE encounter_id = ANY(%s) AND state = 'valid'",
                    ids,
                )
            )
        )

    def _posted(self, ids):
        rows = self.env.execute_query(
            SQL(
                """SELECT day.encounter_id, day.date, day.ward_id, day.department_id, day.number, day.kind, day.level,
                          day.rate::text, day.price::text, day.amount::text, day.product_id, day.plan_id, day.issue,
                          charge.id, charge.state, charge.product_id, (charge.amount - charge.reversed_amount)::text,
                          charge.reversed_quantity = 0
                     FROM hospital_nursing_day day
                     LEFT JOIN hospital_charge charge ON charge.id = day.charge_id
                    WHERE day.encounter_id = ANY(%s)""",
                ids,
            )
        )
        found = defaultdict(dict)
        exact = _Amounts()
        for (
            encounter_id,
            date,
            *facts,
            rate,
            price,
            amount,
            product,
            plan,
            issue,
            charge,
            state,
            item,
            net,
            whole,
        ) in rows:
            found[encounter_id][date] = Posted(
                date,
                *facts,
                exact[rate],
                exact[price],
                exact[amount],
                product,
                plan,
                issue,
                charge,
                state,
                item,
                exact[net],
                whole,
            )
        return found

    def _by_encounter(self, query):
        found = defaultdict(list)
        for encounter_id, *row in self.env.execute_query(query):
            found[encounter_id].append(tuple(row))
        return found
