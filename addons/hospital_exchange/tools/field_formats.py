"""Dates as platforms write them: yyyyMMdd, yyyy-MM-dd HH:mm:ss, yyyy-MM-dd'T'HH:mm:ss.SSS, timestamp, millis."""

import re
from datetime import UTC, datetime
from functools import lru_cache

TOKEN = re.compile(r"yyyy|yy|MM|dd|HH|mm|ss|SSS|'[^']*'|[^A-Za-z']|T|Z")
DIRECTIVES = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "SSS": "%f", "%": "%%",
}  # fmt: skip
EPOCH = {"timestamp": 1, "millis": 1000}


@lru_cache(maxsize=500)
def directives(pattern):
    """The parts of a pattern for strftime; ValueError when it cannot be read."""
    tokens = TOKEN.findall(pattern)
    if not pattern or "".join(tokens) != pattern:
        raise ValueError(pattern)
    return tuple(DIRECTIVES.get(token, token.strip("'") if token.startswith("'") else token) for token in tokens)


def is_moment_format(pattern):
    if pattern in EPOCH:
        return True
    try:
        return any(part.startswith("%") and part != "%%" for part in directives(pattern))
    except ValueError:
        return False


def render(moment, pattern):
    """A date or a datetime (in the hospital's time zone) as text, or as a number for the epoch formats."""
    if pattern in EPOCH:
        return round(moment.timestamp() * EPOCH[pattern])
    return "".join(
        f"{getattr(moment, 'microsecond', 0) // 1000:03d}"
        if part == "%f"
        else f"{moment.year:04d}"
        if part == "%Y"
        else moment.strftime(part)
        if part.startswith("%")
        else part
        for part in directives(pattern)
    )


def parse(value, pattern, zone):
    """The moment in the hospital's time zone; ValueError when the text is not exactly in this form."""
    if pattern in EPOCH:
        return datetime.fromtimestamp(int(value) / EPOCH[pattern], UTC).astimezone(zone)
    text = str(value)
    moment = zone.localize(datetime.strptime(text, "".join(directives(pattern))))
    if render(moment, pattern) != text:
        raise ValueError
    return moment
