"""A person waits for the answer: one call only, evidence kept, taken back when his own work is not kept."""

import contextlib
import threading
from functools import partial

import psycopg2
import pytest


@pytest.fixture
def platform(platforms, connect):
    [platform] = platforms("waiting")
    with connect() as env:
        env["hospital.interface"].search([("platform_id", "=", platform), ("code", "=", "do")]).timing = "now"
    return platform


def new_order(connect, name):
    with connect() as env:
        return env["probe.order"].create({"name": name}).id


def messages(sql, platform):
    return sql(
        """SELECT interface.code, message.state, message.caller_state, message.is_attention
           FROM hospital_message message
           JOIN hospital_interface interface ON interface.id = message.interface_id
           WHERE message.platform_id = %s ORDER BY message.id""",
        platform,
    )


def deliver(connect, platform):
    with connect() as env:
        return env["hospital.platform"].browse(platform)._deliver()


def test_kept(platform, connect, sql, far):
    order = new_order(connect, "kept")
    with connect() as env:
        reply = env["probe.order"].browse(order)._call_and_note("waiting.do")
    assert reply["ref"].startswith("R")
    assert messages(sql, platform) == [("do", "done", "kept", False)]
    assert far.done("waiting") == {"kept": 1}
    assert sql("SELECT count(*) FROM hospital_message_kept") == [(0,)]


def test_what_is_not_mapped_is_asked_for_whatever_becomes_of_the_caller(platform, connect, sql):
    from odoo.addons.hospital_exchange.tools.errors import ExchangeError

    for _time in range(2):
        with pytest.raises(ExchangeError, match="99"), connect() as env:
            env["hospital.code.map"]._to_remote(env["hospital.platform"].browse(platform), "ward", "99")
    rows = sql("SELECT local_code, state, asked_count FROM hospital_code_map WHERE platform_id = %s", platform)
    assert rows == [("99", "unmapped", 2)]


@pytest.mark.proves("S2-1.1")
def test_caller_rolls_back_after_a_yes(platform, connect, sql, far):
    order = new_order(connect, "lost")
    with pytest.raises(ZeroDivisionError), connect() as env:  # noqa: PT012
        env["probe.order"].browse(order)._call_and_note("waiting.do")
        assert far.done("waiting") == {"lost": 1}
        raise ZeroDivisionError
    assert messages(sql, platform) == [("do", "done", "lost", False), ("undo", "pending", None, False)]
    assert sql("SELECT remote_number FROM probe_order WHERE id = %s", order) == [(None,)]
    [(request, reply)] = sql(
        "SELECT request_body, reply::text FROM hospital_message WHERE platform_id = %s AND state = 'done'", platform
    )
    assert "lost" in request
    assert "ref" in reply
    assert deliver(connect, platform) == 1
    assert messages(sql, platform) == [("do", "done", "lost", False), ("undo", "done", None, False)]
    assert far.done("waiting") == {"lost": 0}


def test_a_savepoint_rolled_back_counts_as_lost(platform, connect, sql, far):
    order = new_order(connect, "savepoint")
    with connect() as env:
        try:
            with env.cr.savepoint():
                env["probe.order"].browse(order)._call_and_note("waiting.do")
                raise ZeroDivisionError
        except ZeroDivisionError:
            env["probe.order"].browse(order).name = "savepoint, tried"
    assert [row[2] for row in messages(sql, platform)] == ["lost", None]
    deliver(connect, platform)
    assert far.done("waiting") == {"savepoint": 0}


def test_serialization_failure_runs_the_request_again_but_calls_once(platform, connect, sql, far, monkeypatch):
    """Odoo runs the request again after a real serialization failure: one call, nothing is undone."""
    from odoo.service import model

    monkeypatch.setattr(model.time, "sleep", lambda _seconds: None)
    order = new_order(connect, "again")
    runs = []

    def request(env):
        runs.append(1)
        env["probe.order"].browse(order).read(["name"])  # the snapshot of this transaction begins
        if len(runs) == 1:
            with connect() as other:
                other["probe.order"].browse(order).name = "again!"
        record = env["probe.order"].browse(order)
        reply = record._exchange_call("waiting.do", payload={"id": "again"}, key="again")
        record.remote_number = reply["ref"]
        env.flush_all()
        return reply["ref"]

    with connect() as env:
        reference = model.retrying(partial(request, env), env)
    assert len(runs) == 2
    assert far.done("waiting") == {"again": 1}
    assert far.state()["calls"]["waiting/do"] == 1
    assert messages(sql, platform) == [("do", "done", "kept", False)]
    assert sql("SELECT remote_number FROM probe_order WHERE id = %s", order) == [(reference,)]


def test_request_that_is_given_up_after_serialization_failures_is_taken_back(platform, connect, sql, far, monkeypatch):
    from odoo.exceptions import ConcurrencyError
    from odoo.service import model

    monkeypatch.setattr(model.time, "sleep", lambda _seconds: None)
    order = new_order(connect, "given up")

    def request(env):
        env["probe.order"].browse(order)._exchange_call("waiting.do", key="given up")
        raise ConcurrencyError

    with pytest.raises(ConcurrencyError), connect() as env:
        model.retrying(partial(request, env), env)
    assert far.state()["calls"]["waiting/do"] == 1
    assert messages(sql, platform) == [("do", "done", "open", False)]
    sql("UPDATE hospital_message SET claimed_at = claimed_at - interval '1 hour' WHERE platform_id = %s", platform)
    deliver(connect, platform)
    assert messages(sql, platform) == [("do", "done", "lost", False), ("undo", "done", None, False)]
    assert far.done("waiting") == {"given up": 0}


def test_two_clerks_make_the_same_call_at_once(platform, connect, sql, far):
    order = new_order(connect, "twice")
    far.faults(waiting={"hang": 0.5})
    answers = []

    def clerk():
        try:
            with connect() as env:
                answers.append(env["probe.order"].browse(order)._exchange_call("waiting.do")["ref"])
        except Exception as error:  # noqa: BLE001
            answers.append(error)

    threads = [threading.Thread(target=clerk) for _clerk in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert far.done("waiting") == {"twice": 1}
    assert sum(isinstance(answer, str) for answer in answers) == 1, answers


def test_no_answer_is_found_out_and_undone(platform, connect, sql, far):
    from odoo.addons.hospital_exchange.tools.errors import CallError

    order = new_order(connect, "silent")
    far.faults(waiting={"lose_after": 1})
    with pytest.raises(CallError) as caught, connect() as env:
        env["probe.order"].browse(order)._call_and_note("waiting.do")
    assert caught.value.kind == "unknown"
    assert caught.value.args[0]
    with pytest.raises(CallError) as caught, connect() as env:
        env["probe.order"].browse(order)._call_and_note("waiting.do")
    assert far.done("waiting") == {"silent": 1}
    far.faults()
    sql(
        "UPDATE hospital_message SET next_try_at = now() AT TIME ZONE 'UTC' "
        "WHERE platform_id = %s AND state = 'unknown'",
        platform,
    )
    deliver(connect, platform)
    assert messages(sql, platform) == [("do", "done", "lost", False), ("undo", "done", None, False)]
    assert far.done("waiting") == {"silent": 0}


def test_caller_that_was_killed(platform, connect, sql, far, registry):
    """The process dies between the yes of the platform and its own commit: nothing runs any more but the delivery."""
    order = new_order(connect, "killed")
    cr = registry.cursor()
    from odoo import SUPERUSER_ID, api

    api.Environment(cr, SUPERUSER_ID, {})["probe.order"].browse(order)._call_and_note("waiting.do")
    sql("SELECT pg_terminate_backend(%s)", cr._cnx.info.backend_pid)
    assert messages(sql, platform) == [("do", "done", "open", False)]
    sql("UPDATE hospital_message SET claimed_at = claimed_at - interval '1 hour' WHERE platform_id = %s", platform)
    deliver(connect, platform)
    assert messages(sql, platform) == [("do", "done", "lost", False), ("undo", "done", None, False)]
    assert far.done("waiting") == {"killed": 0}
    cr.postrollback.clear()
    with contextlib.suppress(psycopg2.Error):  # there is nothing left to close
        cr.close()


def test_a_no_tells_the_clerk_and_leaves_nobody_waiting(platform, connect, sql, far):
    from odoo.addons.hospital_exchange.tools.errors import CallError

    order = new_order(connect, "no")
    far.faults(waiting={"refuse": "A1"})
    with pytest.raises(CallError) as caught, connect() as env:
        env["probe.order"].browse(order)._call_and_note("waiting.do")
    assert (caught.value.kind, caught.value.code) == ("business", "A1")
    assert messages(sql, platform) == [("do", "refused", "lost", False)]
    far.faults()
    with connect() as env:  # corrected, and once more
        env["probe.order"].browse(order)._call_and_note("waiting.do")
    assert far.done("waiting") == {"no": 1}
