"""Transaction bill of Alipay: an archive, GBK, comments before and after, cells filled up with spaces and tabs."""

import csv

from .common import BillError, BillLine, Columns, moment, money, opened, texts

LAYOUTS = ("alipay_trade",)
WANTED = {
    "channel_number": ("支付宝交易号",),
    "our_number": ("商户订单号",),
    "type": ("业务类型",),
    "created_at": ("创建时间",),
    "at": ("完成时间",),
    "amount": ("订单金额（元）", "订单金额"),
    "refund_number": ("退款批次号/请求号", "退款批次号"),
    "fee": ("服务费（元）", "服务费"),
}
OPTIONAL = {"created_at", "refund_number", "fee"}
END = "列表结束"


def lines(content, _day=None):
    columns, commented, ended = None, False, False
    rows = texts(opened(content, _details))
    for number, text in rows:
        if text.lstrip('\ufeff "').startswith("#"):
            commented = True
            ended = ended or END in text
            continue
        cells = [cell.strip(" \t`") for cell in next(csv.reader([text]))]
        if columns is None:
            columns = Columns(cells, WANTED, OPTIONAL, LAYOUTS)
        elif not ended:
            yield _line(columns, cells, number)
    if columns is None:
        raise BillError("header")
    if commented and not ended:
        raise BillError("end")


def _details(names):
    """The list, not the totals, which may come first."""
    sheets = [name for name in names if name.lower().endswith((".csv", ".txt"))]
    details = [name for name in sheets if "汇总" not in name]
    return next((name for name in details if "明细" in name), next(iter(details), None))


def _line(columns, cells, number):
    at = columns.at
    if len(cells) < columns.size:
        raise BillError("cells", line=number, has=len(cells), wanted=columns.size)

    def cell(key):
        place = at[key]
        return "" if place is None else cells[place]

    amount = money(cell("amount"), number, columns.name("amount"))
    fee = money(cell("fee"), number, columns.name("fee")) if at["fee"] is not None else money("", number, "")
    is_refund = "退款" in cell("type") or amount < 0
    when = "at" if cell("at") else "created_at"
    return BillLine(
        "refund" if is_refund else "pay",
        cell("our_number"),
        cell("refund_number") if is_refund else "",
        cell("channel_number"),
        abs(amount),
        -fee,  # written from the merchant's side: what is taken is negative
        moment(cell(when), number, columns.name(when)),
        cell("type"),
    )
