"""What stands in the way only because somebody else is at the same rows this very moment."""

from odoo.exceptions import LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY


class BusyError(UserError):
    """Somebody else has the row; the same step succeeds in a moment."""

    context = {"exception_class": "odoo.exceptions.UserError"}  # screens show it as the sentence it is


def is_momentary(error):
    """Whether an error says no more than: try again. A sentence made of a lock that was taken counts as well."""
    seen = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, (BusyError, LockError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
