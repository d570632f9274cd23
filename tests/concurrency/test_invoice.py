"""Two workers at the same bills, and one that is killed between sending and the answer: every payment has one bill."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from hospital_cli import layout

WORKER = Path(__file__).with_name("invoice_worker.py")
BILLS = int(os.environ.get("HOSPITAL_INVOICE_BILLS", "12"))
WORKERS = 3


@pytest.fixture
def admin(rpc):
    return rpc("admin")


@pytest.fixture
def platform(admin, server, database):
    """The bill platform on this server; its scheduled delivery rests, so that only the workers of the test deliver."""
    [platform] = admin.call("hospital.platform", "search", [("code", "=", "bosssoft")])
    url = f"{server}/sandbox/bosssoft"
    admin.call(
        "hospital.platform", "write", [platform], {"url_sandbox": url, "mode": "sandbox", "breaker_threshold": 1000}
    )
    faults = admin.call("hospital.sandbox.fault", "search", [("platform_id", "=", platform)])
    admin.call("hospital.sandbox.fault", "unlink", faults)
    interfaces = admin.call("hospital.interface", "search", [("platform_id", "=", platform)])
    admin.call("hospital.interface", "write", interfaces, {"query_delay": 1})
    [row] = database("SELECT cron_id FROM hospital_platform WHERE id = %s", platform)
    crons = [row["cron_id"], *_crons(admin)]
    _places(admin, database)
    admin.call("ir.cron", "write", crons, {"active": False})
    yield platform
    admin.call("ir.cron", "write", crons, {"active": True})


def _crons(admin):
    return admin.call(
        "ir.cron", "search", [("code", "=", "model._cron_follow_up()"), ("model_id.model", "=", "hospital.invoice")]
    )


def _places(admin, database):
    """Every campus issues bills somewhere."""
    for row in database(
        "SELECT id FROM hospital_campus WHERE id NOT IN (SELECT campus_id FROM hospital_invoice_place WHERE place = 'window' AND active)"
    ):
        admin.call(
            "hospital.invoice.place",
            "create",
            [{"code": f"T{row['id']}", "name": "试验窗口", "campus_id": row["id"]}],
        )


class Workers:
    def __init__(self, database_name):
        config = os.environ.get("HOSPITAL_CONFIG") or str(layout.HOME / "odoo-test.conf")
        self.command = [sys.executable, str(WORKER), config, database_name]

    def start(self, *job):
        command = [*self.command, *map(str, job)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        out, error = process.communicate(timeout=300)
        assert process.returncode == 0, error[-2000:]
        return out.split()

    def run(self, *job):
        return self.finish(self.start(*job))

    def together(self, *jobs):
        for process in [self.start(*job) for job in jobs]:
            self.finish(process)


@pytest.fixture
def workers(database_name):
    return Workers(database_name)


@pytest.fixture
def execute(database_name):
    """Changes rows past the server, as time would."""
    connection = psycopg2.connect(dbname=database_name)
    connection.autocommit = True

    def run(query, *values):
        with connection.cursor() as cursor:
            cursor.execute(query, values)

    yield run
    connection.close()


def check(database, platform, settlements):
    """One bill stands for each payment, and what the platform holds is what the hospital holds."""
    wrong = database(
        """SELECT settlement.number, count(bill.id) FROM hospital_settlement AS settlement
             LEFT JOIN hospital_invoice AS bill ON bill.settlement_id = settlement.id AND bill.colour = 'blue' AND bill.is_current
            WHERE settlement.id = ANY(%s) GROUP BY settlement.id HAVING count(bill.id) <> 1""",
        settlements,
    )
    assert not wrong, "every payment has one bill that stands for it"
    issued = database(
        "SELECT number, batch_code, bill_number, colour, round(amount * 100) AS cents FROM hospital_invoice"
        " WHERE settlement_id = ANY(%s) AND bill_number IS NOT NULL",
        settlements,
    )
    blue = [bill for bill in issued if bill["colour"] == "blue"]
    assert len(blue) == len(settlements)
    ours = {(bill["batch_code"], bill["bill_number"]): int(bill["cents"]) for bill in issued}
    there = {
        (row["data"]["batch"], row["data"]["no"]): row["data"]["total"]
        for row in database(
            """SELECT data FROM hospital_sandbox_record WHERE platform_id = %s AND kind IN ('bill', 'red')
                  AND data ->> 'busNo' = ANY(%s)""",
            platform,
            [bill["number"] for bill in blue],
        )
    }
    assert ours == there, "the platform and the hospital agree to the cent, and nothing was issued twice"


def test_two_workers_issue_once(platform, workers, database, execute):
    """Payments whose bills could not be made, several schedulers that make them, several that deliver them."""
    execute("UPDATE hospital_invoice_kind SET active = true WHERE code = 'outpatient'")
    settlements = list(map(int, workers.run("pay", BILLS)))
    # as if their bills had failed in the transaction of the payment
    execute("UPDATE hospital_settlement SET is_billed = NULL WHERE id = ANY(%s)", settlements)
    workers.together(*[("missing",)] * WORKERS, *[("deliver",)] * 2)
    workers.run("rest", *settlements)
    check(database, platform, settlements)


def test_refunds_while_bills_are_delivered(platform, workers, database, execute):
    settlements = list(map(int, workers.run("pay", BILLS)))
    half = settlements[: BILLS // 2]
    workers.together(("deliver",), ("back", *half), ("missing",))
    workers.run("rest", *settlements)
    wrong = database(
        """SELECT settlement.number, bill.amount, settlement.due_total - settlement.paid_back_total AS paid
             FROM hospital_settlement AS settlement
             JOIN hospital_invoice AS bill ON bill.settlement_id = settlement.id AND bill.colour = 'blue' AND bill.is_current
            WHERE settlement.id = ANY(%s) AND bill.amount <> settlement.due_total - settlement.paid_back_total""",
        settlements,
    )
    assert not wrong, "the bill is of what the patient really paid"


def test_killed_between_sending_and_the_answer(platform, admin, workers, database, execute):
    settlements = list(map(int, workers.run("pay", 3)))
    interface = admin.call(
        "hospital.interface", "search", [("platform_id", "=", platform), ("code", "=", "invoiceEBillOutpatient")]
    )
    [fault] = admin.call(
        "hospital.sandbox.fault",
        "create",
        [{"platform_id": platform, "interface_id": interface[0], "kind": "slow", "seconds": 20}],
    )
    process = workers.start("deliver")
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        sending = database(
            """SELECT message.id FROM hospital_message AS message
                 JOIN hospital_invoice AS bill ON bill.id = message.res_id AND message.res_model = 'hospital.invoice'
                WHERE bill.settlement_id = ANY(%s) AND message.state = 'sending'""",
            settlements,
        )
        if sending:
            break
        time.sleep(0.1)
    assert sending, "nothing was being sent"
    time.sleep(2)  # the request has left, the answer has not come
    process.kill()
    process.wait()
    admin.call("hospital.sandbox.fault", "unlink", [fault])
    time.sleep(1)
    workers.run("rest", *settlements)
    check(database, platform, settlements)
