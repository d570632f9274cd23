"""Money and moments as the channels write them. Money is Decimal, moments of ours are UTC without a zone."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

BEIJING = timezone(timedelta(hours=8))
OURS = "%Y-%m-%d %H:%M:%S"
CENT = Decimal("0.01")


def amount(written):
    """Yuan as Decimal with two places; raises ValueError for what is no amount to the cent."""
    try:
        value = Decimal(str(written).strip().replace(",", ""))
        exact = value.quantize(CENT)
    except (InvalidOperation, ValueError):
        raise ValueError(f"{written!r} is no amount") from None
    if exact != value:
        raise ValueError(f"{written!r} has parts of a cent")
    return exact


def to_fen(written):
    """12.34 → 1234"""
    return int(amount(written) * 100)


def to_yuan(fen):
    """1234 → "12.34" """
    return str((Decimal(int(fen)) / 100).quantize(CENT))


def beijing_now():
    return datetime.now(BEIJING)


def in_beijing(moment):
    """One of our moments, a datetime or its text, as the clock in Beijing shows it."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(BEIJING)


def from_beijing(written, pattern=None):
    """What a channel writes, with or without a zone, as our text; empty for nothing; raises ValueError."""
    if not written:
        return ""
    moment = datetime.strptime(written, pattern) if pattern else datetime.fromisoformat(written)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=BEIJING)
    return moment.astimezone(UTC).strftime(OURS)


def cut(text, size):
    """As much of a text as fits into `size` bytes of UTF-8."""
    return (text or "").encode()[:size].decode(errors="ignore")


def masked(text):
    """An account of the payer as it may be shown."""
    text = text or ""
    return text if "*" in text or len(text) < 5 else f"{text[:3]}***{text[-3:]}"
