from datetime import date, datetime, time, timedelta
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.reckoner import BedDayRules, Book, Plan, Price, reckon
from .cases import CASES
from .common import NursingCase

FIRST = date(2026, 1, 30)  # the cases run over the end of February
KINDS = {"w": "whole", "o": "original", "l": "leave"}
COMPANY = {
    "count_admission": "hospital_bedday_admission",
    "count_discharge": "hospital_bedday_discharge",
    "count_same_day": "hospital_bedday_same_day",
    "ward_at": "hospital_bedday_midnight",
    "leave": "hospital_bedday_leave",
    "number_leave": "hospital_bedday_number_leave",
}


def expected(case):
    """{day: (mode, amount)}"""
    return {
        day: (KINDS[kind], Decimal(amount)) for first, last, kind, amount in case.days for day in range(first, last + 1)
    }


class TestTable(BaseCase):
    def test_table_adds_up(self):
        """The totals worked out by hand are those of the days worked out by hand."""
        self.assertGreaterEqual(len(CASES), 40)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))
        for case in CASES:
            with self.subTest(case.name):
                self.assertEqual(sum(amount for _mode, amount in expected(case).values()), Decimal(case.total))


class TestReckonerCases(BaseCase):
    """The table against the reckoner alone."""

    def day(self, number):
        return FIRST + timedelta(days=number - 1)

    def wall(self, text):
        number, clock = text.split()
        return datetime.combine(self.day(int(number)), time.fromisoformat(clock))

    def plan(self, case):
        given = dict(case.plan)
        for name in ("date_from", "date_to"):
            if name in given:
                given[name] = self.day(given[name])
        if "rounding" in given:
            given["rounding"] = Decimal(given["rounding"])
        if "choice_lengths" in given:
            given["choice_lengths"] = frozenset(given["choice_lengths"])
        begin = given.setdefault("date_from", FIRST)
        ward_from = self.day(case.ward_from) if case.ward_from else begin
        levels = {"0": "144", "1": "28", "2": "18", "3": "9"}
        prices = {level: ((begin, Price(int(level), ((None, Decimal(price)),))),) for level, price in levels.items()}
        prices["whole"] = tuple(
            (max(begin, self.day(number)), Price(9, ((None, Decimal(price)),))) for number, price in case.prices
        )
        return Plan(id=1, wards={"W": ((ward_from, None),)}, prices=prices, **{"default_level": "3", **given})

    @proves("S3-5.1", "S3-5.2", "S3-5.3", "S3-5.4")
    def test_every_case(self):
        for case in CASES:
            with self.subTest(case.name):
                stays = []
                for position, (moment, place) in enumerate(case.moves):
                    if place != "out":
                        following = case.moves[position + 1 : position + 2]
                        stays.append((self.wall(moment), (following and self.wall(following[0][0])) or None, place, 1))
                days = reckon(
                    stays,
                    [(self.wall(start), end and self.wall(end)) for start, end in case.leaves],
                    [(self.wall(moment), level) for moment, level in case.levels],
                    case.choice,
                    self.day(case.through or 60),
                    Book([self.plan(case)]),
                    BedDayRules(**case.rules),
                )
                found = {(day.date - FIRST).days + 1: (day.kind, day.amount) for day in days}
                self.assertEqual(found, expected(case))


@tagged("post_install", "-at_install")
class TestPostedCases(NursingCase):
    """The same table through admission, transfer, leave, discharge and the posting of charges."""

    def setting_up(self, case):
        self.env.company.write({COMPANY[name]: value for name, value in case.rules.items()})
        vals = {}
        for name, value in case.plan.items():
            if name in ("date_from", "date_to"):
                vals[name] = self.day(value)
            elif name == "segmented":
                vals["reach"] = "whole_stay"
            elif name == "method":
                vals["rounding_method"] = value
            elif name == "choice_lengths":
                vals["choice_days"] = ", ".join(map(str, sorted(value)))
            else:
                vals[name] = value
        self.plan.write(vals)
        whole = self.plan.price_ids.filtered(lambda line: line.kind == "whole")
        whole.price = float(case.prices[0][1])
        for number, price in case.prices[1:]:
            whole.copy({"date_from": self.day(number), "price": float(price)})
        if case.ward_from:
            self.plan.ward_ids.date_from = self.day(case.ward_from)

    def patient_of(self, case):
        moves = [move for move in case.moves if move[1] != "out"]
        encounter = self.admitted(moves)
        for start, end in case.leaves:
            if end is None or case.moves[-1] != (end, "out"):
                encounter._start_leave(self.at(start), reason="test", end_at=end and self.at(end))
            else:
                encounter._start_leave(self.at(start), reason="test")
        for moment, level in case.levels:
            self.env["hospital.nursing.level"].with_context(hospital_nursing_later=True).create(
                {"encounter_id": encounter.id, "level": level, "start_at": self.at(moment)}
            )
        if case.choice:
            self.choose(encounter.with_context(hospital_nursing_later=True), case.choice)
        if case.moves[-1][1] == "out":
            encounter._discharge(self.at(case.moves[-1][0]), reason="test")
        return encounter

    @proves("S3-5.1", "S3-5.2", "S3-5.3", "S3-5.4")
    def test_every_case(self):
        for case in CASES:
            with self.subTest(case.name), self.env.cr.savepoint() as savepoint:
                self.setting_up(case)
                encounter = self.patient_of(case)
                through = self.day(case.through) if case.through else None
                self.post(encounter, through=through)
                wanted = {day: amount for day, (_mode, amount) in expected(case).items() if amount}
                self.assertEqual(self.charged(encounter), wanted)
                self.assertEqual(self.total(encounter), Decimal(case.total))
                kinds = {(day.date - self.first).days + 1: day.kind for day in encounter.nursing_day_ids}
                self.assertEqual(kinds, {day: mode for day, (mode, _amount) in expected(case).items()})
                before = len(self.lines(encounter))
                again = self.post(encounter, through=through)
                self.assertEqual((again["charged"], again["reversed"]), (0, 0))
                self.assertEqual(len(self.lines(encounter)), before)
                savepoint.rollback()
                self.env.invalidate_all()
