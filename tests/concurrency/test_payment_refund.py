"""Two approvers, two cashiers, two requests at the same moment: the money goes once, and who lost is told why."""

import itertools
import os

import pytest

from .conftest import one_winner, race

ROUNDS = 3
COUNTER = itertools.count(os.getpid() * 1000 + 500)


@pytest.fixture
def account(rpc, database):
    """Makes a card with 100 in cash on it; gives the account."""
    registrar, cashier = rpc("registrar"), rpc("cashier")

    def make():
        number = next(COUNTER)
        patient = registrar.call("hospital.patient", "create", {"name": f"并发{number % 100000}", "sex": "2"})
        card = registrar.call("hospital.card", "create", {"patient_id": patient, "number": f"35{number:010}"})
        [cash] = database("SELECT id FROM hospital_pay_channel WHERE code = 'cash'")
        values = {"card_id": card, "patient_id": patient, "amount": 100, "channel_id": cash["id"]}
        desk = cashier.call("hospital.topup", "create", values)
        cashier.call("hospital.topup", "action_pay", [desk])
        return database("SELECT id FROM hospital_account WHERE card_id = %s", card)[0]["id"]

    return make


def asking(clerk, account, amount=100):
    [reason] = clerk.call("hospital.refund.reason", "search", [("needs_note", "=", False)], limit=1)
    values = {"kind": "account", "account_id": account, "amount": amount, "reason_id": reason}
    ask = clerk.call("hospital.refund.ask", "create", values)
    return lambda: clerk.call("hospital.refund.ask", "action_ask", [ask])["res_id"]


def books(database, account):
    [row] = database(
        """SELECT balance, (SELECT sum(amount) FROM hospital_account_entry WHERE account_id = account.id) AS entries,
                  (SELECT count(*) FROM hospital_account_entry WHERE account_id = account.id AND kind = 'refund') AS refunds
             FROM hospital_account account WHERE id = %s""",
        account,
    )
    assert row["balance"] == row["entries"]
    return row


def test_two_approvers_at_once(rpc, database, account):
    clerk = rpc("finance")
    approvers = [rpc("finance_manager"), rpc("admin"), rpc("finance_manager")]
    for _round in range(ROUNDS):
        money = account()
        refund = asking(clerk, money)()
        one_winner(
            *race(*(lambda one=one: one.call("hospital.refund", "action_approve", [refund]) for one in approvers))
        )
        assert books(database, money) == {"balance": 0, "entries": 0, "refunds": 1}
        [row] = database("SELECT state, count(*) OVER () AS lines FROM hospital_refund WHERE id = %s", refund)
        assert row["state"] == "approved"
        lines = database("SELECT id FROM hospital_refund_line WHERE refund_id = %s", refund)
        assert len(lines) == 1


def test_approved_and_rejected_at_once(rpc, database, account):
    clerk, approver, other = rpc("finance"), rpc("finance_manager"), rpc("admin")
    for _round in range(ROUNDS):
        money = account()
        refund = asking(clerk, money)()
        values = {"refund_id": refund, "decision": "reject", "reason": "同时拒绝"}
        decision = other.call("hospital.refund.decision", "create", values)
        one_winner(
            *race(
                lambda: approver.call("hospital.refund", "action_approve", [refund]) or True,
                lambda: other.call("hospital.refund.decision", "action_confirm", [decision]),
            )
        )
        [row] = database("SELECT state FROM hospital_refund WHERE id = %s", refund)
        left = {"approved": 0, "rejected": 100}[row["state"]]
        assert books(database, money)["balance"] == left


def test_one_account_asked_back_by_several(rpc, database, account):
    clerks = [rpc("finance"), rpc("cashier"), rpc("finance")]
    for _round in range(ROUNDS):
        money = account()
        one_winner(*race(*(asking(clerk, money) for clerk in clerks)))
        assert len(database("SELECT id FROM hospital_refund WHERE account_id = %s", money)) == 1


def test_paid_out_by_two_cashiers_at_once(rpc, database, account):
    clerk, approver = rpc("finance"), rpc("finance_manager")
    cashiers = [rpc("cashier") for _cashier in range(3)]
    for _round in range(ROUNDS):
        money = account()
        refund = asking(clerk, money)()
        approver.call("hospital.refund", "action_approve", [refund])
        payouts = [
            (cashier, cashier.call("hospital.refund.payout", "create", {"refund_id": refund})) for cashier in cashiers
        ]
        steps = [
            lambda cashier=cashier, payout=payout: cashier.call("hospital.refund.payout", "action_confirm", [payout])
            for cashier, payout in payouts
        ]
        one_winner(*race(*steps))
        [row] = database(
            "SELECT count(*) AS done, sum(amount) AS paid FROM hospital_refund_line WHERE refund_id = %s AND state = 'done'",
            refund,
        )
        assert (row["done"], float(row["paid"])) == (1, 100.0)
