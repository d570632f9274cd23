"""Statements of banks and of card machines, as CSV or Excel, read as a layout says."""

import csv
import io
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import pytz
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

OUR_NUMBER = re.compile(r"P\d{17}(?!\d)")
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日")
TIME_FORMATS = ("%H:%M:%S", "%H%M%S", "%H:%M")
LONGEST = 200_000


class StatementLine(NamedTuple):
    """The attributes of a line of `tools.bills`."""

    kind: str
    our_number: str
    our_refund_number: str
    channel_number: str
    amount: Decimal
    fee: Decimal
    at: datetime
    state_text: str


class StatementError(Exception):
    """A file that cannot be taken: ``reason`` with its ``values``."""

    def __init__(self, reason, **values):
        super().__init__(reason)
        self.reason = reason
        self.values = values


def rows_of(content):
    """The cells of the file, whatever kind of file it is."""
    if content[:4] == b"PK\x03\x04":
        try:
            sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        except (InvalidFileException, KeyError, IndexError, ValueError, zipfile.BadZipFile):
            raise StatementError("file") from None
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise StatementError("old")
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise StatementError("file")
    if "\0" in text or not text.strip():
        raise StatementError("file")
    first = text[:20_000]
    delimiter = max(",\t;|", key=first.count)
    return [[cell.strip().strip("`\t") for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]


def lines_of(content, layout, zone):
    """(lines, merchant numbers) of a statement. Everything that is wrong is told with the number of its row."""
    rows = rows_of(content)
    if len(rows) > LONGEST:
        raise StatementError("long", most=LONGEST)
    start, places = _header(rows, layout)
    lines, merchants = [], set()
    for number, row in enumerate(rows[start + 1 :], start + 2):
        cells = {name: row[place] for name, place in places.items() if place < len(row)}
        if cells.get("date") in (None, "") or not _is_line(cells, layout):
            continue
        line = _line(cells, layout, zone, number)
        if line:
            lines.append(line)
            if cells.get("merchant"):
                merchants.add(_text(cells["merchant"]))
    if not lines:
        raise StatementError("empty")
    return lines, merchants


def _header(rows, layout):
    """Banks write their letterhead above the table: the row that has all headings begins it."""
    wanted = {name: layout[name] for name in _COLUMNS if layout.get(name)}
    best = set(wanted.values())
    for number, row in enumerate(rows[:60]):
        names = [_text(cell) for cell in row]
        missing = {title for title in wanted.values() if title not in names}
        if not missing:
            return number, {name: names.index(title) for name, title in wanted.items()}
        best = min(best, missing, key=len)
    raise StatementError("columns", columns="、".join(sorted(best)))


_COLUMNS = ("date", "time", "amount", "in", "out", "kind", "reference", "order", "note", "fee", "merchant")


def _is_line(cells, layout):
    """Whether it is one of the table: sums below it have no date, or words in its place."""
    value = cells["date"]
    return isinstance(value, (date, datetime)) or any(char.isdigit() for char in _text(value)[:4])


def _line(cells, layout, zone, number):
    kind_text = _text(cells.get("kind"))
    if kind_text in layout["skip_words"]:
        return None
    amount = _amount(cells, layout, number)
    if not amount:
        return None
    is_refund = kind_text in layout["refund_words"] if layout["sign"] == "word" else amount < 0
    ours = _text(cells.get("order"))
    if not ours and (found := OUR_NUMBER.search(_text(cells.get("note")))):
        ours = found[0]
    local = zone.localize(_moment(cells, layout, number))
    return StatementLine(
        "refund" if is_refund else "pay",
        ours,
        "",
        _text(cells.get("reference")),
        abs(amount),
        _money(cells.get("fee"), number, layout["fee"]),
        local.astimezone(pytz.utc).replace(tzinfo=None),
        kind_text,
    )


def _amount(cells, layout, number):
    if layout["sign"] != "columns":
        return _money(cells.get("amount"), number, layout["amount"])
    came = _money(cells.get("in"), number, layout["in"])
    return abs(came) if came else -abs(_money(cells.get("out"), number, layout["out"]))


def _money(value, number, column):
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value)).quantize(Decimal("0.01"))
    text = _text(value).replace(",", "").replace("￥", "").replace("¥", "").strip()
    if not text or text == "-":
        return Decimal(0)
    try:
        return Decimal(text)
    except InvalidOperation:
        raise StatementError("value", row=number, column=column, value=text) from None


def _moment(cells, layout, number):
    value, clock = cells["date"], cells.get("time")
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time.min)
    else:
        moment = _parsed(f"{_text(value)} {_text(clock)}".strip() if clock and layout["date_format"] else _text(value),
                         layout, number)  # fmt: skip
        if layout["date_format"]:
            return moment
    if isinstance(clock, datetime):
        clock = clock.time()
    if isinstance(clock, time):
        return datetime.combine(moment.date(), clock)
    for pattern in TIME_FORMATS:
        try:
            return datetime.combine(moment.date(), datetime.strptime(_text(clock), pattern).time())
        except ValueError:
            continue
    return moment


def _parsed(text, layout, number):
    patterns = [layout["date_format"]] if layout["date_format"] else [
        pattern for day in DATE_FORMATS for pattern in (*(f"{day} {clock}" for clock in TIME_FORMATS), day)
    ]  # fmt: skip
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    raise StatementError("value", row=number, column=layout["date"], value=text)


def _text(value):
    """A cell as text: Excel holds long numbers as such."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip().lstrip("`'").strip()
