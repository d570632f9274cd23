"""Which channel a payment code belongs to, by what it begins with and how long it is."""

import re

PATTERNS = {
    "wechat": r"1[0-5]\d{16}",
    "alipay": r"(?:2[5-9]|30)\d{14,22}",
    "unionpay": r"62\d{17}",
}
"""As the channels publish them; the channel record holds the one that is used."""


def clean(scanned):
    """What a scanner typed, without what people and keyboards put around it."""
    return "".join((scanned or "").split())


def channel_of(scanned, patterns=None):
    """The code of the channel, or None when no channel, or more than one, has such codes.

    :param patterns: {code of the channel: regular expression for the whole code}
    """
    code = clean(scanned)
    found = [
        name
        for name, pattern in (PATTERNS if patterns is None else patterns).items()
        if pattern and re.fullmatch(pattern, code, re.ASCII)
    ]
    return found[0] if len(found) == 1 else None
