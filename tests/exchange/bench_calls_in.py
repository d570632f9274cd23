"""Calls in: a signed read, kept as evidence, against a bare route of Odoo that does nothing."""

import itertools
import json

import requests

from tests.bench.harness import benchmark
from tests.bench.serving import serving

from .inbound_platforms import KEY, make_platform
from .partner import sign


@benchmark("Calls in", yardstick="a bare auth=none route", limit=2, short=50, full=200, needs=("probe_exchange",))
def bench_exchange_calls_in(env, size):
    name = f"bench {make_platform(env, 'bench_in').id}"
    env["probe.order"].create([{"name": f"{name} {number}", "remote_number": str(number)} for number in range(1000)])
    env.cr.commit()
    numbers = itertools.count()

    with serving(env) as url:

        def read(session, code):
            number = next(numbers)
            path = f"/exchange/bench_in/{code}"
            body = json.dumps({"name": f"{name} {number % 1000}"}).encode()
            headers = {"Content-Type": "application/json", **sign(KEY, "POST", path, body, f"R{number}")}
            reply = session.post(url + path, data=body, headers=headers, timeout=30).json()
            if reply["code"] != "0":
                raise AssertionError(reply)

        def reads(code):
            with requests.Session() as session:
                for _call in range(size):
                    read(session, code)

        def bare():
            with requests.Session() as session:
                for _call in range(size):
                    session.post(f"{url}/probe/bare", json={}, timeout=30).json()

        yield "a read by a method", lambda: reads("get"), bare
        yield "a read by field lines", lambda: reads("look"), bare
