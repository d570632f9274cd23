"""Two clerks at the same sheet of paper, and a worker that dies while a bill is flushed."""

import json
from uuid import uuid4

import pytest

from .conftest import one_winner, race
from .invoices import check_agrees, check_current, kill_while_sending

ROUNDS = 2
CLERKS = 4


def bills_of(database, settlements):
    rows = database("SELECT id FROM hospital_invoice WHERE settlement_id = ANY(%s) ORDER BY id", settlements)
    return [row["id"] for row in rows]


@pytest.fixture
def issued(bill_platform, workers, database):
    """Makes payments whose bills are issued: (settlements, bills)."""

    def make(count):
        settlements = workers.pay(count, "issue")
        return settlements, bills_of(database, settlements)

    return make


@pytest.fixture
def window(admin, rpc, database):
    """Makes a window of this clerk's own with a box of blank forms: the code of the forms."""
    made = []

    def make(login):
        code = uuid4().hex[:8].upper()
        [clerk] = database(
            """SELECT id, COALESCE(hospital_campus_id, (SELECT hospital_campus_id FROM res_users WHERE login = 'cashier'))
                      AS campus_id FROM res_users WHERE login = %s""",
            login,
        )
        values = {"code": code, "name": code, "campus_id": clerk["campus_id"], "user_ids": [(4, clerk["id"])]}
        [place] = admin.call("hospital.invoice.place", "create", [values])
        made.append(place)
        box = {"place_id": place, "batch": code, "number_from": "0000000001", "number_to": "0000000009"}
        wizard = rpc("finance").call("hospital.invoice.paper.receive", "create", box)
        rpc("finance").call("hospital.invoice.paper.receive", "action_receive", [wizard])
        return code

    yield make
    admin.call("hospital.invoice.place", "write", made, {"active": False})


def put_on_paper(clerk, bill):
    """The dialog is open and the number on the sheet is typed: gives what the last button does."""
    wizard = clerk.call("hospital.invoice", "action_turn_paper", [bill])["res_id"]
    [row] = clerk.call("hospital.invoice.turn", "read", [wizard], ["expected_number"])
    clerk.call("hospital.invoice.turn", "write", [wizard], {"sheet_number": row["expected_number"]})
    return lambda: clerk.call("hospital.invoice.turn", "action_confirm", [wizard]) or True


def check_forms(database, platform, batches):
    """A form is used here when it is used there, for the same bill."""
    here = {
        f"{row['batch']}-{row['number']}": row["bill"]
        for row in database(
            """SELECT paper.batch, paper.number, bill.number AS bill FROM hospital_invoice_paper AS paper
                 JOIN hospital_invoice AS bill ON bill.paper_id = paper.id AND bill.state = 'on_paper'
                WHERE paper.batch = ANY(%s) AND paper.state = 'used'""",
            batches,
        )
    }
    there = {
        row["key"]: row["data"]["busNo"]
        for row in database(
            "SELECT key, data FROM hospital_sandbox_record WHERE platform_id = %s AND kind = 'form'"
            " AND split_part(key, '-', 1) = ANY(%s)",
            platform,
            batches,
        )
    }
    assert here == there
    assert len(here) == ROUNDS
    [row] = database("SELECT count(*) FROM hospital_invoice_paper WHERE batch = ANY(%s) AND state = 'blank'", batches)
    assert row["count"] == 9 * len(batches) - ROUNDS, "the form that was not used is blank"


def test_two_bills_on_one_form(bill_platform, rpc, workers, database, issued, window):
    settlements, bills = issued(2 * ROUNDS)
    clerks = [rpc("cashier"), rpc("cashier")]
    batch = window("cashier")
    for _round in range(ROUNDS):
        one_winner(*race(*[put_on_paper(clerk, bills.pop()) for clerk in clerks]))
        workers.run("deliver")
    workers.run("rest", *settlements)
    check_forms(database, bill_platform, [batch])
    check_agrees(database, bill_platform, settlements)


def test_one_bill_on_two_forms(bill_platform, rpc, workers, database, issued, window):
    settlements, bills = issued(ROUNDS)
    logins = ("cashier", "finance")
    batches = [window(login) for login in logins]
    for bill in bills:
        one_winner(*race(*[put_on_paper(rpc(login), bill) for login in logins]))
        workers.run("deliver")
    workers.run("rest", *settlements)
    check_forms(database, bill_platform, batches)
    check_agrees(database, bill_platform, settlements)


def printing(clerk, bill, reason=None):
    """Print as the web client does; gives what was said instead of a bill, or nothing."""
    options = {
        "data": json.dumps([f"/report/pdf/hospital_invoice.report_bill_80mm/{bill}", "qweb-pdf"]),
        "context": json.dumps({**clerk.context, "hospital_invoice_reason": reason}),
    }

    def work():
        reply = clerk.get("/report/download", params=options)
        return "" if reply.content.startswith(b"%PDF") else reply.text

    return work


def prints(database, bill):
    [row] = database(
        """SELECT bill.print_count, count(print.id) AS rows FROM hospital_invoice AS bill
             LEFT JOIN hospital_invoice_print AS print ON print.invoice_id = bill.id
            WHERE bill.id = %s GROUP BY bill.id""",
        bill,
    )
    return row["print_count"], row["rows"]


def test_the_first_print_is_one(bill_platform, rpc, database, issued):
    """Without a reason a bill is printed once: of those who print at the same moment the others are told."""
    _settlements, bills = issued(2)
    clerks = [rpc("cashier") for _clerk in range(CLERKS)]
    for bill in bills:
        answers, refusals = race(*[printing(clerk, bill) for clerk in clerks])
        assert not refusals
        said = [answer for answer in answers if answer]
        assert len(said) == CLERKS - 1
        assert all("UserError" in words for words in said), said
        assert prints(database, bill) == (1, 1)


def test_no_print_is_lost(bill_platform, rpc, database, issued):
    _settlements, [bill] = issued(1)
    clerks = [rpc("cashier") for _clerk in range(CLERKS)]
    answers, _refusals = race(*[printing(clerk, bill, f"补打{number}") for number, clerk in enumerate(clerks)])
    assert answers == [""] * CLERKS
    assert prints(database, bill) == (CLERKS, CLERKS)


@pytest.mark.parametrize(
    ("job", "code", "bills", "current"),
    [("cancel", "writeOffEBill", 1, 0), ("back", "writeOffEBill", 2, 1), ("cancel", "getEBillStatesByBillInfo", 1, 0)],
)
def test_killed_while_flushing(bill_platform, admin, workers, database, issued, job, code, bills, current):
    settlements, _bills = issued(1)
    workers.run(job, *settlements)
    kill_while_sending(admin, bill_platform, workers, database, settlements, code)
    workers.run("rest", *settlements)
    check_current(database, settlements, current)
    assert check_agrees(database, bill_platform, settlements) == (bills, 1)
