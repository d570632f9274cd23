"""Bodies as an auditor sees them: the values of listed keys are hidden, whatever the body is written in."""

import json
import re

HIDDEN = "***"
LARGEST = 256 * 1024


def redact(text, keys):
    """JSON, XML, form bodies; anything else only by patterns. A body that is too large to look through is cut."""
    if not text:
        return ""
    if len(text) > LARGEST:
        text = text[:LARGEST] + "…"
    wanted = {key.strip().lower() for key in keys if key.strip()}
    if not wanted:
        return text
    try:
        data = json.loads(text)
    except ValueError:
        return _by_pattern(text, wanted)
    if isinstance(data, (dict, list)):
        return json.dumps(_walk(data, wanted), ensure_ascii=False, indent=2)
    return text


def _walk(data, wanted):
    if isinstance(data, dict):
        return {
            key: HIDDEN if str(key).lower() in wanted and value not in (None, "") else _walk(value, wanted)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_walk(item, wanted) for item in data]
    if isinstance(data, str) and data[:1] in ("{", "[", "<"):  # a body inside a body
        return redact(data, wanted)
    return data


def _by_pattern(text, wanted):
    names = "|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))
    for pattern in (
        rf"(<(?:[\w.-]+:)?(?:{names})(?:\s[^<>]*)?>)([^<]+)(?=</)",  # element
        rf"(<(?:[\w.-]+:)?(?:{names})(?:\s[^<>]*)?>)(<!\[CDATA\[.*?\]\]>)",
        rf"(\b(?:{names})\s*=\s*\")([^\"]*)(?=\")",  # attribute
        rf"(\"(?:{names})\"\s*:\s*\")((?:[^\"\\]|\\.)*)",  # JSON that does not parse
        rf"(\"(?:{names})\"\s*:\s*)([^\s\",{{\[}}\]]+)",
        rf"((?:^|[&?\s])(?:{names})=)([^&\s\"]+)",  # form
    ):
        text = re.sub(pattern, rf"\g<1>{HIDDEN}", text, flags=re.IGNORECASE | re.DOTALL)
    return text


def hide(text, secrets):
    """`text` without the given secrets, wherever they stand in it."""
    for secret in secrets:
        if secret and len(secret) >= 6:
            text = text.replace(secret, HIDDEN)
    return text
