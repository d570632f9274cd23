"""Numbers of identity documents: pure functions, no record and no database.

A document type is described by :class:`Rules`; :func:`parse` either returns what the number says or raises
:class:`IdentityError` with a reason that the caller turns into a sentence.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import stdnum
from dateutil.relativedelta import relativedelta
from stdnum import numdb

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))

MALE, FEMALE = "1", "2"


class IdentityError(ValueError):
    """A number that cannot belong to the document; ``reason`` is one of the words below, never the number itself."""

    REASONS = ("empty", "pattern", "check", "birth", "future", "age", "region", "country")

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Rules:
    """What a number of one type of document looks like. Positions count from 1, as the standards do; 0 is "none"."""

    pattern: str = ""
    check: str = "none"
    birth_format: str = "none"
    birth_start: int = 0
    sex_position: int = 0
    region_position: int = 0
    region_digits: int = 6
    country_position: int = 0
    country_format: str = "none"
    strict: bool = False
    match_length: int = 0
    max_age: int = 0


@dataclass(frozen=True)
class ParsedDocument:
    number: str
    match_key: str
    birth_date: datetime.date | None = None
    sex: str | None = None
    country: str | None = None


def normalise(number):
    """Trimmed, half-width, upper case, without spaces: the one shape in which numbers are stored and compared."""
    text = unicodedata.normalize("NFKC", number or "").translate(_INVISIBLE)
    return "".join(text.split()).upper()


def check_character(digits):
    """The check character of ISO 7064 MOD 11-2 for the first 17 digits of a number."""
    return _CHECK_CHARACTERS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]


def check_mod11_2(number):
    return len(number) == 18 and number[:17].isdecimal() and number[17] == check_character(number[:17])


@lru_cache(maxsize=4096)
def region_exists(code):
    """Whether GB/T 2260 has, or ever had, this place.

    Counties come and go while the number of a person stays for life: a county missing from the table is
    accepted when its prefecture (the first four digits) is known.
    """
    return _in_region_table(code) or (len(code) == 6 and _in_region_table(code[:4] + "00"))


def _in_region_table(code):
    return all(properties for _part, properties in _region_table().info(code))


@lru_cache(maxsize=1)
def _region_table():
    """The table of python-stdnum, read as a file: Odoo wraps the loader of stdnum and hides its resources."""
    with (Path(stdnum.__file__).parent / "cn" / "loc.dat").open(encoding="utf-8") as table:
        return numdb.read(table)


def resident_18_from_15(number):
    """The 18-character number that replaced a 15-digit one; both name the same person."""
    digits = number[:6] + "19" + number[6:]
    return digits + check_character(digits)


def match_keys(number):
    """Every key under which the owner of this number may be on file."""
    keys = [number]
    if re.fullmatch(r"[1-8]\d{14}", number):
        keys.append(resident_18_from_15(number))
    elif re.fullmatch(r"[1-8]\d{5}19\d{9}[0-9X]", number):
        keys.append(number[:6] + number[8:17])
    elif re.fullmatch(r"[HM]\d{10}", number):
        keys.append(number[:9])
    return keys


def parse(rules, number, *, today=None, countries=None):
    """Check ``number`` against ``rules``.

    ``countries`` answers for a code found in the number whether it exists; it is only asked in strict mode.
    """
    number = normalise(number)
    if not number:
        raise IdentityError("empty")
    if rules.pattern and not re.fullmatch(rules.pattern, number, re.ASCII):
        raise IdentityError("pattern")
    if rules.check == "mod11_2" and not check_mod11_2(number):
        raise IdentityError("check")
    birth_date = _birth_date(rules, number, today or datetime.date.today())  # noqa: DTZ011 the caller knows the hospital's day
    country = _country(rules, number)
    if rules.strict:
        _check_codes(rules, number, country, countries)
    sex = None
    if rules.sex_position:
        sex = MALE if int(number[rules.sex_position - 1]) % 2 else FEMALE
    key = number[: rules.match_length] if rules.match_length else number
    return ParsedDocument(number, key, birth_date, sex, country)


def _check_codes(rules, number, country, countries):
    if rules.region_position:
        start = rules.region_position - 1
        if not region_exists(number[start : start + rules.region_digits]):
            raise IdentityError("region")
    if country and countries and not countries(country):
        raise IdentityError("country")


def _country(rules, number):
    if rules.country_format == "none" or not rules.country_position:
        return None
    return number[rules.country_position - 1 :][:3]


def _birth_date(rules, number, today):
    """The date in the number; none when the number leaves the century open."""
    if rules.birth_format == "none":
        return None
    text = number[rules.birth_start - 1 :][: 8 if rules.birth_format == "yyyymmdd" else 6]
    if rules.birth_format == "yymmdd":
        if not (_date("19" + text) or _date("20" + text)):
            raise IdentityError("birth")
        return None
    birth_date = _date(text if rules.birth_format == "yyyymmdd" else "19" + text)
    if not birth_date:
        raise IdentityError("birth")
    if birth_date > today:
        raise IdentityError("future")
    if rules.max_age and relativedelta(today, birth_date).years > rules.max_age:
        raise IdentityError("age")
    return birth_date


def _date(text):
    try:
        return datetime.datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
