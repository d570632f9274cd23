import random
import re
from decimal import Decimal

from odoo.tests import BaseCase

from ..tools.capitals import capitals

VALUES = {char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read(text):
    """The amount a person reads: an own reckoning that goes from the characters to the number, not the other way."""
    text = text.removeprefix("人民币").removesuffix("整")
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负")
    total = section = digit = 0
    for char in text:
        if char in VALUES:
            digit = VALUES[char]
        elif char in UNITS:
            section, digit = section + digit * UNITS[char], 0
        elif char == "万":
            section, digit = (section + digit) * 10_000, 0
        elif char == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif char == "元":
            total, section, digit = (total + section + digit) * 100, 0, 0
        elif char == "角":
            total, digit = total + digit * 10, 0
        elif char == "分":
            total, digit = total + digit, 0
        else:
            raise AssertionError(char)
    assert section + digit == 0, text
    return sign * Decimal(total) / 100


class TestSettleCapitals(BaseCase):
    def test_examples_of_the_peoples_bank(self):
        for amount, text in (
            ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
            ("6007.14", "人民币陆仟零柒元壹角肆分"),
            ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
            ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
            ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
            ("325.04", "人民币叁佰贰拾伍元零肆分"),
            ("0", "人民币零元整"),
            ("0.05", "人民币伍分"),
            ("0.30", "人民币叁角整"),
            ("10", "人民币壹拾元整"),
            ("10005", "人民币壹万零伍元整"),
            ("100000005", "人民币壹亿零伍元整"),
            ("100050000", "人民币壹亿零伍万元整"),
            ("1000100000", "人民币壹拾亿零壹拾万元整"),
            ("-12.30", "人民币负壹拾贰元叁角整"),
        ):
            self.assertEqual(capitals(Decimal(amount)), text)

    def test_ten_thousand_random_amounts_read_back(self):
        draw = random.Random(20261121)
        for _count in range(10_000):
            digits = draw.randint(1, 14)
            cents = draw.randrange(10**digits)
            for _nought in range(draw.randint(0, 4)):  # noughts are where capitals go wrong
                place = 10 ** draw.randint(0, 14)
                cents -= cents // place % 10 * place
            amount = Decimal(cents) / 100
            text = capitals(amount)
            self.assertEqual(read(text), amount, text)
            self.assertNotRegex(text, "零零|零[万亿拾佰仟角分]|零元.*[角分]" if cents >= 100 else "零零")
            self.assertTrue(text.endswith("整") != text.endswith("分"), text)
            self.assertFalse(re.search("[万亿拾佰仟]零元", text), text)

    def test_floats_of_money_are_taken_at_their_cents(self):
        self.assertEqual(capitals(0.1 + 0.2), "人民币叁角整")
        self.assertEqual(capitals(1234.005), "人民币壹仟贰佰叁拾肆元零壹分")

    def test_too_large_is_refused(self):
        with self.assertRaises(ValueError):
            capitals(Decimal(10) ** 12)
