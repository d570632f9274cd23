"""The closed list of what a field line can do to a value on its way out."""

import base64
import hashlib
import re
import unicodedata
from decimal import Decimal

from cryptography.hazmat.primitives import hashes
from odoo.tools import html2plaintext

from odoo.addons.hospital_base.tools import masking, pinyin

TRANSFORMS = [
    ("strip", "Without white space around it"),
    ("upper", "Capital letters"),
    ("lower", "Small letters"),
    ("digits", "Digits only"),
    ("half_width", "Half-width characters"),
    ("plain_text", "Formatted text as plain text"),
    ("cut", "Cut to the length"),
    ("zeros", "Zeros in front up to the length"),
    ("cents", "Yuan to cents"),
    ("absolute", "Amount without its sign"),
    ("negative", "Amount with the opposite sign"),
    ("mask_name", "Name masked"),
    ("mask_phone", "Phone masked"),
    ("mask_number", "Number masked"),
    ("initials", "Pinyin initials"),
    ("sha256", "SHA-256"),
    ("sm3", "SM3"),
    ("md5", "MD5"),
    ("base64", "Base64"),
    ("age_years", "Age in whole years today"),
    ("first", "First character"),
    ("count", "How many"),
]


def _sm3(text):
    digest = hashes.Hash(hashes.SM3())
    digest.update(text.encode())
    return digest.finalize().hex()


ON_TEXT = {
    "strip": str.strip,
    "upper": str.upper,
    "lower": str.lower,
    "digits": lambda text: re.sub(r"\D", "", unicodedata.normalize("NFKC", text)),
    "half_width": lambda text: unicodedata.normalize("NFKC", text),
    "plain_text": lambda text: html2plaintext(text).strip(),
    "mask_name": masking.mask_name,
    "mask_phone": masking.mask_phone,
    "mask_number": masking.mask_number,
    "initials": pinyin.initials,
    "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "sm3": _sm3,
    "md5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "first": lambda text: text[:1],
}
ON_NUMBER = {
    "cents": lambda number: number * 100,
    "absolute": abs,
    "negative": lambda number: -number,
}
ON_LINE = {
    "cut": lambda text, line: _cut(text, line),
    "zeros": lambda text, line: text.rjust(line.length, "0"),
}


def measure(text, unit):
    """The length of a text as the platform counts it."""
    if unit == "char":
        return len(text)
    return len(text.encode("gb18030" if unit == "gbk" else "utf-8"))


def _cut(text, line):
    if not line.length or measure(text, line.length_unit) <= line.length:
        return text
    text = text[: line.length]
    while measure(text, line.length_unit) > line.length:
        text = text[:-1]
    return text


def transform(value, line, today):
    """`value` is not empty. ValueError when it cannot be done to such a value."""
    name = line.transform
    if name == "count":
        return value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 1
    if name == "age_years":
        return today.year - value.year - ((today.month, today.day) < (value.month, value.day))
    if name in ON_NUMBER:
        return ON_NUMBER[name](Decimal(str(value)))
    text = value if isinstance(value, str) else str(value)
    return ON_LINE[name](text, line) if name in ON_LINE else ON_TEXT[name](text)
