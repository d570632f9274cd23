"""What every bill has in common once a reader of `tools.bills` has gone through it, whatever file it came in."""

import hashlib
import io
import zipfile
from collections import Counter
from datetime import timedelta

import pytz

UNDER_WAY = {"PROCESSING", "PENDING", "退款处理中", "处理中"}
NOT_DONE = {"FAIL", "FAILED", "CLOSED", "CHANGE", "ABNORMAL", "退款失败", "退款关闭", "失败"}


def line_state(line):
    """Whether money has moved: done, processing or failed. A payment stands in a bill only when it was made."""
    if line.kind == "pay":
        return "done"
    words = set((line.state_text or "").upper().split())
    return "processing" if words & UNDER_WAY else "failed" if words & NOT_DONE else "done"


def line_key(line):
    """By what a line is known on both sides; the channel's own number, marked, where ours is not given."""
    ours = line.our_number if line.kind == "pay" else line.our_refund_number
    return ours or f"~{line.channel_number}"


def digest(content):
    """SHA-256 of a file, or of lines in whatever order."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    rows = sorted(
        f"{line.kind}|{line_key(line)}|{line.channel_number}|{line.amount}|{line.at}|{line.state_text}"
        for line in content
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def day_of(zone, moment):
    """The hospital's calendar day of a moment in UTC."""
    return pytz.utc.localize(moment).astimezone(zone).date()


def by_day(lines, zone):
    """{day: lines} in the order of the days."""
    found = {}
    for line in sorted(lines, key=lambda line: line.at):
        found.setdefault(day_of(zone, line.at), []).append(line)
    return found


def wrong_day(lines, zone, day):
    """None, or the day the bill is really of.

    Channels that cut their day before midnight put lines of the day before into it, so a bill is of the day on which
    most of its lines lie, and reaches no further than one day beside it.
    """
    days = Counter(day_of(zone, line.at) for line in lines if line.at)
    if not days:
        return None
    most = max(days, key=lambda found: (days[found], found == day))
    if most != day:
        return most
    return next((found for found in sorted(days) if abs(found - day) > timedelta(days=1)), None)


def names_merchant(content, number):
    """Whether the merchant's number stands anywhere in a bill; all layouts write it in digits."""
    wanted = number.encode()
    if content[:4] != b"PK\x03\x04":
        return wanted in content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(wanted in archive.read(name) for name in archive.namelist())
