"""Answers that take their time or never come, without taking the server with them."""

import contextlib
import logging
import time

from odoo.sql_db import db_connect
from odoo.tools import config

_logger = logging.getLogger(__name__)

LOCK = 0x68_70_73_62  # "hpsb": space of the advisory locks of slow answers


def limit():
    """How many calls may be slow at the same time, over all processes of the server."""
    return int(config.get("hospital_sandbox_slow") or 4)


@contextlib.contextmanager
def slot(dbname):
    """True for the first callers; who finds every place taken gets False and does not wait."""
    with db_connect(dbname).cursor() as cr:  # the lock goes with the transaction, and with the process
        for number in range(limit()):
            cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, number])
            if cr.fetchone()[0]:
                yield True
                return
    yield False


def body_of(told, dbname):
    """The body of an answer, sent when its time has come; by now the work of the far side is committed.

    An error of the connection is how a WSGI server is told that there is nobody to write to: it closes the line.
    """
    if told.seconds:
        with slot(dbname) as free:
            if free:
                time.sleep(told.seconds)
            else:
                _logger.warning("sandbox: %s calls are slow already, this one is answered at once", limit())
    if told.cut == "whole":
        raise ConnectionAbortedError
    if told.cut == "half":
        yield told.body[: len(told.body) // 2]
        raise ConnectionAbortedError
    yield told.body
