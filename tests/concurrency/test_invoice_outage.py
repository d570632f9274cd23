"""The bill platform is away while the desks go on taking money; then it is back, and who catches up is killed again and again."""

import os
import time

from .invoices import check_agrees, check_current

WAITING = int(os.environ.get("HOSPITAL_INVOICE_WAITING", "60"))
DESKS = 2
NOBODY = "http://127.0.0.1:9/sandbox/bosssoft"


def test_an_hour_without_the_platform(bill_platform, server, admin, workers, database, execute):
    admin.call("hospital.platform", "write", [bill_platform], {"url_sandbox": NOBODY, "breaker_threshold": 3})
    settlements = workers.pay(5)
    workers.run("deliver")
    [line] = database("SELECT breaker_state FROM hospital_platform WHERE id = %s", bill_platform)
    assert line["breaker_state"] == "open"

    desks = [workers.start("pay", WAITING // DESKS) for _desk in range(DESKS)]
    made = [int(one) for desk in desks for one in workers.finish(desk)]
    assert len(made) == WAITING // DESKS * DESKS
    assert states(database, made) == {"waiting"}, "nothing is queued while the line is cut"
    settlements += made

    admin.call("hospital.platform", "write", [bill_platform], {"url_sandbox": f"{server}/sandbox/bosssoft"})
    execute("UPDATE hospital_platform SET breaker_retry_at = now() AT TIME ZONE 'UTC' WHERE id = %s", bill_platform)
    for _kill in range(2):
        kill_in_the_middle(workers, database, settlements)
    workers.run("rest", *settlements)

    check_current(database, settlements)
    assert check_agrees(database, bill_platform, settlements) == (len(settlements), 0)
    [batches] = database(
        """SELECT count(bill.batch_id) AS bills,
                  count(*) FILTER (WHERE batch.state <> 'done') AS apart FROM hospital_invoice AS bill
             LEFT JOIN hospital_invoice_batch AS batch ON batch.id = bill.batch_id WHERE bill.settlement_id = ANY(%s)""",
        made,
    )
    assert batches["bills"] == len(made), "all that waited went in batches"
    assert not batches["apart"]


def states(database, settlements):
    rows = database("SELECT DISTINCT state FROM hospital_invoice WHERE settlement_id = ANY(%s)", settlements)
    return {row["state"] for row in rows}


def kill_in_the_middle(workers, database, settlements):
    """Catch up, and kill who does it as soon as a batch is on its way."""
    process = workers.start("rest", *settlements)
    ends = time.monotonic() + 60
    while time.monotonic() < ends and process.poll() is None:
        if database(
            "SELECT id FROM hospital_message WHERE res_model = 'hospital.invoice.batch' AND state = 'sending' LIMIT 1"
        ):
            break
        time.sleep(0.01)
    process.kill()
    process.wait()
