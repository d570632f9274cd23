"""Bills as the channels write them, for their far sides and for tests."""

import csv
import io
import zipfile
from decimal import Decimal

from .common import AHEAD
from .layouts import names
from .unionpay import places

CENTS = Decimal("0.01")


def _time(line, pattern="%Y-%m-%d %H:%M:%S"):
    return (line.at + AHEAD).strftime(pattern)


def _sum(lines, kind):
    return sum((line.amount for line in lines if line.kind == kind), Decimal(0)).quantize(CENTS)


# === WECHAT ===


def wechat(lines, appid="", mchid="", layout="wechat_trade_ALL", goods="门诊缴费"):
    """UTF-8 with BOM; amounts of the order are 0.00 on lines of refunds."""
    lines = list(lines)
    header = names(layout)
    old = layout != "wechat_trade_ALL"
    out = ["\ufeff" + ",".join(header)]
    for line in lines:
        out.append("`" + ",`".join(_wechat_cells(line, header, appid, mchid, goods)))
    total = names("wechat_v2_old_summary" if old else "wechat_trade_summary")
    paid, refunded = _sum(lines, "pay"), _sum(lines, "refund")
    fees = sum((line.fee for line in lines), Decimal(0))
    values = {
        "总交易单数": str(len(lines)), "应结订单总金额": str(paid), "总交易额": str(paid), "退款总金额": str(refunded),
        "总退款金额": str(refunded), "手续费总金额": f"{fees:.5f}", "订单总金额": str(paid), "申请退款总金额": str(refunded),
    }  # fmt: skip
    out += [",".join(total), "`" + ",`".join(values.get(name, "0.00") for name in total)]
    return "\r\n".join([*out, ""]).encode()


def _wechat_cells(line, header, appid, mchid, goods):
    is_refund = line.kind == "refund"
    state, _space, refund_state = line.state_text.partition(" ")
    paid, back = ("0.00", str(line.amount)) if is_refund else (str(line.amount), "0.00")
    values = {
        "交易时间": _time(line), "公众账号ID": appid, "商户号": mchid, "特约商户号": "0", "子商户号": "0", "设备号": "",
        "微信订单号": "0" if is_refund and "微信退款单号" in header else line.channel_number, "商户订单号": line.our_number,
        "用户标识": "oSANDBOX", "交易类型": "MICROPAY", "交易状态": state, "付款银行": "OTHERS", "货币种类": "CNY",
        "应结订单金额": paid, "总金额": paid, "代金券金额": "0.00", "代金券或立减优惠金额": "0.00",
        "微信退款单号": line.channel_number if is_refund else "0", "商户退款单号": line.our_refund_number or "0",
        "退款金额": back, "充值券退款金额": "0.00", "代金券或立减优惠退款金额": "0.00",
        "退款类型": "ORIGINAL" if is_refund else "", "退款状态": refund_state or ("SUCCESS" if is_refund else ""),
        "退款申请时间": _time(line), "退款成功时间": _time(line), "商品名称": goods, "商户数据包": "",
        "手续费": f"{line.fee:.5f}", "费率": "0.60%", "订单金额": paid, "申请退款金额": back, "费率备注": "",
    }  # fmt: skip
    return [values[name] for name in header]


# === ALIPAY ===


def alipay(lines, seller="", day=None):
    """An archive in GBK, the totals first; cells end with a tab."""
    lines = list(lines)
    stamp = day.strftime("%Y%m%d") if day else "00000000"
    details = [
        "#支付宝业务明细查询", f"#账号：[{seller}]", f"#起始日期：[{stamp}]",
        "#-----------------------------------------业务明细列表----------------------------------------",
    ]  # fmt: skip
    details.append(_csv_row(names("alipay_trade")))
    details += [_csv_row(f"{cell}\t" for cell in _alipay_cells(line)) for line in lines]
    details += ["#-----------------------------------------业务明细列表结束------------------------------------", ""]
    total = {
        "门店编号": "合计", "交易订单总笔数": str(sum(line.kind == "pay" for line in lines)),
        "退款订单总笔数": str(sum(line.kind == "refund" for line in lines)),
        "订单金额（元）": str(_sum(lines, "pay") - _sum(lines, "refund")),
    }  # fmt: skip
    head = names("alipay_trade_summary")
    summary = [
        "#支付宝业务汇总查询",
        _csv_row(head),
        _csv_row(total.get(name, "") for name in head),
        "#业务汇总列表结束",
        "",
    ]
    return _archive(
        {f"{seller}_{stamp}_业务明细(汇总).csv": summary, f"{seller}_{stamp}_业务明细.csv": details}, "gb18030"
    )


def _alipay_cells(line):
    sign = "-" if line.kind == "refund" else ""
    values = {
        "支付宝交易号": line.channel_number, "商户订单号": line.our_number,
        "业务类型": "退款" if line.kind == "refund" else "交易", "商品名称": "门诊缴费   ", "创建时间": _time(line),
        "完成时间": _time(line), "对方账户": "*沙(138******00)", "订单金额（元）": f"{sign}{line.amount}",
        "商家实收（元）": f"{sign}{line.amount}", "退款批次号/请求号": line.our_refund_number,
        "服务费（元）": str((-line.fee).quantize(CENTS)), "分润（元）": "0.00",
    }  # fmt: skip
    return [values.get(name, "0.00" if name.endswith("（元）") else "") for name in names("alipay_trade")]


def _csv_row(cells):
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(list(cells))
    return stream.getvalue()


def _archive(files, charset):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            info = _GbkName(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, "\r\n".join(rows).encode(charset))
    return stream.getvalue()


class _GbkName(zipfile.ZipInfo):
    """Alipay writes the names in its archives in GBK, without saying so."""

    def _encodeFilenameFlags(self):  # noqa: N802 the name is Python's
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800


# === UNIONPAY ===


def unionpay(lines, mer_id="", day=None):
    """The list of transactions and the empty list of errors beside it."""
    stamp = day.strftime("%y%m%d") if day else "000000"
    rows = [unionpay_line(line, mer_id) for line in lines]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"INN{stamp}88ZME_{mer_id}", b"")
        archive.writestr(f"INN{stamp}88ZM_{mer_id}", b"".join(row + b"\r\n" for row in rows))
    return stream.getvalue()


def unionpay_line(line, mer_id=""):
    is_refund = line.kind == "refund"
    fee, sign = abs(line.fee), "C" if line.fee < 0 else "D"
    values = {
        "交易代码": "S22", "交易传输时间": _time(line, "%m%d%H%M%S"), "帐号": "621234******0000",
        "交易金额": f"{int(line.amount * 100):012d}", "查询流水号": line.channel_number,
        "商户订单号": line.our_refund_number if is_refund else line.our_number,
        "商户手续费": f"{sign}{int(fee * 100):012d}",
        "结算金额": f"{'D' if is_refund else 'C'}{int((line.amount - fee) * 100):012d}",
        "交易类型": line.state_text if line.state_text.isdigit() else ("04" if is_refund else "01"),
        "交易子类": "00" if is_refund else "06", "业务类型": "000000", "商户代码": mer_id,
        "原始交易订单号": line.our_number if is_refund else "",
    }  # fmt: skip
    row = bytearray()
    for name, (start, end) in places().items():
        row += values.get(name, "").encode("gb18030")[: end - start].ljust(end - start) + b" "
    return bytes(row)
