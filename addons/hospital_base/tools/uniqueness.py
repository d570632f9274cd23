"""Two clerks who save the same number at once: exactly one wins, the other reads a sentence, and no log reads the number."""

import logging
import threading
from contextlib import contextmanager

from odoo.exceptions import ValidationError
from psycopg2.errors import UniqueViolation

_unlogged = threading.local()


class _UnloggedFilter(logging.Filter):
    """Keeps quiet for one thread only: `mute_logger` would be undone, or left behind, by a colleague's request."""

    def filter(self, record):
        return not getattr(_unlogged, "depth", 0)


logging.getLogger("odoo.sql_db").addFilter(_UnloggedFilter("hospital_base"))


@contextmanager
def queries_unlogged():
    """A query that fails in the block does not write its values into the log."""
    _unlogged.depth = getattr(_unlogged, "depth", 0) + 1
    try:
        yield
    finally:
        _unlogged.depth -= 1


@contextmanager
def unique_or_sentence(env, sentence, constraint=None):
    """Flush what the block writes, and turn a clash of unique numbers into what ``sentence()`` says.

    :param constraint: the one whose clash is meant; any when not given
    PostgreSQL words the clash with the number in it and the cursor would log that together with the whole query.
    The sentence is made after the block was undone, so that it may look up who holds the number.
    """
    env.flush_all()
    try:
        with queries_unlogged(), env.cr.savepoint():
            yield
            env.flush_all()
    except UniqueViolation as error:
        if constraint and error.diag.constraint_name != constraint:
            raise
        raise ValidationError(sentence()) from None
