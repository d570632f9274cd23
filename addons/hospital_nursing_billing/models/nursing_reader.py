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
    """Few amounts, many days: the same texts become Decimals once."""

    def __missing__(self, texts):
        self[texts] = tuple(text and Decimal(text) for text in texts)
        return self[texts]


class Case(NamedTuple):
    """One inpatient."""

    encounter_id: int
    company_id: int
    campus_id: int
    start_at: object
    end_at: object  # in UTC, as stored
    locked_to: object  # the last day whose charges nobody touches
    is_due: bool
    is_settled: bool
    stays: list  # (start, end, ward, department, doctor) by the wall clock
    practitioner_id: int | None

    def doctor(self, date):
        """Who is responsible at the end of a day."""
        doctor = next((row[4] for row in reversed(self.stays) if row[0].date() <= date), self.stays[0][4])
        return doctor or self.practitioner_id


class HospitalNursingReader(models.AbstractModel):
    _name = "hospital.nursing.reader"
    _description = "Reads what nursing charges are reckoned from"

    @api.model
    def _cases(self, encounter_ids, through=None):
        """(Case, days as they should be, {day: as it is posted}) of the inpatients among these that lie or lay in a bed.

        They come one after the other, so that the days of thousands of patients need not be kept together.

        :param through: the last day that is reckoned of who is still there; by default yesterday
        """
        encounter_ids = sorted(set(encounter_ids))
        self.env.flush_all()
        for company, rows in self._encounters(encounter_ids).items():
            last = through or company._hospital_today() - timedelta(days=1)
            ids = [row[0] for row in rows]
            stays, leaves, levels = self._stays(ids, company), self._leaves(ids, company), self._levels(ids, company)
            choices, posted, rules = self._choices(ids), self._posted(ids), self._rules(company)
            books = self._books({row[1] for row in rows})
            due_ids = self._due_ids(ids)
            # who is still there has no settled account
            settled_ids = self.env["hospital.charge"].sudo()._settled_encounters([row[0] for row in rows if row[3]])
            locked_to = company.hospital_lock_date or None
            for encounter_id, campus_id, start_at, end_at, practitioner_id in rows:
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
                case = Case(
                    encounter_id,
                    company.id,
                    campus_id,
                    start_at,
                    end_at,
                    locked_to,
                    encounter_id in due_ids,
                    encounter_id in settled_ids,
                    chain,
                    practitioner_id,
                )
                yield case, due, posted(encounter_id)

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
        """{company: [(id, campus, start, end, doctor), …]}"""
        rows = self.env.execute_query(
            SQL(
                """SELECT company_id, id, campus_id, start_at, end_at, practitioner_id FROM hospital_encounter
                    WHERE id = ANY(%s) AND kind = 'inpatient' AND state IN ('in_progress', 'finished') ORDER BY id""",
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
                """SELECT encounter_id, %s, %s, ward_id, department_id, practitioner_id FROM hospital_stay
                    WHERE encounter_id = ANY(%s) ORDER BY encounter_id, start_at""",
                self._local(SQL("start_at"), company),
                self._local(SQL("end_at"), company),
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

    def _due_ids(self, ids):
        rows = self.env.execute_query(
            SQL("SELECT encounter_id FROM hospital_nursing_account WHERE is_due AND encounter_id = ANY(%s)", ids)
        )
        return {row[0] for row in rows}

    def _posted(self, ids):
        """A function that gives {day: Posted} of an inpatient and forgets it.

        Charges are read by their ids: a join may be planned badly on the very first night.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT encounter_id, date, ward_id, department_id, number, kind, level, rate::text, price::text,
                          amount::text, product_id, plan_id, issue, charge_id
                     FROM hospital_nursing_day WHERE encounter_id = ANY(%s)""",
                ids,
            )
        )
        charges = self._charges([row[-1] for row in rows if row[-1]])
        exact = _Amounts()
        found = defaultdict(list)
        for row in rows:
            found[row[0]].append(row)

        def posted(encounter_id):
            return {
                row[1]: Posted._make(row[1:7] + exact[row[7:10]] + row[10:-1] + charges[row[-1]])
                for row in found.pop(encounter_id, ())
            }

        return posted

    def _charges(self, ids):
        """{charge: (charge, state, item, net amount, nothing of it was taken back)}"""
        listed = ",".join(map(str, ids))  # so many ids are read faster as one text
        rows = self.env.execute_query(
            SQL(
                """SELECT id, state, product_id, (amount - reversed_amount)::text, reversed_quantity = 0
                     FROM hospital_charge WHERE id = ANY(%s::int[])""",
                f"{{{listed}}}",
            )
        )
        exact = _Amounts()
        charges = {row[0]: row[:3] + exact[row[3:4]] + row[4:] for row in rows}
        charges[None] = (None,) * 5
        return charges

    def _by_encounter(self, query):
        found = defaultdict(list)
        for encounter_id, *row in self.env.execute_query(query):
            found[encounter_id].append(tuple(row))
        return found
