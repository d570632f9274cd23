"""What tests against a running server share; `./hospital test` starts one for them."""

import os
from pathlib import Path

import psycopg2
import psycopg2.extras
import pytest

from hospital_cli import layout

from .rpc import Rpc

USAGE = (
    "These tests need a running server: run them with `./hospital test`, or set HOSPITAL_URL and HOSPITAL_DB "
    "(see tests/browser/README.md)."
)


def pytest_ignore_collect(collection_path):
    """Tests of an addon that is not installable yet are kept beside the others and wait with it."""
    return True if layout.waits(collection_path) else None


def _setting(name):
    value = os.environ.get(name)
    if not value:
        pytest.exit(USAGE, returncode=2)
    return value


@pytest.fixture(scope="session")
def server():
    return _setting("HOSPITAL_URL").rstrip("/")


@pytest.fixture(scope="session")
def database_name():
    return _setting("HOSPITAL_DB")


@pytest.fixture
def announce_error():
    """`announce_error("no_such_method")`: this test makes the server log one ERROR with that text, and must."""

    def announce(text):
        if path := os.environ.get("HOSPITAL_ANNOUNCED_ERRORS"):
            with Path(path).open("a") as announced:
                announced.write(f"{text}\n")

    return announce


@pytest.fixture
def database(database_name):
    """Reads what is really stored: `database("SELECT …", value)` gives rows as dictionaries."""
    connection = psycopg2.connect(dbname=database_name)
    connection.set_session(readonly=True, autocommit=True)

    def read(query, *values):
        with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    yield read
    connection.close()


@pytest.fixture
def rpc(server, database_name):
    """`rpc("registrar").call(model, method, …)`: a call of the web client without a browser."""
    return lambda login, password=None: Rpc(server, database_name, login, password)
