"""Answers that take their time or never come, without taking the server with them."""

import contextlib
import logging
import socket
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


def body_of(told, dbname, line):
    """The body of an answer, sent when its time has come; by now the work of the far side is committed.

    :param line: the socket of the request
    """
    if told.seconds:
        with slot(dbname) as free:
            if free:
                time.sleep(told.seconds)
            else:
                _logger.warning("sandbox: %s calls are slow already, this one is answered at once", limit())
    if told.cut == "whole":
        cut(line)
    if told.cut == "half":
        yield told.body[: len(told.body) // 2]
        cut(line)
    yield told.body


def cut(line):
    """The other end reads no word more."""
    if line is not None:
        with contextlib.suppress(OSError):  # it has hung up before
            line.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError
