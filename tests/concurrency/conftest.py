import itertools
import os
import re
import threading

import psycopg2
import pytest

from ..rpc import RpcError
from .invoices import Workers, ready
from .payment_books import CHANNELS

COUNTER = itertools.count(os.getpid() * 10000)
REFUSALS = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError")


def race(*steps):
    """Run every step at the same moment in a thread of its own; gives the answers and the refusals."""
    gate = threading.Barrier(len(steps))
    answers, refusals, broken = [], [], []

    def run(step):
        gate.wait(30)
        try:
            answers.append(step())
        except RpcError as error:
            refusals.append(error)
        except Exception as error:  # noqa: BLE001 a thread cannot fail the test by itself
            broken.append(error)

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not broken, broken
    return answers, refusals


def one_winner(answers, refusals):
    """Exactly one got through, and every other was told why in a Chinese sentence."""
    assert len(answers) == 1, [refusal.sentence for refusal in refusals]
    for refusal in refusals:
        assert refusal.name in REFUSALS, refusal
        assert re.search(r"[\u4e00-\u9fff]{4,}", refusal.sentence), refusal.sentence
        assert refusal.sentence.strip().endswith("。"), refusal.sentence
    return answers[0]


@pytest.fixture
def registrar(rpc):
    return rpc("registrar")


@pytest.fixture
def new_card(registrar):
    """A new patient with a card that holds nothing yet."""

    def make():
        number = next(COUNTER)
        patient = registrar.call("hospital.patient", "create", {"name": f"并发{number % 100000}", "sex": "1"})
        card = registrar.call("hospital.card", "create", {"patient_id": patient, "number": f"33{number:010}"})
        return {"card_id": card, "patient_id": patient}

    return make


@pytest.fixture
def admin(rpc):
    return rpc("admin")


@pytest.fixture
def channels(admin, server):
    """The far sides stand on this server, and nobody waits a minute here before an unclear charge is taken back."""
    for code in CHANNELS:
        [platform] = admin.call("hospital.platform", "search", [("code", "=", code)])
        url = f"{server}/sandbox/{code}"
        admin.call("hospital.platform", "write", [platform], {"url_sandbox": url, "breaker_threshold": 1000})
    ids = admin.call("hospital.pay.channel", "search", [("code", "in", CHANNELS)])
    quick = {"query_every_s": 1, "decide_after_s": 3, "reverse_wait_s": 1, "refund_gap_s": 0}
    admin.call("hospital.pay.channel", "write", ids, quick)


@pytest.fixture
def bill_platform(admin, server, database):
    yield from ready(admin, server, database)


@pytest.fixture
def workers(database_name):
    return Workers(database_name)


@pytest.fixture
def execute(database_name):
    """Changes rows past the server, as time would."""
    connection = psycopg2.connect(dbname=database_name)
    connection.autocommit = True

    def run(query, *values):
        with connection.cursor() as cursor:
            cursor.execute(query, values)

    yield run
    connection.close()
