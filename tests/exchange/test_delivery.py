"""Queued messages, delivered by real server processes that are killed on the way."""

import os
import time

import pytest

from .conftest import wait_for

SIZE = int(os.environ.get("HOSPITAL_EXCHANGE_MESSAGES") or 600)
SEEN = ("done", "refused", "dead", "closed")


def queue(connect, platform, size, code="do"):
    with connect() as env:
        interface = env["hospital.interface"].search([("platform_id", "=", platform), ("code", "=", code)])
        name = interface.platform_id.code
        for start in range(0, size, 500):
            numbers = range(start, min(size, start + 500))
            orders = env["probe.order"].create([{"name": f"{name}-{number}"} for number in numbers])
            interface._queue(orders)
            env.cr.commit()


def left(sql, ids):
    return sql(
        """SELECT count(*) FROM hospital_message WHERE platform_id = ANY(%s)
           AND (state NOT IN ('done', 'refused', 'dead', 'closed') AND NOT is_attention OR reply_state = 'waiting')""",
        ids,
    )[0][0]


@pytest.mark.proves("S2-1.1", "S2-8.1")
def test_each_exactly_once_whatever_is_killed(platforms, connect, sql, far, serve, nudge):
    ids = platforms("one", "two", "three", read_timeout=5)
    for platform in ids:
        queue(connect, platform, SIZE // 3)
    far.faults(**{name: {"lose_after": 0.02, "lose_before": 0.02} for name in ("one", "two", "three")})
    servers = [serve(), serve()]
    nudge(ids)
    for round_number in range(5):
        target = SIZE - SIZE * (round_number + 1) // 7
        wait_for(lambda target=target: left(sql, ids) <= target, 600, f"delivery of {SIZE - target}")
        victim = servers[round_number % 2]
        victim.kill()
        victim.start()
        nudge(ids)

    def finished():
        nudge(ids)
        time.sleep(0.5)
        return left(sql, ids) == 0

    wait_for(finished, 600, "the end of the queue")
    states = dict(sql("SELECT state, count(*) FROM hospital_message WHERE platform_id = ANY(%s) GROUP BY 1", ids))
    assert states == {"done": SIZE // 3 * 3}
    for name in ("one", "two", "three"):
        done = far.done(name)
        assert len(done) == SIZE // 3
        assert set(done.values()) == {1}, {key: count for key, count in done.items() if count != 1}
    [(asked,)] = sql(
        """SELECT count(*) FROM hospital_message_attempt attempt
             JOIN hospital_message message ON message.id = message_id
           WHERE platform_id = ANY(%s) AND purpose = 'query'""",
        ids,
    )
    assert asked > 0, "nothing was lost: the test proves nothing"


def test_without_a_way_to_ask_a_person_sees_it(platforms, connect, sql, far):
    """Nobody to ask and nothing to take back: a message without an answer waits for a person, none goes twice."""
    [platform] = platforms("mute", query=False, reversal=False)
    queue(connect, platform, 60)
    far.faults(mute={"lose_after": 0.1, "lose_before": 0.1})
    with connect() as env:
        env["hospital.platform"].browse(platform)._deliver()
    states = dict(
        sql(
            "SELECT (state, is_attention)::text, count(*) FROM hospital_message WHERE platform_id = %s GROUP BY 1",
            platform,
        )
    )
    assert set(states) <= {"(done,f)", "(unknown,t)"}
    assert states["(unknown,t)"] > 0
    assert set(far.done("mute").values()) == {1}


def test_reply_is_handed_over_once_although_the_handler_is_killed(platforms, connect, sql, far, serve, nudge):
    [platform] = platforms("handing")
    queue(connect, platform, 40, "handled")
    server = serve()
    nudge([platform])
    wait_for(lambda: left(sql, [platform]) <= 25, 120, "delivery")
    server.kill()
    server.start()

    def finished():
        nudge([platform])
        time.sleep(0.3)
        return left(sql, [platform]) == 0

    wait_for(finished, 120, "the end of the queue")
    rows = sql(
        """SELECT handled, count(*) FROM probe_order WHERE id IN
           (SELECT res_id FROM hospital_message WHERE platform_id = %s) GROUP BY 1""",
        platform,
    )
    assert rows == [(1, 40)]


@pytest.mark.proves("S1-9.1")
def test_hanging_platforms_hold_nobody_up(platforms, connect, sql, far, serve, nudge):
    """Four platforms hang for a minute per call; messages of a fifth leave within a second or two, with two threads."""
    hanging = platforms("hang1", "hang2", "hang3", "hang4", read_timeout=60)
    [quick] = platforms("quick")
    far.faults(**{f"hang{number}": {"hang": 60} for number in range(1, 5)})
    for platform in hanging:
        queue(connect, platform, 20)
    serve(2)
    nudge(hanging)
    wait_for(
        lambda: all(far.state()["calls"].get(f"hang{number}/do") for number in range(1, 5)), 60, "four calls that hang"
    )
    delays = []
    for _round in range(5):
        start = time.monotonic()
        queue(connect, quick, 1)  # committed here; the server is woken by the queue itself
        wait_for(lambda: left(sql, [quick]) == 0, 30, "the quick message")
        delays.append(time.monotonic() - start)
        time.sleep(0.2)
    print("delays beside four hanging platforms:", [round(delay, 2) for delay in delays])
    assert sorted(delays)[2] < 2, delays
    assert sql("SELECT count(*) FROM hospital_message WHERE platform_id = ANY(%s) AND state = 'sending'", hanging) == [
        (4,)
    ]


def test_two_people_decide_at_once(platforms, connect, sql, far, registry):
    import threading

    from odoo.service.model import retrying

    [platform] = platforms("people")
    queue(connect, platform, 3)
    far.faults(people={"refuse": "A1"})
    with connect() as env:
        env["hospital.platform"].browse(platform)._deliver()
    ids = [
        row[0] for row in sql("SELECT id FROM hospital_message WHERE platform_id = %s AND state = 'refused'", platform)
    ]
    assert len(ids) == 3
    for message_id in ids:
        gate = threading.Barrier(4)
        outcomes = []

        def decide(message_id=message_id, gate=gate, outcomes=outcomes):
            with connect() as env:
                message = env["hospital.message"].browse(message_id)
                env.cr.execute("SELECT 1")
                gate.wait()
                try:
                    retrying(lambda: message._retry("corrected"), env)
                    outcomes.append("done")
                except Exception as error:  # noqa: BLE001
                    outcomes.append(type(error).__name__)

        threads = [threading.Thread(target=decide) for _person in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["UserError", "UserError", "UserError", "done"]
        [(decisions,)] = sql(
            "SELECT count(*) FROM hospital_message_attempt WHERE message_id = %s AND purpose = 'person'", message_id
        )
        assert decisions == 1
