"""The night's posting in several processes at once: each bed-day is charged once."""

import pytest

from ..rpc import RpcError
from .conftest import race

CLERKS = 3
SINCE = "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - 12 AS day"


@pytest.fixture
def plan(rpc, database):
    """A fresh plan for the campus without one, so that everything is still to be posted."""
    [campus] = database("SELECT hospital_campus_id AS id FROM res_users WHERE login = 'nurse2'")
    [ward] = database(
        """SELECT ward_id AS id FROM hospital_encounter WHERE state = 'in_progress' AND kind = 'inpatient'
              AND campus_id = %s GROUP BY ward_id ORDER BY count(*) DESC LIMIT 1""",
        campus["id"],
    )
    [item] = database(
        """SELECT product.id FROM product_product product JOIN product_template template ON template.id = product_tmpl_id
            WHERE template.default_code = 'N101'"""
    )
    manager = rpc("finance_manager")
    before = manager.call("hospital.nursing.plan", "search", [("campus_id", "=", campus["id"])])
    manager.call("hospital.nursing.plan", "write", before, {"active": False})
    manager.call(
        "hospital.nursing.plan",
        "create",
        {
            "name": "并发方案",
            "campus_id": campus["id"],
            "date_from": str(database(SINCE)[0]["day"]),
            "ward_ids": [(0, 0, {"ward_id": ward["id"]})],
            "price_ids": [(0, 0, {"kind": "whole", "product_id": item["id"], "price": 77.0})],
        },
    )
    return campus["id"]


def test_each_day_is_posted_once(rpc, database, plan):
    """The scheduled action, started by an administrator, and two clerks in the check, all at the same moment."""
    admin = rpc("admin")
    [cron] = admin.call("ir.cron", "search", [("cron_name", "ilike", "bed-days")], context={"lang": "en_US"})
    clerks = [rpc("finance") for _clerk in range(CLERKS - 1)]
    checks = []
    for clerk in clerks:
        check = clerk.call("hospital.nursing.check", "create", {"scope": "campus", "campus_id": plan})
        clerk.call("hospital.nursing.check", "action_reckon", [check])
        clerk.call("hospital.nursing.check", "action_post", [check])
        checks.append(check)

    def post(clerk, check):
        while clerk.call("hospital.nursing.check", "post_next", [check])["left"]:
            pass

    steps = [lambda: admin.call("ir.cron", "method_direct_trigger", [cron])]
    steps += [lambda clerk=clerk, check=check: post(clerk, check) for clerk, check in zip(clerks, checks, strict=True)]
    _answers, refusals = race(*steps)
    for refusal in refusals:
        assert isinstance(refusal, RpcError)
        assert refusal.sentence.endswith("。"), refusal.sentence
    doubles = database(
        """SELECT encounter_id, service_date, count(*) FROM hospital_charge
            WHERE campus_id = %s AND origin_ref IS NOT NULL AND state = 'unsettled' AND quantity > 0
              AND reversed_quantity = 0
            GROUP BY 1, 2 HAVING count(*) > 1""",
        plan,
    )
    assert not doubles
    [sums] = database(
        """SELECT count(*) AS days, sum(day.amount) AS due, sum(charge.amount - charge.reversed_amount) AS posted
             FROM hospital_nursing_day day JOIN hospital_charge charge ON charge.id = day.charge_id
            WHERE day.campus_id = %s AND day.kind = 'whole' AND day.issue IS NULL""",
        plan,
    )
    assert sums["days"]
    assert sums["due"] == sums["posted"]
    [stray] = database(
        """SELECT count(*) AS lines FROM hospital_charge charge
            WHERE charge.campus_id = %s AND charge.origin_ref IS NOT NULL AND charge.state = 'unsettled'
              AND charge.quantity > 0 AND charge.reversed_quantity = 0
              AND NOT EXISTS (SELECT FROM hospital_nursing_day day WHERE day.charge_id = charge.id)""",
        plan,
    )
    assert not stray["lines"], "every charge stands for a day"
