"""Eight cash desks at the same accounts, killed in between: every balance equals its lines, the channel and the ledger agree."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hospital_cli import layout

from .payment_books import OPERATIONS, orders_agree, refunds_agree, settle, tasks, where_we_are

WORKER = Path(__file__).with_name("payment_worker.py")
DESKS = 8
ACCOUNTS = 20
KILLS = int(os.environ.get("HOSPITAL_PAYMENT_KILLS", "6"))


@pytest.fixture
def accounts(rpc, database, new_card):
    """New ones, with some cash on each: what the channels know of them begins here."""
    cashier = rpc("cashier")
    [cash] = database("SELECT id FROM hospital_pay_channel WHERE code = 'cash'")
    cards = [new_card() for _account in range(ACCOUNTS)]
    for card in cards:
        desk = cashier.call("hospital.topup", "create", {**card, "amount": 20, "channel_id": cash["id"]})
        cashier.call("hospital.topup", "action_pay", [desk])
    rows = database("SELECT id FROM hospital_account WHERE card_id = ANY(%s)", [card["card_id"] for card in cards])
    assert len(rows) == ACCOUNTS
    return [row["id"] for row in rows]


class Desks:
    """The processes: one that was killed is replaced by another that does the rest."""

    def __init__(self, database_name, accounts, folder):
        config = os.environ.get("HOSPITAL_CONFIG") or str(layout.HOME / "odoo-test.conf")
        self.command = [sys.executable, str(WORKER), config, database_name]
        self.accounts = [str(account) for account in accounts]
        self.logs = [folder / f"desk{number}.log" for number in range(DESKS)]
        self.seed = 0
        self.running = {}

    def start(self, log):
        self.seed += 1
        left = OPERATIONS - len(self.lines(log))
        command = [*self.command, str(self.seed), str(left), str(log), *self.accounts]
        self.running[log] = subprocess.Popen(command, stderr=subprocess.PIPE)

    @staticmethod
    def lines(log):
        return log.read_text().splitlines() if log.exists() else []

    def run(self):
        luck = random.Random(OPERATIONS)  # noqa: S311 the same run every time
        for log in self.logs:
            self.start(log)
        kills = 0
        while self.running:
            time.sleep(0.4)
            if kills < KILLS and sum(len(self.lines(log)) for log in self.logs) > kills * DESKS * OPERATIONS / KILLS:
                log = luck.choice(list(self.running))
                if self.running[log].poll() is None:
                    self.running[log].kill()
                    kills += 1
            for log, process in list(self.running.items()):
                if process.poll() is None:
                    continue
                error = process.communicate()[1]
                del self.running[log]
                if process.returncode < 0:
                    self.start(log)
                else:
                    assert process.returncode == 0, error.decode()[-2000:]
        return [line.split() for log in self.logs for line in self.lines(log)], kills


def test_desks_are_killed_and_every_cent_is_where_it_belongs(
    admin, channels, accounts, database, database_name, tmp_path
):
    before = where_we_are(database)
    done, kills = Desks(database_name, accounts, tmp_path).run()
    assert kills == KILLS
    settle(admin, database, before)

    wrong = database(
        """SELECT account.id, account.balance, sum(entry.amount) AS lines FROM hospital_account account
             LEFT JOIN hospital_account_entry entry ON entry.account_id = account.id
            GROUP BY account.id HAVING account.balance <> COALESCE(sum(entry.amount), 0) OR account.balance < 0"""
    )
    assert not wrong, "a balance is the sum of its lines and never below zero"

    doubled = database(
        """SELECT o.number, o.state, count(entry.id) AS entries, sum(entry.amount) AS booked FROM hospital_pay_order o
             LEFT JOIN hospital_account_entry entry ON entry.order_id = o.id
            WHERE o.id > %s GROUP BY o.id
           HAVING count(entry.id) <> CASE WHEN o.state = 'paid' THEN 1 ELSE 0 END
               OR (o.state = 'paid' AND abs(sum(entry.amount)) <> o.amount)""",
        before["orders"],
    )
    assert not doubled, "what was paid is booked once, and nothing else is"

    orders = {int(number) for kind, number in done if kind in ("topup", "spend")}
    kept = {
        row["id"]
        for row in database("SELECT id FROM hospital_pay_order WHERE state = 'paid' AND id > %s", before["orders"])
    }
    assert orders <= kept, "nothing a cashier was told is done is lost"
    refunds = {int(number) for kind, number in done if kind == "refund"}
    entries = {
        row["id"]
        for row in database(
            "SELECT id FROM hospital_account_entry WHERE kind = 'refund' AND id > %s", before["entries"]
        )
    }
    assert refunds <= entries

    orders_agree(database, before)
    refunds_agree(database, before)
    asked = {int(number) for kind, number in done if kind == "back"}
    went = database("SELECT id FROM hospital_refund WHERE state = 'done' AND id = ANY(%s)", list(asked))
    assert {row["id"] for row in went} == asked, "what was paid back is paid back"
    assert asked, "refunds took part"
    assert not tasks(database, before), "nobody has to look at anything"
    online = {int(number) for kind, number in done if kind == "online"}
    assert online & kept, "the channels took part"
