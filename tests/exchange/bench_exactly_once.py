"""The long form of what tests/exchange/test_sandbox.py shows in short."""

import os
import subprocess
import sys

import requests
from odoo.tools import config

from tests.bench.harness import benchmark
from tests.bench.serving import serving

from .conftest import ROOT

TEST = "tests/exchange/test_sandbox.py::test_sandbox_loses_requests_and_answers_and_processes_are_killed"


@benchmark(
    "Exactly once",
    yardstick="as many bare requests to an Odoo",
    limit=6,
    short=None,
    full=10_002,
    needs=("probe_exchange",),
    once=True,
)
def bench_exactly_once(env, size):
    """Messages that must happen once, on three platforms of the sandbox, 2 % lost before and 2 % after the work, a
    process killed five times. The test fails unless each was done exactly once."""
    settings = {
        **os.environ,
        "HOSPITAL_CONFIG": config["config"],
        "HOSPITAL_DB": env.cr.dbname,
        "HOSPITAL_EXCHANGE_MESSAGES": str(size),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST]

    def deliver():
        run = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        if run.returncode:
            raise AssertionError(run.stdout[-5000:] + run.stderr[-2000:])

    def bare():
        with requests.Session() as session:
            for _message in range(size):
                session.get(url, timeout=30).raise_for_status()

    with serving(env) as address:
        url = f"{address}/web/health"
        yield "five kills on the way", deliver, bare
