"""The columns of the bills, as the channels describe them."""

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("daily_bill_columns.csv")


class Column(NamedTuple):
    name: str
    type: str
    note: str


@lru_cache(maxsize=1)
def layouts():
    """{layout: [Column]}"""
    found = {}
    with FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found.setdefault(row["channel"], []).append(Column(row["name_zh"], row["type"], row["note"]))
    return found


def names(layout):
    return [column.name for column in layouts()[layout]]


@lru_cache(maxsize=64)
def normal(name):
    """A header as it is compared: without BOM, back-ticks, spaces, and with one kind of brackets."""
    name = name.strip().strip("\ufeff`\"'").replace("（", "(").replace("）", ")")
    return "".join(name.split())


def which(header):
    """The layout whose columns these are, or the one that shares most of them; None when none is near."""
    given = {normal(name) for name in header if name.strip()}

    def nearness(layout):
        known = {normal(name) for name in names(layout)}
        return len(given & known), -len(known)

    best = max(layouts(), key=nearness)
    return best if nearness(best)[0] * 2 > len(given) else None
