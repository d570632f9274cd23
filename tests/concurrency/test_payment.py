"""Eight cash desks at the same accounts, killed in between: every balance equals its lines, the channel and the ledger agree."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hospital_cli import layout

WORKER = Path(__file__).with_name("payment_worker.py")
DESKS = 8
ACCOUNTS = 20
OPERATIONS = int(os.environ.get("HOSPITAL_PAYMENT_OPERATIONS", "12"))
"""Of each desk. The long form takes 500."""
KILLS = int(os.environ.get("HOSPITAL_PAYMENT_KILLS", "6"))
SETTLING = 300


@pytest.fixture
def admin(rpc):
    return rpc("admin")


@pytest.fixture
def channels(admin, server):
    """The far sides stand on this server, and nobody waits a minute here before an unclear charge is taken back."""
    for code in ("wechat", "alipay"):
        [platform] = admin.call("hospital.platform", "search", [("code", "=", code)])
        url = f"{server}/sandbox/{code}"
        admin.call("hospital.platform", "write", [platform], {"url_sandbox": url, "breaker_threshold": 1000})
    ids = admin.call("hospital.pay.channel", "search", [("code", "in", ("wechat", "alipay"))])
    quick = {"query_every_s": 1, "decide_after_s": 3, "reverse_wait_s": 1}
    admin.call("hospital.pay.channel", "write", ids, quick)


@pytest.fixture
def accounts(database):
    rows = database(
        """SELECT account.id FROM hospital_account account
             JOIN hospital_card card ON card.id = account.card_id AND card.state = 'in_use'
            WHERE account.kind = 'card' AND account.state = 'open' ORDER BY account.id LIMIT %s""",
        ACCOUNTS,
    )
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
            if kills < KILLS and any(map(self.lines, self.logs)):
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


def settle(admin, database, since):
    """Follow the orders up until none is open any more."""
    [cron] = admin.call("ir.cron", "search", [("cron_name", "ilike", "orders whose end")], context={"lang": "en_US"})
    platforms = admin.call("hospital.platform", "search", [("code", "in", ("wechat", "alipay"))])
    ends = time.monotonic() + SETTLING
    while time.monotonic() < ends:
        admin.call("ir.cron", "method_direct_trigger", [cron])
        [left] = database(
            """SELECT count(*) AS orders FROM hospital_pay_order
                WHERE id > %s AND (state IN ('paying', 'unknown', 'reversing') OR business_state = 'waiting')""",
            since,
        )
        if not left["orders"]:
            return platforms
        time.sleep(1)
    raise AssertionError(f"{left['orders']} orders are still open")


def test_desks_are_killed_and_every_cent_is_where_it_belongs(
    admin, channels, accounts, database, database_name, tmp_path
):
    [before] = database(
        "SELECT (SELECT max(id) FROM hospital_pay_order) AS orders, (SELECT max(id) FROM hospital_account_entry) AS entries"
    )
    done, kills = Desks(database_name, accounts, tmp_path).run()
    assert kills == KILLS
    settle(admin, database, before["orders"])

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

    disagreeing = database(
        """SELECT o.number, o.state, o.amount, record.data FROM hospital_pay_order o
             JOIN hospital_pay_channel channel ON channel.id = o.channel_id AND channel.kind = 'online'
             LEFT JOIN hospital_sandbox_record record ON record.kind = 'order' AND record.key = o.number
            WHERE o.id > %s AND (CASE WHEN o.state = 'paid' THEN o.amount * 100 ELSE 0 END) <>
                  COALESCE(CASE WHEN record.data ->> 'paid_at' <> ''
                                THEN (record.data ->> 'amount')::numeric - (record.data ->> 'refunded')::numeric END, 0)""",
        before["orders"],
    )
    assert not disagreeing, "the channel and the ledger agree to the cent"
    tasks = database("SELECT number FROM hospital_pay_order WHERE id > %s AND is_attention", before["orders"])
    assert not tasks, "nobody has to look at anything"
    online = {int(number) for kind, number in done if kind == "online"}
    assert online & kept, "the channels took part"
