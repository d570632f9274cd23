"""The long form of what tests/concurrency/test_payment.py shows in short."""

import os
import subprocess
import sys
import tempfile

import requests
from odoo.tools import config

from tests.bench.harness import benchmark
from tests.exchange.conftest import ROOT, Server

TEST = "tests/concurrency/test_payment.py::test_desks_are_killed_and_every_cent_is_where_it_belongs"
DESKS = 8
KILLS = 40


@benchmark(
    "Ledgers under kills",
    yardstick="as many bare requests to an Odoo",
    limit=60,
    short=None,
    full=8 * 500,
    once=True,
    demo=True,
)
def bench_payment_ledgers(env, size):
    """Top-ups, payments and refunds of eight processes on twenty accounts, killed forty times. The test fails unless every
    cent is where it belongs, here and at the channels."""
    settings = {
        **os.environ,
        "HOSPITAL_CONFIG": config["config"],
        "HOSPITAL_DB": env.cr.dbname,
        "HOSPITAL_PAYMENT_OPERATIONS": str(size // DESKS),
        "HOSPITAL_PAYMENT_KILLS": str(KILLS),
    }
    for option in ("host", "port", "user", "password"):  # the tests read the database past Odoo
        if value := config[f"db_{option}"]:
            settings[f"PG{option.upper()}"] = str(value)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:odoo", TEST]

    def work():
        run = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        sys.stderr.write(run.stdout[-3000:])
        if run.returncode:
            raise AssertionError(run.stdout[-5000:] + run.stderr[-2000:])

    def bare():
        with requests.Session() as session:
            for _request in range(size):
                session.get(f"{url}/web/health", timeout=30).raise_for_status()

    with tempfile.TemporaryDirectory() as folder:
        server = Server(config["config"], env.cr.dbname, f"{folder}/log").start()
        try:
            url = settings["HOSPITAL_URL"] = f"http://127.0.0.1:{server.port}"
            yield f"{KILLS} kills on the way", work, bare
        finally:
            server.stop()
