"""Our numbers as channels can write them."""

import re

SPLIT = re.compile(r"(R\d+)Z(\d+)")
VOID = "V"
"""Ends the number under which UnionPay takes a payment back."""


def to_unionpay(number):
    """UnionPay takes letters and digits only: the hyphen of a refund is written as Z."""
    return (number or "").replace("-", "Z")


def from_unionpay(number):
    return SPLIT.sub(r"\1-\2", number or "")
