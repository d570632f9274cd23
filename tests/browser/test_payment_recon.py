"""Reconciliation: a wrong bill is deleted, the right one uploaded, its differences decided by two people, down to zero."""

import pytest

from .client import click_button, field_text, fill_field, open_action, open_menu, rows, scope, search, wait_idle

HEADER = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型", "交易状态", "付款银行",
    "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态",
    "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额", "费率备注",
)  # fmt: skip
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
STRANGER = "X20260101000000001"
RECON = "hospital_payment.action_hospital_recon"


@pytest.fixture
def day(database):
    """A settled day of WeChat Pay at a campus of the finance clerk."""
    [found] = database(
        """SELECT recon.id, recon.day, recon.merchant_id AS merchant, merchant.merchant_number AS number
             FROM hospital_recon recon JOIN hospital_pay_merchant merchant ON merchant.id = recon.merchant_id
             JOIN hospital_bill bill ON bill.id = recon.bill_id
             JOIN hospital_pay_channel channel ON channel.id = merchant.channel_id AND channel.code = 'wechat'
             JOIN res_users finance ON finance.login = 'finance' AND finance.hospital_campus_id = recon.campus_id
            WHERE recon.state = 'settled' AND bill.source = 'fetched'
              AND (SELECT count(*) FROM hospital_bill_line line WHERE line.bill_id = bill.id AND line.kind = 'pay') > 10
            ORDER BY recon.day LIMIT 1"""
    )
    return found


@pytest.fixture
def bill(database, day):
    """The channel's file of that day without one of our orders and with one of 1,500 that nobody knows."""
    lines = database(
        """SELECT kind, our_number, our_refund_number, channel_number, amount,
                  to_char(at + interval '8 hours', 'YYYY-MM-DD HH24:MI:SS') AS at
             FROM hospital_bill_line WHERE bill_id = (SELECT bill_id FROM hospital_recon WHERE id = %s) ORDER BY id""",
        day["id"],
    )
    left_out = next(line for line in reversed(lines) if line["kind"] == "pay")
    stranger = {**left_out, "our_number": STRANGER, "channel_number": "4200009", "amount": 1500}
    kept = [line for line in lines if line is not left_out] + [stranger]
    out = [",".join(HEADER)]
    for line in kept:
        back = line["kind"] == "refund"
        values = {
            "交易时间": line["at"], "商户号": day["number"], "微信订单号": "0" if back else line["channel_number"],
            "商户订单号": line["our_number"], "交易状态": "REFUND" if back else "SUCCESS", "手续费": "0.00000",
            "微信退款单号": line["channel_number"] if back else "0", "商户退款单号": line["our_refund_number"] or "0",
            "退款状态": "SUCCESS" if back else "", "订单金额": "0.00" if back else f"{line['amount']:.2f}",
            "申请退款金额": f"{line['amount']:.2f}" if back else "0.00",
        }  # fmt: skip
        out.append("`" + ",`".join(values.get(name, "") for name in HEADER))
    out += [TOTALS, f"`{len(kept)},`0.00,`0.00,`0.00,`0.00,`0.00,`0.00", ""]
    return left_out["our_number"], "\r\n".join(out).encode("utf-8-sig")


def decide(page, number, decision, reason):
    row = rows(page).filter(has_text=number)
    row.locator(".o_list_record_selector input").check()
    wait_idle(page)
    click_button(page, "action_decide")
    scope(page).locator(f".o_field_widget[name='decision'] input[data-value='{decision}']").check()
    fill_field(page, "reason", reason)
    return lambda: click_button(page, "action_decide")


@pytest.mark.proves("S2-7.6", "S2-7.7", "S2-7.8", "S2-7.9")
def test_from_an_unmatched_day_to_zero(as_role, day, bill, database, shot):
    left_out, content = bill
    manager = as_role("finance_manager")
    open_menu(manager, "hospital_payment.menu_hospital_recon")
    shot(manager, "payment_recon_days")
    open_action(manager, RECON, day["id"])
    click_button(manager, "action_delete_bill")
    fill_field(manager, "reason", "渠道账单缺一笔，重新取得文件")
    fill_field(manager, "fetch_again", False)
    shot(manager, "payment_recon_delete")
    click_button(manager, "action_delete")

    finance = as_role("finance")
    open_action(finance, RECON, day["id"])
    click_button(finance, "action_upload")
    with finance.expect_file_chooser() as chooser:
        scope(finance).locator(".o_field_widget[name='file'] button, .o_field_widget[name='file'] label").first.click()
    chooser.value.set_files({"name": f"{day['number']}.csv", "mimeType": "text/csv", "buffer": content})
    wait_idle(finance)
    click_button(finance, "action_read")
    count = database("SELECT our_pay_count AS pays FROM hospital_recon WHERE id = %s", day["id"])[0]["pays"]
    assert field_text(finance, "pay_count") == str(count), "one is missing and one is new"
    shot(finance, "payment_recon_upload")
    click_button(finance, "action_load")
    assert field_text(finance, "open_count") == "2"
    shot(finance, "payment_recon_open")

    click_button(finance, "action_items")
    assert rows(finance).count() == 2
    shot(finance, "payment_recon_differences")
    decide(finance, left_out, "ignore", "渠道次日补入账单")()
    press = decide(finance, STRANGER, "book", "系统中断期间收款，已与患者核对")
    shot(finance, "payment_recon_decide")
    press()
    [waiting] = database(
        "SELECT id, state FROM hospital_recon_item WHERE recon_id = %s AND our_number = %s", day["id"], STRANGER
    )
    assert waiting["state"] == "second", "1,500 is more than one person decides"

    open_action(manager, "hospital_payment.action_hospital_recon_item", waiting["id"])
    click_button(manager, "action_confirm")
    shot(manager, "payment_recon_confirmed")

    open_action(finance, RECON, day["id"])
    shot(finance, "payment_recon_settled")
    [settled] = database("SELECT state, open_count, open_difference FROM hospital_recon WHERE id = %s", day["id"])
    assert (settled["state"], settled["open_count"], settled["open_difference"]) == ("settled", 0, 0)
    assert rows(finance).count() >= 2
    click_button(finance, "action_details")
    search(finance, STRANGER)
    assert rows(finance).count() == 1
    operations = [
        row["operation"]
        for row in database("SELECT operation FROM hospital_recon_log WHERE recon_id = %s ORDER BY id", day["id"])
    ]
    for wanted in ("delete", "upload", "decide", "confirm", "settle"):
        assert wanted in operations, operations


@pytest.mark.proves("S2-7.5", "S2-7.10")
def test_summary_and_analysis(as_role, database, shot):
    finance = as_role("finance")
    [first] = database("SELECT min(day) AS day FROM hospital_recon")
    open_menu(finance, "hospital_payment.menu_hospital_pay_summary_report")
    scope(finance).locator(
        ".o_field_widget[name='date_from'] input, .o_field_widget[name='date_from'] button"
    ).first.wait_for()
    shot(finance, "payment_recon_summary")
    open_action(finance, "hospital_payment.action_hospital_pay_summary")
    finance.locator(".o_pivot table").wait_for()
    shot(finance, "payment_recon_summary_pivot")
    open_action(finance, "hospital_payment.action_hospital_recon_analysis")
    finance.locator(".o_pivot table").wait_for()
    shot(finance, "payment_recon_analysis")
    assert first["day"]
