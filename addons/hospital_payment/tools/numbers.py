"""Our numbers as channels can write them."""

import re

SPLIT = re.compile(r"(R\d+)Z(\d+)")
TAKEN_BACK = re.compile(r"(P\d+)[VX]")


def taken_back_by(number):
    """The numbers under which UnionPay takes a payment back: by a void, and by a refund when it is too late for one."""
    return f"{number}V", f"{number}X"


def is_taking_back(number):
    return bool(TAKEN_BACK.fullmatch(number or ""))


def paid_under(number):
    """The payment that was taken back under this number."""
    found = TAKEN_BACK.fullmatch(number or "")
    return found[1] if found else number


def to_unionpay(number):
    """UnionPay takes letters and digits only: the hyphen of a refund is written as Z."""
    return (number or "").replace("-", "Z")


def from_unionpay(number):
    return SPLIT.sub(r"\1-\2", number or "")
