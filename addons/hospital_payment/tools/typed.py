"""What people and platforms typed or sent as money or as the number of a record, before anything is made of it."""

import unicodedata
from decimal import Decimal, InvalidOperation

from odoo.exceptions import UserError

MOST = 100_000_000
"""Yuan. More than any payment; beyond it a number is a slip of the finger or an attack."""
CENT = Decimal("0.01")


def typed_amount(env, value):
    """Yuan to the cent as a float, 0.0 for nothing; a sentence for what is no amount.

    Full-width digits of a Chinese keyboard are digits. Parts of a cent are a mistake and never rounded away.
    """
    if value is None or value is False or value == "":
        return 0.0
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        text = unicodedata.normalize("NFKC", str(value)).strip().replace(",", "")
        number = Decimal(text)
        if not number.is_finite():
            raise ValueError
        # a sum of floats is some 1e-12 beside its cents, a typed third decimal is not
        exact = number.quantize(CENT) if abs(number) < MOST else number
        if abs(exact - number) > (Decimal("1e-6") if isinstance(value, float) else 0):
            raise ValueError
    except (ValueError, InvalidOperation):
        raise UserError(
            env._(
                "“%s” is no amount of money: write yuan with two decimals at most, such as 12.50.",
                str(value)[:40],
            )
        ) from None
    if abs(exact) >= MOST:
        raise UserError(env._("%s yuan are more than can be meant. Correct the amount.", str(value)[:40]))
    return float(exact)


def check_amounts(env, vals, *names):
    """The amounts among the values of a form, as they are kept."""
    return {**vals, **{name: typed_amount(env, vals[name]) for name in names if name in vals}}


def record_id(env, value):
    """The id of a record that a screen sent; False for none."""
    if not value:
        return False
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise UserError(env._("What was chosen does not exist any more. Open the screen again."))
    return value
