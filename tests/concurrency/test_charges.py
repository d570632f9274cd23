"""Several clerks take back the same charge at the same moment: never more than was charged, and each hears why not."""

import pytest

from .conftest import one_winner, race

ROUNDS = 5
CLERKS = 4


@pytest.fixture
def desk(rpc, database):
    """Charges an item on an open visit of the cashier's campus; gives what starts a cancellation."""
    [visit] = database(
        """SELECT encounter.id FROM hospital_encounter encounter
           JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = encounter.campus_id
           WHERE encounter.kind = 'outpatient' AND encounter.state IN ('registered', 'in_progress') ORDER BY 1 LIMIT 1"""
    )
    [item] = database(
        """SELECT product.id FROM product_product product JOIN product_template template ON template.id = product_tmpl_id
           WHERE is_hospital_item AND template.active AND list_price > 0 ORDER BY 1 LIMIT 1"""
    )
    clerks = [rpc("cashier") for _clerk in range(CLERKS)]

    def charge(quantity):
        values = {"encounter_id": visit["id"], "product_id": item["id"], "quantity": quantity}
        return clerks[0].call("hospital.charge", "create", values)

    def cancel(clerk, charge_id, quantity):
        values = {"encounter_id": visit["id"], "charge_ids": [charge_id], "reason_kind": "twice"}
        record = clerk.call("hospital.charge.cancel", "create", values)
        [line] = clerk.call("hospital.charge.cancel", "read", [record], ["line_ids"])[0]["line_ids"]
        clerk.call("hospital.charge.cancel.line", "write", [line], {"quantity": quantity})
        return lambda: clerk.call("hospital.charge.cancel", "action_confirm", [record])

    return clerks, charge, cancel


def taken_back(database, charge_id):
    [row] = database(
        """SELECT original.quantity, original.amount, original.reversed_quantity, original.reversed_amount,
                  -COALESCE(SUM(line.quantity), 0) AS lines_quantity, -COALESCE(SUM(line.amount), 0) AS lines_amount
           FROM hospital_charge original LEFT JOIN hospital_charge line ON line.reversal_of_id = original.id
           WHERE original.id = %s GROUP BY original.id""",
        charge_id,
    )
    assert row["lines_quantity"] == row["reversed_quantity"]
    assert row["lines_amount"] == row["reversed_amount"]
    assert row["reversed_amount"] <= row["amount"]
    return row


def test_the_whole_charge_is_taken_back_once(desk, database):
    clerks, charge, cancel = desk
    for _round in range(ROUNDS):
        charge_id = charge(3)
        one_winner(*race(*(cancel(clerk, charge_id, 3) for clerk in clerks)))
        row = taken_back(database, charge_id)
        assert (row["lines_quantity"], row["lines_amount"]) == (3, row["amount"])


def test_parts_never_add_up_to_more_than_the_charge(desk, database):
    clerks, charge, cancel = desk
    for _round in range(ROUNDS):
        charge_id = charge(5)
        answers, refusals = race(*(cancel(clerk, charge_id, 2) for clerk in clerks))
        row = taken_back(database, charge_id)
        assert 1 <= len(answers) <= 2
        assert row["lines_quantity"] == 2 * len(answers)
        for refusal in refusals:
            assert refusal.sentence.endswith("。"), refusal.sentence
