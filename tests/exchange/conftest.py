"""The engine against real sockets, with real transactions and real processes.

`./hospital test` gives these tests a database of their own with the addon probe_exchange installed. By hand: set
HOSPITAL_DB, HOSPITAL_UNTOUCHED_DB (any other database of the suite) and HOSPITAL_CONFIG, a configuration file whose
addons_path has tests/exchange/addons.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import requests

from .inbound_platforms import inbound_server, orders, partner, platform_id  # noqa: F401 fixtures of the calls in

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what="the condition"):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.05)
    pytest.fail(f"{what} did not come true within {seconds} s")
    return None


class Far:
    """The far side in a process of its own."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.process = subprocess.Popen([sys.executable, HERE / "far_side.py", str(self.port)])
        wait_for(self.answers, 15, "the far side")

    def answers(self):
        with contextlib.suppress(requests.RequestException):
            return self.session.get(f"{self.url}/state", timeout=5).ok
        return False

    def state(self):
        return self.session.get(f"{self.url}/state", timeout=60).json()

    def done(self, platform):
        prefix = f"{platform}/"
        done = self.state()["done"]
        return {key.removeprefix(prefix): count for key, count in done.items() if key.startswith(prefix)}

    def faults(self, **faults):
        self.session.post(f"{self.url}/faults", json=faults, timeout=5)

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def far():
    far = Far()
    yield far
    far.stop()


@pytest.fixture(scope="session")
def config():
    return os.environ.get("HOSPITAL_CONFIG") or pytest.exit("set HOSPITAL_CONFIG, see tests/exchange/conftest.py", 2)


@pytest.fixture(scope="session")
def database_name():
    return os.environ.get("HOSPITAL_DB") or pytest.exit("set HOSPITAL_DB, see tests/exchange/conftest.py", 2)


@pytest.fixture(scope="session")
def registry(config, database_name):
    """Odoo in this process, for tests that need transactions of their own."""
    import odoo
    from odoo.modules.registry import Registry

    arguments = ["-c", config, "-d", database_name, "--no-http", "--max-cron-threads=0", "--log-level=error"]
    odoo.tools.config.parse_config(arguments, setup_logging=True)
    os.environ["TZ"] = "UTC"
    return Registry(database_name)


@pytest.fixture
def connect(registry):
    """`with connect() as env:` a transaction of its own, committed at the end of the block."""
    from odoo import SUPERUSER_ID, api

    @contextlib.contextmanager
    def open_environment(user=SUPERUSER_ID, **context):
        with registry.cursor() as cr:
            yield api.Environment(cr, user, context)

    return open_environment


@pytest.fixture
def sql(database_name):
    """What is really stored, read past Odoo."""
    connection = psycopg2.connect(dbname=database_name, **_server())
    connection.autocommit = True

    def run(query, *values):
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else None

    yield run
    connection.close()


def _server():
    from odoo.tools import config

    names = {"host": "db_host", "port": "db_port", "user": "db_user", "password": "db_password"}
    return {name: config[option] for name, option in names.items() if config[option]}


@pytest.fixture
def platforms(connect, sql, far):
    """`platforms("a", "b", query=True)`: platforms of the probe protocol; nothing of them is left for the next test."""
    made = []

    def make(*codes, query=True, reversal=True, **values):
        with connect() as env:
            for code in codes:
                platform = env["hospital.platform"].create(
                    {
                        "name": f"Probe {code}",
                        "code": code,
                        "protocol": "hospital.protocol.probe",
                        "mode": "test",
                        "url_test": f"{far.url}/{code}",
                        **values,
                    }
                )
                made.append(platform.id)
                _make_interfaces(env, platform, query, reversal)
        return made[-len(codes) :]

    yield make
    sql("UPDATE hospital_platform SET active = FALSE, mode = 'disabled', code = code || id WHERE id = ANY(%s)", made)
    sql(
        "UPDATE ir_cron SET active = FALSE WHERE id IN (SELECT cron_id FROM hospital_platform WHERE id = ANY(%s))", made
    )
    sql("UPDATE hospital_interface SET code = code || id WHERE platform_id = ANY(%s)", made)


def _make_interfaces(env, platform, query, reversal):
    order = env["ir.model"]._get_id("probe.order")
    common = {"platform_id": platform.id, "query_delay": 1}
    make = env["hospital.interface"].create
    asks = make({**common, "code": "ask", "name": "Ask", "path": "ask", "effect": "read", "timing": "now"})
    undo = make({**common, "code": "undo", "name": "Undo", "path": "undo", "effect": "upsert", "absent_codes": "404"})
    for code, effect, timing in (("do", "once", "queued"), ("handled", "once", "queued"), ("set", "upsert", "queued")):
        make(
            {
                **common,
                "code": code,
                "name": code.title(),
                "path": "set" if code == "set" else "do",
                "effect": effect,
                "timing": timing,
                "model_id": order,
                "query_interface_id": asks.id if query and effect == "once" else False,
                "reversal_interface_id": undo.id if reversal and effect == "once" else False,
            }
        )


@pytest.fixture
def nudge(sql, database_name):
    """Wake the scheduler for these platforms now."""

    def wake(platform_ids):
        sql(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) "
            "SELECT cron_id, now() AT TIME ZONE 'UTC' FROM hospital_platform "
            "WHERE id = ANY(%s)",
            list(platform_ids),
        )
        with contextlib.closing(psycopg2.connect(dbname="postgres", **_server())) as connection:
            connection.autocommit = True
            connection.cursor().execute("SELECT pg_notify('cron_trigger', %s)", [database_name])

    return wake


class Server:
    """An Odoo that serves the database and delivers: a process of its own."""

    def __init__(self, config, database, log, threads=2, *arguments):
        self.port = free_port()
        self.log = log
        self.command = [
            sys.executable, "-m", "odoo", "-c", config, "-d", database, f"--db-filter=^{database}$",
            "--http-interface=127.0.0.1", f"--http-port={self.port}", f"--max-cron-threads={threads}",
            "--log-level=warn", *arguments,
        ]  # fmt: skip
        self.process = None

    def start(self):
        with Path(self.log).open("ab") as stream:
            self.process = subprocess.Popen(
                self.command, stdout=stream, stderr=stream, cwd=ROOT, start_new_session=True
            )
        wait_for(self.answers, 120, f"the server of {self.log}")
        return self

    def answers(self):
        assert self.process.poll() is None, Path(self.log).read_text()[-3000:]
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/web/health", timeout=5).ok
        return False

    def kill(self):
        """Without a chance to say goodbye."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture
def serve(config, database_name, tmp_path):
    """`serve()` starts another Odoo on the database."""
    servers = []

    def start(threads=2, *arguments):
        server = Server(config, database_name, tmp_path / f"server{len(servers)}.log", threads, *arguments)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()
