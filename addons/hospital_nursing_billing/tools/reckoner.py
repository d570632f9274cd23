"""What a stay costs in nursing, day by day. Plain values in, plain values out: no record is read here.

Every moment is a wall-clock time of the hospital without a zone, every amount a Decimal. A day is told by its date. What happens at
00:00 belongs to the day that begins: who is moved at midnight spent the day before in the old ward.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from functools import cached_property
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
HUNDRED = Decimal(100)
NOTHING = Decimal(0)
METHODS = {"half_up": ROUND_HALF_UP, "up": ROUND_UP, "down": ROUND_DOWN}
WHOLE, ORIGINAL, LEAVE, NONE = "whole", "original", "leave", "none"


@dataclass(frozen=True)
class BedDayRules:
    """What a bed-day is, for the whole hospital."""

    count_admission: bool = True
    count_discharge: bool = False
    count_same_day: bool = True
    ward_at: str = "end"  # the midnight that ends the day, or "start": the one that begins it
    leave: str = (
        "midnight"  # away at that midnight; "whole_day": away from 0:00 to 24:00; "charged": leave changes nothing
    )
    number_leave: bool = True  # leave days have a number of the stay


@dataclass(frozen=True)
class Price:
    product_id: int
    steps: tuple  # ((first day, price), …) in order of time; None as the first day: from ever


@dataclass(frozen=True)
class Plan:
    id: int
    date_from: date
    date_to: date | None = None
    wards: dict = field(default_factory=dict)  # {ward: ((first day, last day or None), …)}
    tiers: tuple = ((1, HUNDRED), (16, Decimal(95)), (31, Decimal(90)))
    segmented: bool = True
    number_by: str = "hospital"  # or "whole": days of whole care only
    rounding: Decimal = Decimal("0.01")
    method: str = "half_up"
    choice_lengths: frozenset = frozenset({1, 3})
    charge_original: bool = True
    default_level: str | None = None
    prices: dict = field(default_factory=dict)  # {"whole" or a level: ((first day, Price), …)} in order of time

    def in_force(self, day):
        return self.date_from <= day and (self.date_to is None or day <= self.date_to)

    def offers(self, ward, day):
        return self.in_force(day) and any(
            first <= day and (last is None or day <= last) for first, last in self.wards.get(ward, ())
        )

    @cached_property
    def _firsts(self):
        return [first for first, _rate in self.tiers]

    def tier(self, number):
        """The place of the tier that a day with this number is in, from 1; 0 is before the first."""
        return bisect_right(self._firsts, number)

    def rate(self, tier):
        return self.tiers[tier - 1][1] if tier else HUNDRED

    def round(self, amount):
        return (amount / self.rounding).quantize(Decimal(1), METHODS[self.method]) * self.rounding


class Cost(NamedTuple):
    rate: Decimal
    price: Decimal
    amount: Decimal
    product_id: int


class Day(NamedTuple):
    date: date
    ward_id: int
    department_id: int
    number: int
    kind: str
    level: str | None
    rate: Decimal
    price: Decimal
    amount: Decimal
    product_id: int | None
    plan_id: int | None
    issue: str | None


class Book:
    """The plans of a campus in order of their rank, with an answer kept for every question asked before."""

    def __init__(self, plans):
        self.plans = tuple(plans)
        self.by_id = {plan.id: plan for plan in self.plans}
        self._plans, self._costs = {}, {}

    def plan(self, ward, day):
        """(the plan a day in this ward goes by, whether the ward offers whole care that day)"""
        key = (ward, day)
        if key not in self._plans:
            found = next((plan for plan in self.plans if plan.offers(ward, day)), None)
            other = next((plan for plan in self.plans if plan.in_force(day) and plan.charge_original), None)
            self._plans[key] = (found or other, found is not None)
        return self._plans[key]

    def cost(self, plan, kind, day, tier=0):
        """What a kind of nursing costs on a day, in a tier of whole care; None when the plan has no price for it."""
        key = (plan.id, kind, day, tier)
        if key not in self._costs:
            self._costs[key] = self._cost(plan, kind, day, tier)
        return self._costs[key]

    def _cost(self, plan, kind, day, tier):
        found = None
        for first, price in plan.prices.get(kind, ()):
            if first <= day:
                found = price
        if found is None:
            return None
        price, rate = _price_on(found.steps, day), plan.rate(tier)
        return Cost(rate, price, plan.round(price * rate / HUNDRED), found.product_id)


def _price_on(steps, day):
    price = steps[0][1]
    for first, value in steps:
        if first is None or first <= day:
            price = value
    return price


def bed_days(stays, leaves, through, rules):
    """[(date, position of the stay, is it a leave day), …] of a chain of stays.

    :param stays: (start, end or None, ward, department, …) in order of time; the last end None: still there
    :param leaves: (start, end or None)
    :param through: the last day that is over, for who is still there
    """
    admitted, discharged = stays[0][0].date(), stays[-1][1] and stays[-1][1].date()
    if discharged == admitted:
        first, last = admitted, admitted if rules.count_same_day else admitted - ONE_DAY
    else:
        first = admitted if rules.count_admission else admitted + ONE_DAY
        if discharged:
            last = discharged if rules.count_discharge else discharged - ONE_DAY
        else:
            last = through
    begins = [_first_day(start, rules) for start, *_rest in stays]
    away = [_leave_days(start, end, rules) for start, end in leaves] if rules.leave != "charged" else ()
    days, position, day = [], 0, first
    while day <= last:
        while position + 1 < len(begins) and begins[position + 1] <= day:
            position += 1
        is_away = bool(away) and any(since <= day and (until is None or day <= until) for since, until in away)
        days.append((day, position, is_away))
        day += ONE_DAY
    return days


def _first_day(start, rules):
    """The first day whose midnight finds the patient there."""
    if rules.ward_at == "end" or start.time() == time.min:
        return start.date()
    return start.date() + ONE_DAY


def _leave_days(start, end, rules):
    """(first day, last day or None) that a leave takes out of the bill."""
    from_midnight = start.time() == time.min
    if rules.leave == "whole_day":
        since = start.date() if from_midnight else start.date() + ONE_DAY
        return since, end and end.date() - ONE_DAY
    if rules.ward_at == "end":
        return start.date(), end and end.date() - ONE_DAY
    since = start.date() if from_midnight else start.date() + ONE_DAY
    return since, end and (end - timedelta(microseconds=1)).date()


def reckon(stays, leaves, levels, choice, through, book, rules):
    """The days of one stay in hospital, as they should be charged.

    :param levels: ((moment, level), …) in order of time
    :param choice: "whole", "original" or None, as the patient or the family said last
    """
    counted = bed_days(stays, leaves, through, rules)
    is_over = stays[-1][1] is not None
    length = sum(1 for _day, _position, away in counted if rules.number_leave or not away)
    modes, whole_days = [], 0
    may_choose = choice != WHOLE and (is_over or choice == ORIGINAL)
    for day, position, away in counted:
        plan, offered = book.plan(stays[position][2], day)
        whole = offered and not away and not (may_choose and _chose_original(plan, length, is_over))
        whole_days += whole
        modes.append((plan, whole))
    level_days = [moment.date() for moment, _level in levels]
    days, number, whole_number = [], 0, 0
    for (day, position, away), (plan, whole) in zip(counted, modes, strict=True):
        number += rules.number_leave or not away
        whole_number += whole
        if plan is None:
            continue
        ward, department = stays[position][2:4]
        if away:
            days.append(Day(day, ward, department, number, LEAVE, None, HUNDRED, NOTHING, NOTHING, None, plan.id, None))
            continue
        if whole:
            kind, level, mine = WHOLE, None, whole_number if plan.number_by == WHOLE else number
            reached = mine if plan.segmented else whole_days if plan.number_by == WHOLE else length
            tier = plan.tier(reached)
            cost = book.cost(plan, WHOLE, day, tier)
        elif plan.charge_original:
            at = bisect_right(level_days, day)
            level = levels[at - 1][1] if at else plan.default_level
            kind, mine, tier = ORIGINAL, number, 0
            cost = book.cost(plan, level, day) if level else None
        else:
            continue
        if cost:
            days.append(Day(day, ward, department, mine, kind, level, *cost, plan.id, None))
        else:
            issue = "no_price" if whole or level else "no_level"
            none = Cost(plan.rate(tier), NOTHING, NOTHING, None)
            days.append(Day(day, ward, department, mine, kind, level, *none, plan.id, issue))
    return days


def _chose_original(plan, length, is_over):
    """Who stays as long as one may choose gets whole care only when chosen. Until the discharge it is charged as
    whole care, unless the original way was chosen and the stay may still end in time."""
    if not plan.choice_lengths:
        return False
    return length in plan.choice_lengths if is_over else length <= max(plan.choice_lengths)
