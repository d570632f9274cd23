import gzip
import io
import time
import tracemalloc
import zipfile
from datetime import date, datetime
from decimal import Decimal

from odoo.tests import BaseCase, TransactionCase, tagged

from ..tools.bills import BillError, BillLine, parse, writing
from ..tools.bills.layouts import layouts, names, which

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, 0)


def line(number, kind="pay", amount="12.34", state=None, at=NOON):
    """As a bill gives it back."""
    order = f"P20261120{number:09d}"
    refund = f"R20261120{number:09d}-1" if kind == "refund" else ""
    state = state or ("REFUND SUCCESS" if kind == "refund" else "SUCCESS")
    fee = Decimal("-0.07") if kind == "refund" else Decimal("0.07")
    return BillLine(kind, order, refund, f"42000{number:016d}", Decimal(amount), fee, at, state)


LINES = [line(1), line(2, amount="0.01"), line(3, "refund"), line(4, amount="100000.00"), line(5, "refund", "0.02")]


def key(one):
    return one._replace(state_text="")


@tagged("post_install", "-at_install")
class TestBills(BaseCase):
    """Bills in all layouts of the channels, packed and unpacked, whole and damaged."""

    def same(self, channel, content, wanted=LINES, day=DAY):
        found = list(parse(channel, content, day))
        self.assertEqual([key(one) for one in found], [key(one) for one in wanted])
        return found

    def wrong(self, channel, content, reason, day=DAY):
        with self.assertRaises(BillError) as caught:
            list(parse(channel, content, day))
        self.assertEqual(caught.exception.reason, reason, str(caught.exception))
        return str(caught.exception)

    # === WECHAT ===

    def test_wechat_layouts(self):
        found = self.same("wechat", writing.wechat(LINES))
        self.assertEqual([one.state_text for one in found][:3], ["SUCCESS", "SUCCESS", "REFUND SUCCESS"])
        self.same("wechat", writing.wechat(LINES, layout="wechat_v2_old_ALL"))
        payments = [one for one in LINES if one.kind == "pay"]
        self.same("wechat", writing.wechat(payments, layout="wechat_v2_old_SUCCESS"), payments)
        refunds = [one for one in LINES if one.kind == "refund"]
        self.same("wechat", writing.wechat(refunds, layout="wechat_v2_old_REFUND"), refunds)

    def test_wechat_in_every_packing(self):
        content = writing.wechat(LINES)
        text = content.decode("utf-8-sig")
        for packed in (
            gzip.compress(content),
            text.encode(),
            text.encode("gb18030"),
            text.encode("utf-16"),
            text.replace("\r\n", "\n").encode(),
            text.replace("\r\n", "\r\n\r\n").encode(),
        ):
            self.same("wechat", packed)

    def test_wechat_by_names_not_by_places(self):
        """Columns in another order, a new one between them, and a file that went through a spreadsheet."""
        rows = [row.split(",`") for row in writing.wechat(LINES).decode("utf-8-sig").split("\r\n")[1 : len(LINES) + 1]]
        header = names("wechat_trade_ALL")
        cells = [dict(zip(header, [row[0][1:], *row[1:]], strict=True)) for row in rows]
        mixed = ["新的一列", *reversed(header)]
        ticked = "\n".join("`" + ",`".join(row.get(name, "x") for name in mixed) for row in cells)
        self.same("wechat", f"{','.join(mixed)}\n{ticked}\n".encode())
        quoted = "\n".join(",".join(f'"`{row.get(name, "x")}"' for name in mixed) for row in cells)
        self.same("wechat", f"{','.join(mixed)}\n{quoted}\n".encode())
        slashed = "\n".join(
            ",".join(row[name].replace("2026-11-20 12:00:00", "2026/11/20 12:00") for name in header) for row in cells
        )
        self.same("wechat", f"{','.join(header)}\n{slashed}\n".encode())

    def test_wechat_goods_with_commas(self):
        self.same("wechat", writing.wechat(LINES, goods='检查费,"B超",复查'))

    def test_wechat_taken_back(self):
        taken_back = line(6, "refund")._replace(state_text="REVOKED SUCCESS", our_refund_number="")
        self.same("wechat", writing.wechat([line(6), taken_back]), [line(6), taken_back])

    def test_wechat_damaged(self):
        content = writing.wechat(LINES)
        rows = content.split(b"\r\n")
        self.wrong("wechat", b"", "empty")
        self.wrong("wechat", b"  \r\n", "empty")
        self.wrong("wechat", b"\r\n".join([rows[0], *rows[2:]]), "count")
        self.wrong("wechat", b"\r\n".join([rows[0], rows[1][:60]]), "cells")
        self.wrong("wechat", content.replace(b"12.34", b"12,x"), "value")
        self.wrong("wechat", gzip.compress(content)[:-40], "packed")
        self.wrong("wechat", "随便什么,东西\r\n1,2".encode(), "header")
        said = self.wrong("wechat", content.replace("商户订单号".encode(), "商家单号".encode()), "columns")
        self.assertIn("商户订单号", said)
        fund = ",".join(names("wechat_fund"))
        self.assertIn("wechat_fund", self.wrong("wechat", fund.encode(), "other"))
        self.wrong("wechat", writing.alipay(LINES, "2088", DAY), "header")

    def test_wechat_day_without_lines(self):
        self.same("wechat", writing.wechat([]), [])

    # === ALIPAY ===

    def test_alipay_archive(self):
        found = self.same("alipay", writing.alipay(LINES, "2088102", DAY))
        self.assertEqual([one.state_text for one in found][:3], ["交易", "交易", "退款"])

    def test_alipay_text(self):
        with zipfile.ZipFile(io.BytesIO(writing.alipay(LINES, "2088102", DAY)), metadata_encoding="gb18030") as archive:
            details = archive.read("2088102_20261120_业务明细.csv")
            self.assertIn("汇总", archive.namelist()[0], "the totals come first")
        self.same("alipay", details)
        self.same("alipay", details.decode("gb18030").encode("utf-8-sig"))
        self.same("alipay", details.replace("（元）".encode("gb18030"), "(元)".encode("gb18030")))
        self.wrong("alipay", details[: details.rindex(b"#")], "end")

    def test_alipay_damaged(self):
        content = writing.alipay(LINES, "2088102", DAY)
        self.wrong("alipay", content[:-30], "packed")
        self.wrong("alipay", b"PK\x03\x04rubbish", "packed")
        account = ",".join(names("alipay_signcustomer")).encode("gb18030")
        self.assertIn("alipay_signcustomer", self.wrong("alipay", account, "other"))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("readme.pdf", b"x")
        self.wrong("alipay", stream.getvalue(), "member")

    # === UNIONPAY ===

    def test_unionpay_file(self):
        theirs = [one._replace(our_refund_number=one.our_refund_number.replace("-", "Z")) for one in LINES]
        content = writing.unionpay(theirs, "777290058110048", DAY)
        found = self.same("unionpay", content)
        self.assertEqual([one.state_text for one in found][:3], ["01", "01", "04"])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            plain = archive.read(archive.namelist()[1])
        self.assertEqual(len(plain.split(b"\r\n")[0]), 608)
        self.same("unionpay", plain)
        older = b"\n".join(row[:440] for row in plain.split(b"\r\n"))  # without the last columns
        self.assertEqual(len(list(parse("unionpay", older, DAY))), len(LINES))
        self.wrong("unionpay", plain[:300], "short")
        self.wrong("unionpay", plain.replace(b"000000001234", b"00000000123x"), "value")

    def test_unionpay_year(self):
        """The file has no years: one of the last day of the year that is read in January."""
        late = line(1, at=datetime(2026, 12, 31, 15, 59, 59))
        content = writing.unionpay([late], "777290058110048", DAY)
        self.same("unionpay", content, [late], date(2026, 12, 31))
        self.same("unionpay", content, [late], date(2027, 1, 1))
        leap = line(1, at=datetime(2028, 2, 28, 17, 0))
        self.same("unionpay", writing.unionpay([leap]), [leap], date(2028, 2, 29))

    def test_unionpay_other_transactions(self):
        inquiry = writing.unionpay_line(line(1)._replace(state_text="71"))
        self.assertEqual(list(parse("unionpay", inquiry, DAY)), [])

    # === ALL ===

    def test_layouts(self):
        self.assertEqual({name: len(columns) for name, columns in layouts().items()}["wechat_trade_ALL"], 27)
        self.assertEqual(sum(map(len, layouts().values())), 214)
        for layout in layouts():
            if not layout.endswith("summary") and layout != "unionpay_ZM":
                self.assertEqual(which(names(layout)), layout)
        self.assertIsNone(which(["a", "b", "c"]))
        self.wrong("cash", b"x", "channel")


@tagged("post_install", "-at_install", "slow")
class TestLargeBills(BaseCase):
    def test_two_hundred_thousand_lines(self):
        """Read line by line: fast, and without holding the bill in memory."""
        count = 200_000
        made = [line(number, "refund" if number % 9 == 0 else "pay") for number in range(count)]
        for channel, content in (
            ("wechat", gzip.compress(writing.wechat(made), 1)),
            ("alipay", writing.alipay(made, "2088102", DAY)),
            ("unionpay", writing.unionpay(made, "777290058110048", DAY)),
        ):
            tracemalloc.start()
            for number, _line in enumerate(parse(channel, content, DAY)):
                if number == 2000:
                    break
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            self.assertLess(peak, 8 * 1024 * 1024, channel)
            start = time.monotonic()
            total = sum(one.amount for one in parse(channel, content, DAY))
            seconds = time.monotonic() - start
            self.assertEqual(total, Decimal("12.34") * count)
            self.assertLess(seconds, 20, f"{channel}: {seconds:.1f} s")


@tagged("post_install", "-at_install")
class TestBillSentences(TransactionCase):
    def test_every_fault_can_be_said(self):
        for content, reason in (
            (b"", "empty"),
            (b"a,b\n1,2", "header"),
            (",".join(names("wechat_fund")).encode(), "other"),
        ):
            with self.assertRaises(BillError) as caught:
                list(parse("wechat", content))
            self.assertEqual(caught.exception.reason, reason)
            self.assertEqual(caught.exception.sentence(self.env(context={"lang": "en_US"})), str(caught.exception))
