"""Amounts in capitals (大写), as the rules of the People's Bank for filling in bills want them."""

from decimal import ROUND_HALF_UP, Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
MOST = Decimal(10) ** 12


def capitals(amount):
    """`capitals(1409.5)` is 人民币壹仟肆佰零玖元伍角整; a negative amount begins with 负."""
    cents = int((Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)) * 100)
    if abs(cents) >= MOST * 100:
        raise ValueError("an amount this large is not written in capitals")
    sign, cents = ("负", -cents) if cents < 0 else ("", cents)
    yuan, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        text += f"{DIGITS[jiao]}角"
    elif fen and yuan:
        text += "零"
    if fen:
        text += f"{DIGITS[fen]}分"
    return f"人民币{sign}{text or '零元'}{'' if fen else '整'}"


def _whole(number):
    """Groups of four digits; one 零 stands for any run of noughts between two digits."""
    groups = []
    while number:
        number, group = divmod(number, 10000)
        groups.append(group)
    text = ""
    for position in range(len(groups) - 1, -1, -1):
        group = groups[position]
        if not group:
            continue
        above = position + 1 < len(groups)
        if above and (group < 1000 or not groups[position + 1]):
            text += "零"
        text += _group(group) + GROUPS[position]
    return text


def _group(group):
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + PLACES[place]
            gap = False
        else:
            gap = True
    return text
