"""One request number, one handler: whoever calls twice, whoever dies in between, whatever the handler does."""

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from .conftest import wait_for
from .inbound_platforms import KEY
from .partner import Partner

PATIENT = "欧阳测试"


def rows(sql, platform_id, number):
    return sql(
        "SELECT state, error_kind, error_code, is_attention FROM hospital_message "
        "WHERE platform_id = %s AND number = %s ORDER BY id",
        platform_id,
        number,
    )


def test_two_at_once_run_the_handler_once(partner, serve, orders, sql, platform_id):
    """The same call at two servers at the same time, and again afterwards."""
    other = Partner(serve(0).port, "partner", KEY)
    payload = {"name": "at once", "wait": 2}
    start = threading.Barrier(2)

    def call(one):
        start.wait()
        return one.call("put", payload, "N-at-once").json()

    with ThreadPoolExecutor() as pool:
        replies = list(pool.map(call, (partner, other)))
    assert sorted(reply["code"] for reply in replies) == ["0", "busy"]
    [served] = [reply for reply in replies if reply["code"] == "0"]
    assert partner.call("put", payload, "N-at-once").json() == served
    assert other.call("put", payload, "N-at-once").json() == served
    assert orders("at once") == 1
    assert rows(sql, platform_id, "N-at-once") == [("done", None, None, False)]


def test_same_bytes_at_once(partner, orders):
    body = json.dumps({"name": "same bytes", "wait": 1}).encode()
    headers = partner.headers("put", body, "N-bytes")
    with ThreadPoolExecutor() as pool:
        codes = list(pool.map(lambda _n: partner.post("put", body, headers).json()["code"], range(4)))
    assert codes.count("0") == 1
    assert set(codes) <= {"0", "busy", "replayed"}
    assert orders("same bytes") == 1


def test_same_number_another_call(partner, orders):
    assert partner.code("put", {"name": "first"}, "N-same") == "0"
    assert partner.code("put", {"name": "second"}, "N-same") == "conflict"
    assert orders("second") == 0


def test_a_refusal_is_given_again(partner, orders, sql, platform_id):
    """What the handler wrote before it refused is undone, the evidence is kept, the answer stays the same."""
    payload = {"name": "refused", "refuse": "not today"}
    first = partner.call("put", payload, "N-refused").json()
    assert (first["code"], first["message"]) == ("business", "not today")
    assert partner.call("put", payload, "N-refused").json() == first
    assert orders("refused") == 0
    assert rows(sql, platform_id, "N-refused") == [("refused", "business", "business", False)]
    [(request, reply)] = sql(
        "SELECT request_body::jsonb, reply_body::jsonb FROM hospital_message "
        "WHERE number = 'N-refused' AND platform_id = %s",
        platform_id,
    )
    assert request == payload
    assert reply == first


def test_our_own_mistake_is_kept_told_once_and_may_be_repeated(partner, orders, sql, platform_id):
    payload = {"name": "broken", "fail": PATIENT}
    for _time in range(2):
        reply = partner.call("put", payload, "N-broken")
        assert reply.status_code == 200
        assert reply.json()["code"] == "internal"
        assert PATIENT not in reply.text
        assert "Traceback" not in reply.text
    assert orders("broken") == 0
    assert rows(sql, platform_id, "N-broken") == [("dead", "bug", "internal", True)] * 2
    [(detail,), _again] = sql(
        "SELECT error_detail FROM hospital_message WHERE number = 'N-broken' AND platform_id = %s", platform_id
    )
    assert "ZeroDivisionError" in detail
    told = sql("SELECT count(*) FROM mail_activity WHERE res_model = 'hospital.platform' AND res_id = %s", platform_id)
    assert told == [(1,)]
    sql("UPDATE hospital_message SET is_attention = FALSE WHERE number = 'N-broken'")


def test_a_serialization_failure_runs_the_handler_again(partner, orders, sql):
    """Odoo's own way: roll back, run again, one answer."""
    sql("INSERT INTO probe_order (name, handled) VALUES ('counted', 0)")
    with ThreadPoolExecutor() as pool:
        codes = list(
            pool.map(
                lambda n: partner.code("put", {"name": "many", "count": "counted", "wait": 0.5}, f"N-{n}"), range(2)
            )
        )
    assert codes == ["0"] * 2
    assert sql("SELECT handled FROM probe_order WHERE name = 'counted'") == [(2,)]
    assert orders("many") == 2


@pytest.mark.proves("S2-1.1")
def test_killed_in_the_middle(serve, partner, orders, sql, platform_id):
    """The process dies while the handler is at work: the partner gets no answer, repeats, and it is done once."""
    dying = serve(0)
    payload = {"name": "killed", "wait": 3}
    lost = []

    def call():
        try:
            lost.append(Partner(dying.port, "partner", KEY).call("put", payload, "N-killed"))
        except requests.ConnectionError as error:
            lost.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    wait_for(
        lambda: sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(3%%' AND state = 'active'"),
        20,
        "the handler at work",
    )
    os.kill(dying.process.pid, signal.SIGKILL)
    caller.join()
    dying.process.wait()
    assert isinstance(lost[0], requests.ConnectionError)
    assert orders("killed") == 0

    def answered():
        reply = partner.call("put", payload, "N-killed").json()
        return reply["code"] != "busy" and reply  # PostgreSQL needs a moment to see that the process is gone

    reply = wait_for(answered, 30, "the repeated call")
    assert reply["code"] == "0"
    assert partner.call("put", payload, "N-killed").json() == reply
    assert orders("killed") == 1
    assert rows(sql, platform_id, "N-killed") == [("done", None, None, False)]
