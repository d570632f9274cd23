"""How much of a phone or a document number a list may show."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-‐-―()]+")


def normalise_phone(phone):
    """Digits only, half-width, with an optional leading +; an extension stays behind an x."""
    text = unicodedata.normalize("NFKC", phone or "")
    text = re.sub(r"(转|ext\.?)", "x", text, flags=re.IGNORECASE)
    text = _SEPARATORS.sub("", text)
    if re.fullmatch(r"(\+86|0086|86)1\d{10}", text):
        text = text[-11:]
    return text


def is_phone(text):
    """A mobile number, a landline with area code, a short service number or an international number."""
    return bool(
        re.fullmatch(r"1\d{10}|0\d{9,11}(x\d{1,6})?|\d{7,8}(x\d{1,6})?|400\d{7}|\+\d{6,15}", text, re.ASCII),
    )


def mask(text, head, tail):
    """Keep both ends, but never more than half of the text."""
    if not text:
        return text
    if head + tail > len(text) // 2 and len(text) < 11:
        head, tail = 0, len(text) // 4
    return text[:head] + "*" * max(len(text) - head - tail, 1) + (text[-tail:] if tail else "")


def mask_phone(phone):
    return mask(phone, 3, 4)


def mask_number(number):
    return mask(number, 4 if number and len(number) >= 15 else 3, 4)


def is_masked(text):
    return "*" in (text or "")


def mask_name(name):
    """A name on a screen that others can see: enough to know that it is oneself."""
    if not name:
        return name
    if name.isascii():
        return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())
    return name[0] + "*" * max(len(name) - 2, 1) + (name[-1] if len(name) > 2 else "")
