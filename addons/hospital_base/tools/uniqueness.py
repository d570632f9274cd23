"""Two clerks who save the same number at once: exactly one wins, the other reads a sentence, and no log reads the number."""

import logging
import threading
from contextlib import contextmanager

from odoo.exceptions import ValidationError
from psycopg2.errors import ExclusionViolation, UniqueViolation

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
def unique_or_sentence(env, sentences):
    """Flush what the block writes, and turn a clash of unique numbers or of periods into a sentence.

    :param sentences: a function that gives the sentence of any clash; or {name of a constraint or index: function} when
        the clashes of others are not meant
    PostgreSQL words the clash with the values in it and the cursor would log that together with the whole query.
    The sentence is made after the block was undone, so that it may look up who holds the number.
    """
    env.flush_all()
    try:
        with queries_unlogged(), env.cr.savepoint():
            yield
            env.flush_all()
    except (UniqueViolation, ExclusionViolation) as error:
        sentence = sentences if callable(sentences) else sentences.get(error.diag.constraint_name)
        if sentence is None:
            raise
        raise ValidationError(sentence()) from None
