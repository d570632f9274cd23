"""By which road money goes back: over the payments that fed it, the newest first.

Amounts are whole cents. What was spent is taken to have come from the oldest payments, so what is left came from the
newest. A payment whose road is closed (too old, too often paid back in parts, cash) keeps its share: that part cannot
go back by its road and is paid out at the desk.
"""

from datetime import datetime
from typing import Any, NamedTuple

ORIGINAL, ACCOUNT, TERMINAL, CASH = "original", "account", "terminal", "cash"
LATE, OFTEN, NOTE, UNKNOWN = "late", "often", "cash", "unknown"


class Payment(NamedTuple):
    key: Any
    at: datetime
    left: int
    """What was neither paid back nor is on its way back, in cents."""
    road: str = ORIGINAL
    until: datetime | None = None
    """Until when the channel pays back; None: for ever."""
    times_left: int | None = None
    """How many more parts the channel takes; None: any number."""


class Part(NamedTuple):
    key: Any
    """The payment; None for money of which nobody knows how it came."""
    amount: int
    road: str
    why: str = ""
    """Why not by its own road: too late, too often, it was cash, or not known."""


def allocate(amount, payments, now, keep_unknown=True):
    """The parts in which `amount` goes back.

    :param keep_unknown: what no payment covers becomes a part without one; else it is left out
    """
    if amount < 0:
        raise ValueError("only what is more than nothing goes back")
    parts, left = [], amount
    for payment in sorted(payments, key=lambda payment: (payment.at, payment.key), reverse=True):
        share = min(left, payment.left)
        if share <= 0:
            continue
        road, why = _road(payment, now)
        parts.append(Part(payment.key, share, road, why))
        left -= share
    if left and keep_unknown:
        parts.append(Part(None, left, CASH, UNKNOWN))
    return parts


def irrefundable(parts):
    """What cannot go back by its own road (不可原路退金额): cash that is paid out for what was no cash."""
    return sum(part.amount for part in parts if part.road == CASH and part.why != NOTE)


def at_desk(parts):
    """What nobody gets back without coming to the cash desk."""
    return [part for part in parts if part.road in (CASH, TERMINAL)]


def _road(payment, now):
    if payment.road == CASH:
        return CASH, NOTE
    if payment.until is not None and now >= payment.until:
        return CASH, LATE
    if payment.times_left is not None and payment.times_left <= 0:
        return CASH, OFTEN
    return payment.road, ""
