"""What the tests of electronic bills share: workers that can be killed, and what must be true in the end."""

import os
import subprocess
import sys
import time
from pathlib import Path

from hospital_cli import layout

from ..rpc import RpcError

WORKER = Path(__file__).with_name("invoice_worker.py")


class Workers:
    """Jobs of the electronic bills, each in a process of its own."""

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

    def pay(self, count, job="pay"):
        """The settlements that were made; with `issue` their bills are issued."""
        return list(map(int, self.run(job, count)))


def ready(admin, server, database):
    """The bill platform on this server; its scheduled delivery rests, so that only the workers of a test deliver."""
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
    _places(admin, database)
    follow_up = [("code", "=", "model._cron_follow_up()"), ("model_id.model", "=", "hospital.invoice")]
    crons = [row["cron_id"], *admin.call("ir.cron", "search", follow_up)]
    _switch(admin, crons, active=False)
    yield platform
    _switch(admin, crons, active=True)


def _switch(admin, crons, active):
    """A scheduled action that runs just now is left alone by Odoo until it has ended."""
    ends = time.monotonic() + 60
    while True:
        try:
            return admin.call("ir.cron", "write", crons, {"active": active})
        except RpcError:
            if time.monotonic() > ends:
                raise
        time.sleep(1)


def _places(admin, database):
    """Every campus issues bills somewhere."""
    for row in database(
        """SELECT id FROM hospital_campus
            WHERE id NOT IN (SELECT campus_id FROM hospital_invoice_place WHERE place = 'window' AND active)"""
    ):
        admin.call(
            "hospital.invoice.place",
            "create",
            [{"code": f"T{row['id']}", "name": "试验窗口", "campus_id": row["id"]}],
        )


def kill_while_sending(admin, platform, workers, database, settlements, code):
    """Deliver bills, and kill who delivers between the sending of this interface and its answer."""
    [interface] = admin.call("hospital.interface", "search", [("platform_id", "=", platform), ("code", "=", code)])
    fault = {"platform_id": platform, "interface_id": interface, "kind": "slow", "seconds": 20}
    faults = admin.call("hospital.sandbox.fault", "create", [fault])
    process = workers.start("rest", *settlements)
    ends = time.monotonic() + 60
    sending = []
    while not sending and time.monotonic() < ends:
        sending = database(
            """SELECT message.id FROM hospital_message AS message
                 JOIN hospital_invoice AS bill ON bill.id = message.res_id AND message.res_model = 'hospital.invoice'
                WHERE bill.settlement_id = ANY(%s) AND message.interface_id = %s AND message.state = 'sending'""",
            settlements,
            interface,
        )
        time.sleep(0.1)
    assert sending, "nothing was being sent"
    time.sleep(2)  # the request has left, the answer has not come
    process.kill()
    process.wait()
    admin.call("hospital.sandbox.fault", "unlink", faults)
    time.sleep(1)


def check_current(database, settlements, wanted=1):
    """So many bills stand for each payment."""
    wrong = database(
        """SELECT settlement.number, count(bill.id) FROM hospital_settlement AS settlement
             LEFT JOIN hospital_invoice AS bill ON bill.settlement_id = settlement.id AND bill.colour = 'blue' AND bill.is_current
            WHERE settlement.id = ANY(%s) GROUP BY settlement.id HAVING count(bill.id) <> %s""",
        settlements,
        wanted,
    )
    assert not wrong, f"every payment has {wanted} bill that stands for it"


def check_agrees(database, platform, settlements):
    """What the platform holds is what the hospital holds; gives how many (bills, red bills)."""
    issued = database(
        "SELECT number, batch_code, bill_number, colour, round(amount * 100) AS cents FROM hospital_invoice"
        " WHERE settlement_id = ANY(%s) AND bill_number IS NOT NULL",
        settlements,
    )
    blue = [bill for bill in issued if bill["colour"] == "blue"]
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
    return len(blue), len(issued) - len(blue)
