"""The sandbox as the far side: an Odoo of its own, asked by other Odoos over real sockets with signed JSON."""

import json
import os
import time

import pytest
import requests

from .conftest import Server, wait_for

SIZE = int(os.environ.get("HOSPITAL_EXCHANGE_MESSAGES") or 600)
KILLS = 5 if SIZE >= 5000 else 2
KEY = "a key that both sides hold and nobody else"
PARAMETERS = {
    "ok_path": "code",
    "ok_values": "0",
    "code_path": "code",
    "message_path": "message",
    "duplicate_values": "DUPLICATE",
    "ref_path": "data.ref",
    "data_path": "data",
}
LEFT = """SELECT count(*) FROM hospital_message WHERE platform_id = ANY(%s)
           AND (state NOT IN ('done', 'refused', 'dead', 'closed') AND NOT is_attention OR reply_state = 'waiting')"""


@pytest.fixture(scope="module")
def sandbox(registry, config, database_name, tmp_path_factory):
    """A far side that stays up: it delivers nothing and is not killed."""
    server = Server(config, database_name, tmp_path_factory.mktemp("sandbox") / "log", 0)
    server.start()
    yield f"http://127.0.0.1:{server.port}/sandbox"
    server.stop()


@pytest.fixture
def far_platforms(connect, sql, sandbox):
    """`far_platforms("a", "b")`: signed JSON platforms in sandbox mode with every effect; gives their ids."""
    made = []

    def make(*codes, query_delay=60, **values):
        with connect() as env:
            for code in codes:
                platform = env["hospital.platform"].create(
                    {
                        "name": f"Sandbox {code}",
                        "code": code,
                        "protocol": "hospital.protocol.http_json",
                        "signing": "hmac_sha256",
                        "mode": "sandbox",
                        "url_sandbox": f"{sandbox}/{code}",
                        "breaker_threshold": 1000,
                        "parameter_ids": [(0, 0, {"name": name, "value": text}) for name, text in PARAMETERS.items()],
                        **values,
                    }
                )
                env["hospital.secret"].create({"platform_id": platform.id, "name": "sign_key", "value": KEY})
                made.append(platform.id)
                _make_interfaces(env, platform, query_delay)
        return made[-len(codes) :]

    yield make
    sql("UPDATE hospital_sandbox_fault SET active = FALSE WHERE platform_id = ANY(%s)", made)
    sql("UPDATE hospital_platform SET active = FALSE, mode = 'disabled', code = code || id WHERE id = ANY(%s)", made)
    sql(
        "UPDATE ir_cron SET active = FALSE WHERE id IN (SELECT cron_id FROM hospital_platform WHERE id = ANY(%s))", made
    )


def _make_interfaces(env, platform, query_delay):
    common = {"platform_id": platform.id, "query_delay": query_delay}
    make = env["hospital.interface"].create
    asks = make({**common, "code": "ask", "name": "Ask", "path": "ask", "effect": "read"})
    undo = make({**common, "code": "undo", "name": "Undo", "path": "undo", "effect": "upsert", "absent_codes": "404"})
    make({**common, "code": "get", "name": "Get", "path": "get", "effect": "read"})
    make({**common, "code": "set", "name": "Set", "path": "set", "effect": "upsert"})
    make(
        {
            **common,
            "code": "do",
            "name": "Do",
            "path": "do",
            "effect": "once",
            "query_interface_id": asks.id,
            "reversal_interface_id": undo.id,
        }
    )


def interface(env, platform_id, code):
    return env["hospital.interface"].search([("platform_id", "=", platform_id), ("code", "=", code)])


def queue(connect, platform_id, size, code="do", prefix="N"):
    with connect() as env:
        row = interface(env, platform_id, code)
        for number in range(size):
            row._queue(key=f"{prefix}{number}", payload={"id": f"{prefix}{number}", "text": "x" * 200})


def deliver(connect, platform_id):
    with connect() as env:
        env["hospital.platform"].browse(platform_id)._deliver()


def play(connect, platform_id, kind, **values):
    with connect() as env:
        env["hospital.sandbox.fault"].search([("platform_id", "=", platform_id)]).unlink()
        if kind:
            env["hospital.sandbox.fault"].create({"platform_id": platform_id, "kind": kind, **values})


def counts(sql, platform_id):
    """{key: how often the far side has done it}"""
    return dict(
        sql("SELECT key, count FROM hospital_sandbox_record WHERE platform_id = %s AND kind = 'do'", platform_id)
    )


def newest(sql, platform_id):
    [row] = sql(
        "SELECT state, error_kind, error_code, is_attention, next_try_at IS NOT NULL FROM hospital_message "
        "WHERE platform_id = %s AND direction = 'out' AND key LIKE 'N%%' ORDER BY id DESC LIMIT 1",
        platform_id,
    )
    return row


@pytest.mark.proves("S2-1.1", "S2-8.1")
def test_sandbox_loses_requests_and_answers_and_processes_are_killed(far_platforms, connect, sql, serve, nudge):
    """Each exactly once on the far side, every message certain, none lost."""
    ids = far_platforms("sbx_one", "sbx_two", "sbx_three", query_delay=1, read_timeout=5)
    each = SIZE // 3
    for platform_id in ids:
        queue(connect, platform_id, each)
        with connect() as env:
            do = interface(env, platform_id, "do")
            for kind in ("lose_before", "lose_after"):
                env["hospital.sandbox.fault"].create(
                    {"platform_id": platform_id, "interface_id": do.id, "kind": kind, "probability": 2}
                )
            # at least one of each, however few messages are sent
            for kind in ("lose_before", "lose_after"):
                env["hospital.sandbox.fault"].create(
                    {"platform_id": platform_id, "interface_id": do.id, "kind": kind, "times": 1}
                )
    servers = [serve(), serve()]
    nudge(ids)
    started = time.monotonic()
    for round_number in range(KILLS):
        target = each * 3 - each * 3 * (round_number + 1) // (KILLS + 1)
        wait_for(lambda target=target: sql(LEFT, ids)[0][0] <= target, 900, f"delivery down to {target}")
        victim = servers[round_number % 2]
        victim.kill()
        victim.start()
        nudge(ids)

    def finished():
        nudge(ids)
        time.sleep(0.5)
        return sql(LEFT, ids)[0][0] == 0

    wait_for(finished, 900, "the end of the queue")
    print(f"{each * 3} messages in {time.monotonic() - started:.1f} s, {KILLS} times a process was killed")
    states = dict(sql("SELECT state, count(*) FROM hospital_message WHERE platform_id = ANY(%s) GROUP BY 1", ids))
    assert states == {"done": each * 3}
    for platform_id in ids:
        done = counts(sql, platform_id)
        assert len(done) == each
        assert set(done.values()) == {1}, {key: count for key, count in done.items() if count != 1}
    played = dict(
        sql(
            """SELECT fault.kind, count(*) FROM hospital_sandbox_call call
                 JOIN hospital_sandbox_fault fault ON fault.id = fault_id
                WHERE call.platform_id = ANY(%s) GROUP BY 1""",
            ids,
        )
    )
    assert played["lose_before"] >= 3
    assert played["lose_after"] >= 3


FAULTS = [
    # fault, effect of the interface, what is written down, what the far side has done, what becomes of it
    ("lose_after", {}, "do", ("unknown", "unknown"), 1),
    ("lose_before", {}, "do", ("unknown", "unknown"), 0),
    ("cut_off", {"does_work": True}, "do", ("unknown", "unknown"), 1),
    ("cut_off", {}, "do", ("unknown", "unknown"), 0),
    ("error", {}, "do", ("unknown", "unknown"), 0),
    ("error", {"does_work": True, "code": "502"}, "do", ("unknown", "unknown"), 1),
    ("garbage", {"does_work": True}, "do", ("unknown", "unknown"), 1),
    ("hang", {"seconds": 5}, "do", ("unknown", "unknown"), 0),
    ("slow", {"seconds": 5}, "do", ("unknown", "unknown"), 1),
    ("refuse", {"code": "A17", "words": "no such ward"}, "do", ("refused", "business"), 0),
    ("duplicate", {}, "do", ("done", "duplicate"), 0),
    ("lose_before", {}, "set", ("retry", "unknown"), 0),
    ("garbage", {}, "set", ("retry", "unknown"), 0),
    ("error", {}, "set", ("retry", "unknown"), 0),
]


@pytest.mark.parametrize(("kind", "values", "code", "written", "done"), FAULTS)
def test_each_fault_ends_in_the_state_of_the_table(far_platforms, connect, sql, kind, values, code, written, done):
    """By real HTTP: what the far side did is what it says, and the next question makes it certain."""
    [platform_id] = far_platforms("sbx_fault", connect_timeout=1, read_timeout=2)
    play(connect, platform_id, kind, times=1, **values)
    queue(connect, platform_id, 1, code)
    deliver(connect, platform_id)
    state, error_kind, error_code, attention, waits = newest(sql, platform_id)
    assert (state, error_kind) == written
    assert attention == (state == "refused")
    assert waits == (state in ("unknown", "retry"))
    if kind == "refuse":
        assert error_code == "A17"
    if kind == "slow":  # it is still at work when the hospital has hung up
        wait_for(lambda: counts(sql, platform_id), 5, "the slow work")
    assert sum(counts(sql, platform_id).values()) == done
    if state in ("done", "refused"):
        return
    sql("UPDATE hospital_message SET next_try_at = now() AT TIME ZONE 'UTC' WHERE platform_id = %s", platform_id)
    deliver(connect, platform_id)
    deliver(connect, platform_id)
    assert newest(sql, platform_id)[0] == "done"
    if code == "do":
        assert counts(sql, platform_id) == {"N0": 1}


def test_who_signs_wrongly_is_refused(far_platforms, connect, sql, sandbox):
    from odoo.addons.hospital_exchange.tools import signing  # found once Odoo is set up

    [platform_id] = far_platforms("sbx_sign")
    body = json.dumps({"id": "N1"}).encode()
    session = requests.Session()
    session.trust_env = False

    def post(headers, data=body):
        reply = session.post(f"{sandbox}/sbx_sign/do", data=data, headers=headers, timeout=10)
        return reply.status_code, reply.json()["code"]

    good = signing.headers("hmac_sha256", KEY, "sbx_sign", "POST", "/sandbox/sbx_sign/do", body, "1")
    bad = signing.headers("hmac_sha256", KEY + "!", "sbx_sign", "POST", "/sandbox/sbx_sign/do", body, "1")
    other = signing.headers("hmac_sha256", KEY, "sbx_sign", "POST", "/sandbox/sbx_sign/undo", body, "1")
    assert post(bad) == (200, "401")
    assert post({}) == (200, "401")
    assert post(other) == (200, "401")
    assert post(good, data=body + b" ") == (200, "401")
    assert counts(sql, platform_id) == {}
    assert post(good) == (200, "0")
    assert counts(sql, platform_id) == {"N1": 1}
    verdicts = [
        row[0]
        for row in sql("SELECT verdict FROM hospital_sandbox_call WHERE platform_id = %s ORDER BY id", platform_id)
    ]
    assert verdicts == ["signature"] * 4 + ["done"]


def test_hanging_calls_do_not_take_the_server(far_platforms, connect, sql, sandbox):
    """Twelve calls hang; four of them really, the others are cut at once, and the server still answers."""
    import threading

    [platform_id] = far_platforms("sbx_hang", signing="none")
    play(connect, platform_id, "hang", seconds=8)
    taken = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
    wait_for(lambda: sql(taken, 0x68_70_73_62) == [(0,)], 30, "the end of what was slow before")
    times = []

    def call():
        start = time.monotonic()
        with pytest.raises(requests.ConnectionError):
            requests.post(f"{sandbox}/sbx_hang/do", json={"id": "1"}, timeout=30)
        times.append(time.monotonic() - start)

    threads = [threading.Thread(target=call) for _number in range(12)]
    for thread in threads:
        thread.start()
    start = time.monotonic()
    assert requests.get(sandbox.replace("/sandbox", "/web/health"), timeout=10).ok
    assert time.monotonic() - start < 5
    for thread in threads:
        thread.join()
    assert sum(seconds > 7 for seconds in times) == 4
    assert sum(seconds < 6 for seconds in times) == 8


def test_another_interface_of_echo_takes_rows_only(connect, sql, sandbox):
    """No Python, no view, no restart: rows made here, while the far side is up, are understood by it at once."""
    with connect() as env:
        echo = env.ref("hospital_sandbox.platform_echo")
        echo.write({"mode": "sandbox", "url_sandbox": f"{sandbox}/echo"})
        env["hospital.sandbox"]._make_keys(echo)
        env["hospital.sandbox.fault"].search([("platform_id", "=", echo.id)]).unlink()
        make = env["hospital.interface"].create
        common = {"platform_id": echo.id, "model_id": env["ir.model"]._get_id("hospital.campus")}
        lend = make({**common, "code": "lend", "name": "借阅", "effect": "once", "path": "books/lend"})
        look = make({**common, "code": "look", "name": "查询", "effect": "read", "path": "books/look"})
        lines = [
            {"path": "code", "name": "编号", "source": "record", "value": "code", "required": True},
            {"path": "who.name", "name": "名称", "source": "record", "value": "name", "length": 100},
        ]
        for interface in (lend, look):
            for line in lines:
                env["hospital.interface.field"].create({"interface_id": interface.id, **line})
        reply = {"part": "reply", "path": "who.name", "name": "名称", "source": "record", "value": "phone"}
        env["hospital.interface.field"].create({"interface_id": look.id, **reply})
        campus = env["hospital.campus"].create({"name": "Rows only", "code": f"ROWS{lend.id}"})
        lend._queue(campus)
        ids = (echo.id, lend.id, look.id, campus.id)
    try:
        deliver(connect, ids[0])
        [(state, ref)] = sql("SELECT state, remote_ref FROM hospital_message WHERE interface_id = %s", ids[1])
        assert state == "done"
        [(key, data, there, count)] = sql(
            "SELECT key, data, ref, count FROM hospital_sandbox_record WHERE platform_id = %s AND kind = 'lend' AND key = %s",
            ids[0],
            f"ROWS{ids[1]}",
        )
        assert (key, data["who"]["name"], there, count) == (f"ROWS{ids[1]}", "Rows only", ref, 1)
        with connect() as env:
            env["hospital.interface"].browse(ids[2])._call(env["hospital.campus"].browse(ids[3]))
        assert sql("SELECT phone FROM hospital_campus WHERE id = %s", ids[3]) == [("Rows only",)]
    finally:
        sql("UPDATE hospital_platform SET url_sandbox = NULL WHERE id = %s", ids[0])
        sql("UPDATE hospital_interface SET active = FALSE, code = code || id WHERE id = ANY(%s)", list(ids[1:3]))


def test_zeep_calls_the_sandbox_of_a_soap_platform(far_platforms, connect, sql, sandbox):
    """The WSDL is fetched over HTTP by somebody who knows nothing of Odoo, and what it says is true."""
    from zeep import Client, Settings
    from zeep.transports import Transport

    [platform_id] = far_platforms("sbx_soap", signing="none", protocol="hospital.protocol.soap")
    with connect() as env:
        do = interface(env, platform_id, "do")
        for name in ("id", "text"):
            env["hospital.interface.field"].create({"interface_id": do.id, "path": name, "name": name})
        env["hospital.platform"].browse(platform_id).parameter_ids.filtered(
            lambda line: line.name == "ref_path"
        ).value = "ref"
    session = requests.Session()
    session.trust_env = False
    transport = Transport(session=session, timeout=10, operation_timeout=10)
    client = Client(f"{sandbox}/sbx_soap?wsdl", transport=transport, settings=Settings(strict=True))
    reply = client.service.do(id="Z1", text="汉字")
    assert (reply["code"], reply["ref"][:1]) == ("0", "R")
    queue(connect, platform_id, 1)
    deliver(connect, platform_id)
    assert newest(sql, platform_id)[0] == "done"
    assert counts(sql, platform_id) == {"Z1": 1, "N0": 1}
