"""Automation rules that call a platform: set up by rows, run in the transaction of who saves the record."""

import pytest


@pytest.fixture
def rule(platforms, connect):
    """`rule(timing, trigger)`: a rule on orders that calls `do`; gives (platform id, clerk id)."""
    made = []

    def make(timing="queued", trigger="on_create", **values):
        [platform] = platforms("rules")
        with connect() as env:
            interface = env["hospital.interface"].search([("platform_id", "=", platform), ("code", "=", "do")])
            interface.timing = timing
            model = env["ir.model"]._get("probe.order")
            automation = env["base.automation"].create(
                {"name": "Send orders", "model_id": model.id, "trigger": trigger, **values}
            )
            action = env["ir.actions.server"].create(
                {
                    "name": "Send the order",
                    "model_id": model.id,
                    "state": "exchange",
                    "exchange_interface_id": interface.id,
                    "base_automation_id": automation.id,
                    "usage": "base_automation",
                }
            )
            clerk = env["res.users"].create(
                {
                    "name": "Clerk of rules",
                    "login": f"rules_{platform}",
                    "group_ids": [(6, 0, env.ref("base.group_user").ids)],
                }
            )
            made.append((automation.id, action.id))
            return platform, clerk.id

    yield make
    with connect() as env:
        for automation, action in made:
            env["base.automation"].browse(automation).unlink()
            env["ir.actions.server"].browse(action).exists().unlink()


def stored(sql, platform):
    return sql(
        "SELECT state, record_name, create_uid FROM hospital_message WHERE platform_id = %s ORDER BY id", platform
    )


@pytest.mark.proves("S2-10.6")
def test_a_rule_sends_on_create(rule, connect, sql, far):
    platform, clerk = rule()
    with connect(clerk) as env:
        assert not env["hospital.interface"].has_access("read")
        env["probe.order"].create([{"name": "rules-1"}, {"name": "rules-2"}])
    assert stored(sql, platform) == [("pending", "rules-1", clerk), ("pending", "rules-2", clerk)]
    with connect() as env:
        env["hospital.platform"].browse(platform)._deliver()
    assert far.done("rules") == {"rules-1": 1, "rules-2": 1}


@pytest.mark.proves("S2-10.6")
def test_no_order_no_message(rule, connect, sql, far):
    platform, clerk = rule()
    with connect(clerk) as env:
        env["probe.order"].create({"name": "rules-lost"})
        env.cr.rollback()
    assert stored(sql, platform) == []


def test_a_rule_on_change_sends_what_it_was_set_up_for(rule, connect, sql, far):
    platform, clerk = rule(trigger="on_create_or_write", filter_domain="[('handled', '>', 0)]")
    with connect(clerk) as env:
        order = env["probe.order"].create({"name": "rules-later"})
        assert stored(sql, platform) == []
        order.handled = 1
        order.handled = 2
    assert [row[:2] for row in stored(sql, platform)] == [("pending", "rules-later")], (
        "what must happen once is queued once"
    )


def test_a_rule_that_calls_at_once_stops_the_clerk_with_a_sentence(rule, connect, sql, far):
    from odoo.exceptions import UserError

    platform, clerk = rule(timing="now")
    far.faults(rules={"refuse": "A1"})
    with pytest.raises(UserError), connect(clerk) as env:
        env["probe.order"].create({"name": "rules-refused"})
    assert [row[0] for row in stored(sql, platform)] == ["refused"], "the evidence stays"
    assert sql("SELECT count(*) FROM probe_order WHERE name = 'rules-refused'") == [(0,)]
    far.faults()
    with connect(clerk) as env:
        env["probe.order"].create({"name": "rules-accepted"})
    assert far.done("rules") == {"rules-accepted": 1}
