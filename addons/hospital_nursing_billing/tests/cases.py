"""Worked cases. Day 1 is the day of admission; "3 08:00" is 8 o'clock on day 3. Every amount here was worked out by hand.

W offers whole care at 100.00 a bed-day, S does not. Items by level: special 144, I 28, II 18, III 9; III when none is recorded.
A row of `days` is (first day, last day, mode, amount of each): w whole care, o original way, l on leave.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    name: str
    moves: tuple  # (time, place) in order; the place "out" ends the stay
    days: tuple
    total: str
    choice: str | None = None
    leaves: tuple = ()
    levels: tuple = ()
    plan: dict = field(default_factory=dict)
    rules: dict = field(default_factory=dict)
    prices: tuple = ((1, "100"),)  # of whole care, from which day
    ward_from: int | None = None
    through: int | None = None  # the last day that is over, when the patient is still there


def stay(days, start="10:00", end="09:00", place="W"):
    """So many nights in one place."""
    return (f"1 {start}", place), (f"{days + 1} {end}", "out")


SAME_DAY = (("1 08:00", "W"), ("1 17:30", "out"))
WHOLE_STAY = {"segmented": False}
BY_WHOLE = {"number_by": "whole"}

CASES = [
    # short stays and the choice
    Case("same day, nothing chosen", SAME_DAY, ((1, 1, "o", "9"),), "9"),
    Case("same day, whole care chosen", SAME_DAY, ((1, 1, "w", "100"),), "100", choice="whole"),
    Case("same day, original way chosen", SAME_DAY, ((1, 1, "o", "9"),), "9", choice="original"),
    Case("same day, level I", SAME_DAY, ((1, 1, "o", "28"),), "28", levels=(("1 09:00", "1"),)),
    Case("one day, nothing chosen", stay(1), ((1, 1, "o", "9"),), "9"),
    Case("one day, whole care chosen", stay(1), ((1, 1, "w", "100"),), "100", choice="whole"),
    Case("one day, original way chosen", stay(1), ((1, 1, "o", "9"),), "9", choice="original"),
    Case("two days, nobody chooses", stay(2), ((1, 2, "w", "100"),), "200"),
    Case("two days, the choice does not hold", stay(2), ((1, 2, "w", "100"),), "200", choice="original"),
    Case("three days, nothing chosen", stay(3), ((1, 3, "o", "9"),), "27"),
    Case("three days, whole care chosen", stay(3), ((1, 3, "w", "100"),), "300", choice="whole"),
    Case(
        "three days, original way at level I",
        stay(3),
        ((1, 3, "o", "28"),),
        "84",
        choice="original",
        levels=(("1 10:30", "1"),),
    ),
    Case("four days, the choice does not hold", stay(4), ((1, 4, "w", "100"),), "400", choice="original"),
    Case("two days where 1-3 may choose", stay(2), ((1, 2, "o", "9"),), "18", plan={"choice_lengths": {1, 2, 3}}),
    Case("one day where nobody chooses", stay(1), ((1, 1, "w", "100"),), "100", plan={"choice_lengths": set()}),
    # tiers, each day at its own
    Case("15 days", stay(15), ((1, 15, "w", "100"),), "1500"),
    Case("16 days", stay(16), ((1, 15, "w", "100"), (16, 16, "w", "95")), "1595"),
    Case("30 days", stay(30), ((1, 15, "w", "100"), (16, 30, "w", "95")), "2925"),
    Case("31 days", stay(31), ((1, 15, "w", "100"), (16, 30, "w", "95"), (31, 31, "w", "90")), "3015"),
    Case("45 days", stay(45), ((1, 15, "w", "100"), (16, 30, "w", "95"), (31, 45, "w", "90")), "4275"),
    # tiers, the whole stay at the one it reached
    Case("whole stay, 15 days", stay(15), ((1, 15, "w", "100"),), "1500", plan=WHOLE_STAY),
    Case("whole stay, 16 days", stay(16), ((1, 16, "w", "95"),), "1520", plan=WHOLE_STAY),
    Case("whole stay, 30 days", stay(30), ((1, 30, "w", "95"),), "2850", plan=WHOLE_STAY),
    Case("whole stay, 31 days", stay(31), ((1, 31, "w", "90"),), "2790", plan=WHOLE_STAY),
    Case("whole stay, 45 days", stay(45), ((1, 45, "w", "90"),), "4050", plan=WHOLE_STAY),
    # transfers
    Case(
        "out of whole care in the morning",
        (("1 10:00", "W"), ("3 08:00", "S"), ("6 09:00", "out")),
        ((1, 2, "w", "100"), (3, 5, "o", "9")),
        "227",
    ),
    Case(
        "out of whole care a minute before midnight",
        (("1 10:00", "W"), ("3 23:59", "S"), ("6 09:00", "out")),
        ((1, 2, "w", "100"), (3, 5, "o", "9")),
        "227",
    ),
    Case(
        "out of whole care at midnight",
        (("1 10:00", "W"), ("4 00:00", "S"), ("6 09:00", "out")),
        ((1, 3, "w", "100"), (4, 5, "o", "9")),
        "318",
    ),
    Case(
        "out of whole care a minute after midnight",
        (("1 10:00", "W"), ("4 00:01", "S"), ("6 09:00", "out")),
        ((1, 3, "w", "100"), (4, 5, "o", "9")),
        "318",
    ),
    Case(
        "into whole care at noon",
        (("1 10:00", "S"), ("2 12:00", "W"), ("6 09:00", "out")),
        ((1, 1, "o", "9"), (2, 5, "w", "100")),
        "409",
    ),
    Case(
        "out and back within a day",
        (("1 10:00", "W"), ("2 10:00", "S"), ("2 20:00", "W"), ("6 09:00", "out")),
        ((1, 5, "w", "100"),),
        "500",
    ),
    Case(
        "out and back over midnight",
        (("1 10:00", "W"), ("2 20:00", "S"), ("3 06:00", "W"), ("6 09:00", "out")),
        ((1, 1, "w", "100"), (2, 2, "o", "9"), (3, 5, "w", "100")),
        "409",
    ),
    Case(
        "moved on the day of discharge",
        (("1 10:00", "W"), ("5 08:00", "S"), ("5 11:00", "out")),
        ((1, 4, "w", "100"),),
        "400",
    ),
    Case(
        "the day number goes on across a transfer",
        (("1 10:00", "S"), ("11 10:00", "W"), ("21 09:00", "out")),
        ((1, 10, "o", "9"), (11, 15, "w", "100"), (16, 20, "w", "95")),
        "1065",
    ),
    Case(
        "the day number counts whole care only",
        (("1 10:00", "S"), ("11 10:00", "W"), ("21 09:00", "out")),
        ((1, 10, "o", "9"), (11, 20, "w", "100")),
        "1090",
        plan=BY_WHOLE,
    ),
    Case(
        "whole care only, interrupted before the boundary",
        (("1 10:00", "W"), ("11 10:00", "S"), ("21 10:00", "W"), ("31 09:00", "out")),
        # numbers 1-10 on days 1-10 and 11-20 on days 21-30: the 16th is day 26
        ((1, 10, "w", "100"), (11, 20, "o", "9"), (21, 25, "w", "100"), (26, 30, "w", "95")),
        "2065",
        plan=BY_WHOLE,
    ),
    Case(
        "whole stay with a transfer: the stay of 20 days reached the second tier",
        (("1 10:00", "S"), ("11 10:00", "W"), ("21 09:00", "out")),
        ((1, 10, "o", "9"), (11, 20, "w", "95")),
        "1040",
        plan=WHOLE_STAY,
    ),
    Case(
        "whole stay by days of whole care: ten of them",
        (("1 10:00", "S"), ("11 10:00", "W"), ("21 09:00", "out")),
        ((1, 10, "o", "9"), (11, 20, "w", "100")),
        "1090",
        plan={**WHOLE_STAY, **BY_WHOLE},
    ),
    Case(
        "three days, one of them elsewhere, whole care chosen",
        (("1 10:00", "S"), ("2 09:00", "W"), ("4 09:00", "out")),
        ((1, 1, "o", "9"), (2, 3, "w", "100")),
        "209",
        choice="whole",
    ),
    # leave
    Case(
        "two nights on leave",
        stay(10),
        ((1, 2, "w", "100"), (3, 4, "l", "0"), (5, 10, "w", "100")),
        "800",
        leaves=(("3 16:00", "5 09:00"),),
    ),
    Case("on leave by day only", stay(5), ((1, 5, "w", "100"),), "500", leaves=(("3 08:00", "3 20:00"),)),
    Case(
        "leave over the 15/16 boundary",
        stay(20),
        ((1, 14, "w", "100"), (15, 16, "l", "0"), (17, 20, "w", "95")),
        "1780",
        leaves=(("15 16:00", "17 09:00"),),
    ),
    Case(
        "leave over the boundary, the number stands still",
        stay(20),
        # day 17 is number 15, days 18-20 are numbers 16-18
        ((1, 14, "w", "100"), (15, 16, "l", "0"), (17, 17, "w", "100"), (18, 20, "w", "95")),
        "1785",
        leaves=(("15 16:00", "17 09:00"),),
        rules={"number_leave": False},
    ),
    Case(
        "leave over the 30/31 boundary",
        stay(33),
        # 15 x 100 + 14 x 95 (16-29) + 2 x 90 (32, 33)
        ((1, 15, "w", "100"), (16, 29, "w", "95"), (30, 31, "l", "0"), (32, 33, "w", "90")),
        "3010",
        leaves=(("30 18:00", "32 08:00"),),
    ),
    Case(
        "a leave until midnight ends with the day",
        stay(5),
        ((1, 1, "w", "100"), (2, 2, "l", "0"), (3, 5, "w", "100")),
        "400",
        leaves=(("2 16:00", "3 00:00"),),
    ),
    Case(
        "a leave from midnight begins with the day",
        stay(5),
        ((1, 2, "w", "100"), (3, 3, "l", "0"), (4, 5, "w", "100")),
        "400",
        leaves=(("3 00:00", "4 07:00"),),
    ),
    Case(
        "one night away is charged where only whole days away are not",
        stay(5),
        ((1, 5, "w", "100"),),
        "500",
        leaves=(("3 16:00", "4 09:00"),),
        rules={"leave": "whole_day"},
    ),
    Case(
        "a whole day away",
        stay(5),
        ((1, 2, "w", "100"), (3, 3, "l", "0"), (4, 5, "w", "100")),
        "400",
        leaves=(("2 16:00", "4 09:00"),),
        rules={"leave": "whole_day"},
    ),
    Case(
        "leave is charged",
        stay(5),
        ((1, 5, "w", "100"),),
        "500",
        leaves=(("2 16:00", "4 09:00"),),
        rules={"leave": "charged"},
    ),
    Case(
        "discharged from leave",
        stay(6, end="10:00"),
        ((1, 3, "w", "100"), (4, 6, "l", "0")),
        "300",
        leaves=(("4 10:00", "7 10:00"),),
    ),
    # prices and rounding
    Case(
        "the price changes in mid-stay",
        stay(6),
        ((1, 3, "w", "100"), (4, 6, "w", "120")),
        "660",
        prices=((1, "100"), (4, "120")),
    ),
    Case(
        "the price changes at the boundary",
        stay(17),
        # 110.10 x 95 % = 104.595, rounded 104.60
        ((1, 15, "w", "100"), (16, 17, "w", "104.60")),
        "1709.20",
        prices=((1, "100"), (16, "110.10")),
    ),
    Case(
        "each day is rounded",
        stay(18),
        # 85.55 x 95 % = 81.2725, rounded 81.27: 15 x 85.55 + 3 x 81.27
        ((1, 15, "w", "85.55"), (16, 18, "w", "81.27")),
        "1527.06",
        prices=((1, "85.55"),),
    ),
    Case(
        "each day is rounded up",
        stay(18),
        ((1, 15, "w", "85.55"), (16, 18, "w", "81.28")),
        "1527.09",
        prices=((1, "85.55"),),
        plan={"method": "up"},
    ),
    Case(
        "each day is rounded to ten cents",
        stay(2),
        ((1, 2, "w", "85.6"),),
        "171.20",
        prices=((1, "85.55"),),
        plan={"rounding": "0.1"},
    ),
    Case(
        "each day is rounded down to a yuan",
        stay(2),
        ((1, 2, "w", "85"),),
        "170",
        prices=((1, "85.55"),),
        plan={"rounding": "1", "method": "down"},
    ),
    # who is still there
    Case("still there on the third day", (("1 10:00", "W"),), ((1, 3, "w", "100"),), "300", through=3),
    Case(
        "still there, the original way may still hold",
        (("1 10:00", "W"),),
        ((1, 3, "o", "9"),),
        "27",
        choice="original",
        through=3,
    ),
    Case(
        "still there, too long for a choice",
        (("1 10:00", "W"),),
        ((1, 4, "w", "100"),),
        "400",
        choice="original",
        through=4,
    ),
    Case(
        "still on leave",
        (("1 10:00", "W"),),
        ((1, 3, "w", "100"), (4, 6, "l", "0")),
        "300",
        leaves=(("4 15:00", None),),
        through=6,
    ),
    # wards, plans, levels
    Case("the ward joins on day 3", stay(5), ((1, 2, "o", "9"), (3, 5, "w", "100")), "318", ward_from=3),
    Case("the plan begins on day 4", stay(5), ((4, 5, "w", "100"),), "200", plan={"date_from": 4}),
    Case("the plan ends on day 2", stay(5), ((1, 2, "w", "100"),), "200", plan={"date_to": 2}),
    Case(
        "the level changes on day 3",
        stay(4, place="S"),
        ((1, 2, "o", "18"), (3, 4, "o", "28")),
        "92",
        levels=(("1 10:00", "2"), ("3 15:00", "1")),
    ),
    Case(
        "special care for two nights",
        stay(4, place="S"),
        ((1, 2, "o", "144"), (3, 4, "o", "9")),
        "306",
        levels=(("1 10:00", "0"), ("3 08:00", "3")),
    ),
    Case(
        "original nursing is charged elsewhere",
        (("1 10:00", "S"), ("3 10:00", "W"), ("6 09:00", "out")),
        ((3, 5, "w", "100"),),
        "300",
        plan={"charge_original": False},
    ),
    Case("no level and none assumed", stay(2, place="S"), ((1, 2, "o", "0"),), "0", plan={"default_level": None}),
    # what a bed-day is
    Case("admitted and discharged around midnight", stay(1, "23:59", "00:01"), ((1, 1, "o", "9"),), "9"),
    Case("from midnight to midnight", stay(2, "00:00", "00:00"), ((1, 2, "w", "100"),), "200"),
    Case(
        "the day of discharge counts",
        stay(3),
        ((1, 4, "w", "100"),),
        "400",
        rules={"count_discharge": True},
    ),
    Case(
        "the day of admission does not count",
        stay(3),
        ((2, 3, "w", "100"),),
        "200",
        rules={"count_admission": False},
    ),
    Case("a same-day stay does not count", SAME_DAY, (), "0", rules={"count_same_day": False}),
    Case(
        "the midnight that begins the day",
        (("1 10:00", "W"), ("3 08:00", "S"), ("6 09:00", "out")),
        ((1, 3, "w", "100"), (4, 5, "o", "9")),
        "318",
        rules={"ward_at": "start"},
    ),
    Case(
        "the midnight that begins the day, on leave",
        stay(6),
        ((1, 2, "w", "100"), (3, 4, "l", "0"), (5, 6, "w", "100")),
        "400",
        leaves=(("2 16:00", "4 09:00"),),
        rules={"ward_at": "start"},
    ),
]
