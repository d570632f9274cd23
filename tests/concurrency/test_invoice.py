"""Two workers at the same bills, and one that is killed between sending and the answer: every payment has one bill."""

import os

from .invoices import check_agrees, check_current, kill_while_sending

BILLS = int(os.environ.get("HOSPITAL_INVOICE_BILLS", "12"))
WORKERS = 3


def check(database, platform, settlements):
    check_current(database, settlements)
    bills, _reds = check_agrees(database, platform, settlements)
    assert bills == len(settlements)


def test_two_workers_issue_once(bill_platform, workers, database, execute):
    """Payments whose bills could not be made, several schedulers that make them, several that deliver them."""
    execute("UPDATE hospital_invoice_kind SET active = true WHERE code = 'outpatient'")
    settlements = workers.pay(BILLS)
    # as if their bills had failed in the transaction of the payment
    execute("UPDATE hospital_settlement SET is_billed = NULL WHERE id = ANY(%s)", settlements)
    workers.together(*[("missing",)] * WORKERS, *[("deliver",)] * 2)
    workers.run("rest", *settlements)
    check(database, bill_platform, settlements)


def test_refunds_while_bills_are_delivered(bill_platform, workers, database, execute):
    settlements = workers.pay(BILLS)
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


def test_killed_between_sending_and_the_answer(bill_platform, admin, workers, database):
    settlements = workers.pay(3)
    kill_while_sending(admin, bill_platform, workers, database, settlements, "invoiceEBillOutpatient")
    workers.run("rest", *settlements)
    check(database, bill_platform, settlements)
