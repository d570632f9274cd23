"""A process is killed at every place of a payment, a reversal and a refund: both books agree in the end, by themselves."""

import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hospital_cli import layout

from .payment_books import CHANNELS, orders_agree, refunds_agree, settle, tasks, where_we_are

SCRIPTS = Path(__file__).parent
CODES = {"wechat": "13000000000000", "alipay": "28000000000000", "unionpay": "620000000000000"}
WORKS = ("pay", "reverse", "refund")
PLACES = ("before", "during", "answered", "told")
PAYS, NEVER_PAYS = "0001", "9002"
EVERYWHERE = bool(os.environ.get("HOSPITAL_PAYMENT_EVERYWHERE"))
"""Every place at every channel; else each place once, at one channel after the other."""
KILLED = 9
CARDS = 8
KILLS_OF_A_BATCH = (0.2, 0.5, 0.3, 0.8)


def run(script, database_name, *arguments, said=None):
    config = os.environ.get("HOSPITAL_CONFIG") or str(layout.HOME / "odoo-test.conf")
    command = [sys.executable, str(SCRIPTS / script), config, database_name, *map(str, arguments)]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    sys.stderr.write(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def order(rpc, database, new_card):
    """`order("wechat")`: a top-up that is opened; with a payment code it is charged as well."""
    cashier = rpc("cashier")
    channels = {row["code"]: row["id"] for row in database("SELECT id, code FROM hospital_pay_channel")}

    def make(channel, play=None, amount=30, card=None):
        values = {**(card or new_card()), "amount": amount, "channel_id": channels[channel]}
        desk = cashier.call("hospital.topup", "create", values)
        cashier.call("hospital.topup", "action_pay", [desk])
        [row] = cashier.call("hospital.topup", "read", [desk], ["order_id"])
        order_id = row["order_id"][0]
        if play:
            cashier.call("hospital.pay.order", "hospital_pay_code", [order_id], CODES[channel] + play)
        return order_id

    return make


def wait_until_paid(cashier, database, orders):
    ends = time.monotonic() + 60
    query = "SELECT id FROM hospital_pay_order WHERE id = ANY(%s) AND business_state <> 'done'"
    while open_ones := database(query, list(orders)):
        assert time.monotonic() < ends, open_ones
        for row in open_ones:
            cashier.call("hospital.pay.order", "hospital_poll", [row["id"]])
        time.sleep(0.5)


def cases():
    for number, (work, place) in enumerate(itertools.product(WORKS, PLACES)):
        for channel in CHANNELS if EVERYWHERE else [CHANNELS[number % len(CHANNELS)]]:
            # a reversal of UnionPay looks at the payment first
            asks_first = work == "reverse" and channel == "unionpay" and place in ("during", "answered")
            yield {"work": work, "at": place, "channel": channel, "skip": int(asks_first)}


def test_killed_at_every_place(rpc, admin, channels, order, database, database_name):
    cashier = rpc("cashier")
    ids = admin.call("hospital.pay.channel", "search", [("code", "in", CHANNELS)])
    admin.call("hospital.pay.channel", "write", ids, {"decide_after_s": 60})  # nobody else takes a charge back
    before = where_we_are(database)
    todo = list(cases())
    play = {"pay": None, "reverse": NEVER_PAYS, "refund": PAYS}
    for case in todo:
        case["order"] = order(case["channel"], play[case["work"]])
        case["code"] = CODES[case["channel"]] + PAYS
    wait_until_paid(cashier, database, [case["order"] for case in todo if case["work"] == "refund"])
    time.sleep(1)  # a charge is taken back a second after it was made, at the earliest
    ended = run("payment_deaths.py", database_name, said=json.dumps(todo))
    assert ended == [KILLED] * len(todo), list(zip(todo, ended, strict=True))

    admin.call("hospital.pay.channel", "write", ids, {"decide_after_s": 3})
    settle(admin, database, before)
    orders_agree(database, before)
    refunds_agree(database, before)
    ends = {
        row["id"]: row
        for row in database(
            """SELECT o.id, o.state, o.business_state, o.refunded_amount, count(entry.id) FILTER (WHERE entry.kind = 'topup') AS entries
                 FROM hospital_pay_order o LEFT JOIN hospital_account_entry entry ON entry.order_id = o.id
                WHERE o.id > %s GROUP BY o.id""",
            before["orders"],
        )
    }
    for case in todo:
        end = ends[case["order"]]
        assert end["state"] in ("paid", "closed", "failed"), case
        assert end["entries"] == (end["state"] == "paid"), case
        if case["work"] == "reverse":
            assert end["state"] == "closed", case
        if case["work"] == "refund":
            assert end["refunded_amount"] == 30, case
    assert not tasks(database, before), "nobody has to look at anything"


def test_a_batch_of_refunds_is_killed_and_goes_on(rpc, channels, admin, order, new_card, database, database_name):
    cashier, finance, manager = rpc("cashier"), rpc("finance"), rpc("finance_manager")
    before = where_we_are(database)
    cards = [new_card() for _card in range(CARDS)]
    orders = [order("wechat", PAYS, amount=20 + place, card=card) for place, card in enumerate(cards)]
    wait_until_paid(cashier, database, orders)
    accounts = [
        row["id"]
        for row in database(
            "SELECT id FROM hospital_account WHERE card_id = ANY(%s) ORDER BY id", [card["card_id"] for card in cards]
        )
    ]
    batch = finance.call("hospital.account", "action_balance_batch", accounts)["res_id"]
    manager.call("hospital.refund.batch", "action_confirm", [batch])
    killed = run("payment_batch.py", database_name, batch, *KILLS_OF_A_BATCH)
    assert killed, "at least one was at work"
    settle(admin, database, before)

    [row] = database("SELECT state FROM hospital_refund_batch WHERE id = %s", batch)
    assert row["state"] == "done"
    lines = database(
        """SELECT line.account_id, line.state, count(refund.id) AS refunds, bool_and(refund.state = 'done') AS done
             FROM hospital_refund_batch_line line LEFT JOIN hospital_refund refund ON refund.batch_line_id = line.id
            WHERE line.batch_id = %s GROUP BY line.id ORDER BY line.account_id""",
        batch,
    )
    assert [dict(line) for line in lines] == [
        {"account_id": account, "state": "sent", "refunds": 1, "done": True} for account in accounts
    ]
    [left] = database("SELECT sum(balance) AS balance FROM hospital_account WHERE id = ANY(%s)", accounts)
    assert left["balance"] == 0
    refunds_agree(database, before)
    orders_agree(database, before)
    assert not tasks(database, before), "nobody has to look at anything"
