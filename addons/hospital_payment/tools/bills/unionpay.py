"""Transactions file (ZM) of UnionPay: fixed widths in bytes, amounts in cents, times without a year, no header."""

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from ..numbers import from_unionpay
from ..units import beijing_now
from .common import AHEAD, BillError, BillLine, opened
from .layouts import layouts

LAYOUT = "unionpay_ZM"
WIDTH = re.compile(r"fixed width (\d+)")
LAST = "商户代码"
"""Shorter lines than up to here are cut off; what follows is not in every layout."""
PAYMENT, VOID, REFUND = "01", "31", "04"


@lru_cache(maxsize=1)
def places():
    """{name: (start, end)} in bytes; one separator follows every field."""
    found, start = {}, 0
    for column in layouts()[LAYOUT]:
        width = int(WIDTH.search(column.note)[1])
        found[column.name] = (start, start + width)
        start += width + 1
    return found


def lines(content, day=None):
    where = places()
    least = where[LAST][1]
    today = day or beijing_now().date()
    for number, line in enumerate(opened(content, _transactions), 1):
        line = line.rstrip(b"\r\n")
        if not line.strip():
            continue
        if len(line) < least:
            raise BillError("short", line=number)
        if one := _line(_reader(line, where, number), today):
            yield one


def _transactions(names):
    """Not the file of errors (ZME) beside it."""
    files = [name for name in names if "ZM" in name.upper() and "ZME" not in name.upper()]
    return next(iter(files), None)


def _reader(line, where, number):
    def cell(name):
        start, end = where[name]
        return line[start:end].decode("gb18030", "replace").strip()

    cell.number = number
    return cell


def _line(cell, today):
    kind = cell("交易类型")
    if kind not in (PAYMENT, VOID, REFUND):
        return None  # a balance inquiry or the like moves no money of ours
    own = cell("商户订单号")
    is_refund = kind != PAYMENT
    return BillLine(
        "refund" if is_refund else "pay",
        from_unionpay(cell("原始交易订单号")) if is_refund else own,
        from_unionpay(own) if is_refund else "",
        cell("查询流水号"),
        _cents(cell, "交易金额"),
        _signed(cell, "商户手续费"),
        _moment(cell, "交易传输时间", today),
        kind,
    )


def _cents(cell, name):
    written = cell(name)
    if not written.isdigit():
        raise BillError("value", line=cell.number, column=name, value=written)
    return Decimal(written) / 100


def _signed(cell, name):
    """D: taken from the merchant; C: given to him."""
    written = cell(name)
    if not written:
        return Decimal(0)
    if written[0] not in "CD" or not written[1:].isdigit():
        raise BillError("value", line=cell.number, column=name, value=written)
    return Decimal(written[1:]) / (100 if written[0] == "D" else -100)


def _moment(cell, name, today):
    """Of the year in which it lies nearest before the day of the bill."""
    written = cell(name)
    for year in (today.year, today.year - 1):
        try:
            found = datetime.strptime(f"{year}{written}", "%Y%m%d%H%M%S")
        except ValueError:
            continue
        if (found.date() - today).days <= 2:
            return found - AHEAD
    raise BillError("value", line=cell.number, column=name, value=written)
