"""Two clerks who save the same number at once: exactly one wins, the other reads a sentence, and no log reads the number."""

from contextlib import contextmanager

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation


@contextmanager
def unique_or_sentence(env, sentence):
    """Flush what the block writes, and turn a clash of unique numbers into ``sentence``.

    PostgreSQL words the clash with the number in it and the cursor would log that together with the whole query.
    """
    env.flush_all()
    try:
        with mute_logger("odoo.sql_db"):
            yield
            env.flush_all()
    except UniqueViolation:
        raise ValidationError(sentence) from None
