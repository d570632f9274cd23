"""Several who reconcile the same day at the same moment: one bill, each decision once, and whoever comes second reads why."""

import base64

import pytest

from .conftest import race

CLERKS = 4
HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,"
    "终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,"
    "券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)


@pytest.fixture
def day(database):
    """A day of Alipay with payments and without differences at the campus of the finance clerk."""
    [found] = database(
        """SELECT recon.id, recon.day, recon.merchant_id AS merchant, merchant.merchant_number AS number, recon.bill_id AS bill
             FROM hospital_recon recon JOIN hospital_pay_merchant merchant ON merchant.id = recon.merchant_id
             JOIN hospital_bill bill ON bill.id = recon.bill_id
             JOIN hospital_pay_channel channel ON channel.id = merchant.channel_id AND channel.code = 'alipay'
             JOIN res_users finance ON finance.login = 'finance' AND finance.hospital_campus_id = recon.campus_id
            WHERE recon.state = 'settled' AND bill.source = 'fetched' AND bill.pay_count > 1
            ORDER BY recon.day LIMIT 1"""
    )
    return found


def make_bill(database, day):
    """The lines of that day in Alipay's layout, without one payment and with another that nobody knows."""
    lines = database(
        """SELECT kind, our_number, our_refund_number, channel_number, amount,
                  to_char(at + interval '8 hours', 'YYYY-MM-DD HH24:MI:SS') AS at
             FROM hospital_bill_line WHERE bill_id = %s ORDER BY id""",
        day["bill"],
    )
    paid = [line for line in lines if line["kind"] == "pay" and not line["our_refund_number"]]
    lines.remove(min(paid, key=lambda line: line["amount"]))  # a large one would want a second person
    one = next(line for line in lines if line["kind"] == "pay")
    lines.append({**one, "our_number": "X20260101000000009", "channel_number": "2026X9", "amount": 9})
    out = ["#支付宝业务明细查询", f"#账号：[{day['number']}]", HEAD]
    for line in lines:
        back = line["kind"] == "refund"
        amount = f"{'-' if back else ''}{line['amount']:.2f}"
        cells = [line["channel_number"], line["our_number"], "退款" if back else "交易", "门诊", line["at"], line["at"], "", "", "",
                 "", "", amount, amount, *["0.00"] * 5, "", "0.00", "0.00", line["our_refund_number"] or "", "0.00", "0.00", ""]  # fmt: skip
        out.append(",".join(f"{cell}\t" for cell in cells))
    out += ["#-----业务明细列表结束-----", ""]
    return "\r\n".join(out).encode("gb18030")


def test_one_day_by_many(rpc, database, day):
    manager = rpc("finance_manager")
    clerks = [rpc("finance") for _clerk in range(CLERKS - 1)] + [manager]
    content = base64.b64encode(make_bill(database, day)).decode()
    vals = {"recon_id": day["id"], "reason": "并发测试", "fetch_again": False}
    manager.call("hospital.bill.delete", "action_delete", [manager.call("hospital.bill.delete", "create", vals)])

    def upload(clerk):
        vals = {"merchant_id": day["merchant"], "day": str(day["day"]), "file": content, "file_name": "bill.csv"}
        wizard = clerk.call("hospital.bill.upload", "create", vals)
        clerk.call("hospital.bill.upload", "action_read", [wizard])
        return lambda: clerk.call("hospital.bill.upload", "action_load", [wizard])

    answers, refusals = race(*[upload(clerk) for clerk in clerks])
    assert len(answers) == 1, [refusal.sentence for refusal in refusals]
    bills = database(
        "SELECT id FROM hospital_bill WHERE merchant_id = %s AND day = %s AND state = 'live'",
        day["merchant"],
        day["day"],
    )
    assert len(bills) == 1

    items = database("SELECT id, key FROM hospital_recon_item WHERE recon_id = %s AND is_live ORDER BY id", day["id"])
    assert len(items) == 2, items
    race(*[lambda clerk=clerk: clerk.call("hospital.recon", "action_match", [day["id"]]) for clerk in clerks])
    again = database("SELECT id, key FROM hospital_recon_item WHERE recon_id = %s AND is_live ORDER BY id", day["id"])
    assert again == items

    def decide(clerk):
        vals = {"item_ids": [[6, 0, [item["id"] for item in items]]], "decision": "book", "reason": "同时处理"}
        wizard = clerk.call("hospital.recon.decide", "create", vals)
        return lambda: clerk.call("hospital.recon.decide", "action_decide", [wizard])

    answers, refusals = race(*[decide(clerk) for clerk in clerks])
    assert len(answers) == 1, [refusal.sentence for refusal in refusals]
    for refusal in refusals:
        assert refusal.name.startswith("odoo.exceptions."), refusal
    made = database("SELECT id, state FROM hospital_pay_order WHERE number = 'X20260101000000009'")
    assert [order["state"] for order in made] == ["paid"]
    decisions = database(
        "SELECT count(*) AS count FROM hospital_recon_log WHERE recon_id = %s AND operation = 'decide'", day["id"]
    )
    assert decisions[0]["count"] == len(items)
    [settled] = database("SELECT state, open_difference FROM hospital_recon WHERE id = %s", day["id"])
    assert (settled["state"], settled["open_difference"]) == ("settled", 0)
