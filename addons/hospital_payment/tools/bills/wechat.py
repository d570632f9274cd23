"""Trade bill of WeChat Pay: back-ticks before every cell, two lines of totals at the end."""

import csv
from decimal import Decimal

from .common import BillError, BillLine, Columns, moment, money, opened, texts

LAYOUTS = ("wechat_trade_ALL", "wechat_v2_old_ALL", "wechat_v2_old_SUCCESS", "wechat_v2_old_REFUND")
WANTED = {
    "at": ("交易时间",),
    "channel_number": ("微信订单号",),
    "our_number": ("商户订单号",),
    "state": ("交易状态",),
    "amount": ("订单金额", "总金额"),
    "fee": ("手续费",),
    "refund_number": ("商户退款单号",),
    "refund_id": ("微信退款单号",),
    "refund_amount": ("申请退款金额", "退款金额"),
    "settled_refund": ("退款金额",),
    "refund_state": ("退款状态",),
    "refunded_at": ("退款成功时间",),
}
OPTIONAL = {
    "state", "refund_number", "refund_id", "refund_amount", "settled_refund", "refund_state", "refunded_at", "fee",
}  # fmt: skip
TOTALS = ("总交易单数", "资金流水总笔数")
NOTHING = ("", "0", "0.00")
REFUNDS = ("REFUND", "REVOKED")


def lines(content, _day=None):
    rows = texts(opened(content, _csv))
    columns, count = None, 0
    for number, text in rows:
        cells = _cells(text)
        if columns is None:
            columns = Columns(cells, WANTED, OPTIONAL, LAYOUTS)
        elif cells[0] in TOTALS:
            _check_count(rows, count)
            return
        else:
            count += 1
            yield _line(columns, cells, number)
    if columns is None:
        raise BillError("header")


def _csv(names):
    return next((name for name in names if name.lower().endswith((".csv", ".txt"))), None)


def _cells(text):
    """A comma in the name of the goods separates nothing: the cells begin with a back-tick each."""
    if text.startswith("`"):
        return [cell.strip() for cell in text[1:].split(",`")]
    return [cell.strip().lstrip("`") for cell in next(csv.reader([text]))]


def _check_count(rows, count):
    for _number, text in rows:
        total = _cells(text)[0].split(".")[0]
        if total.isdigit() and int(total) != count:
            raise BillError("count", has=count, wanted=int(total))
        return


def _line(columns, cells, number):
    at = columns.at
    if len(cells) < columns.size:
        raise BillError("cells", line=number, has=len(cells), wanted=columns.size)

    def cell(key):
        place = at[key]
        return "" if place is None else cells[place]

    def cash(key):
        return money(cell(key), number, columns.header[at[key]]) if at[key] is not None else Decimal(0)

    state = cell("state") or "SUCCESS"
    is_refund = state in REFUNDS or cell("refund_number") not in NOTHING or cell("refund_id") not in NOTHING
    if is_refund:
        value = cash("refund_amount") or cash("settled_refund") or cash("amount")  # taken back whole: no refund columns
        when = "refunded_at" if cell("refunded_at") else "at"
    else:
        value, when = cash("amount"), "at"
    return BillLine(
        "refund" if is_refund else "pay",
        cell("our_number"),
        cell("refund_number") if is_refund and cell("refund_number") not in NOTHING else "",
        (cell("refund_id") if is_refund and cell("refund_id") not in NOTHING else "") or cell("channel_number"),
        abs(value),
        cash("fee"),
        moment(cell(when), number, columns.name(when)),
        f"{state} {cell('refund_state')}".strip() if is_refund else state,
    )
