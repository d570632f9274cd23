"""What an identity-card reader sends: the text of the chip, by the reader's card type.

Readers send either the raw text of the chip (128 characters, fields of fixed width) or the same fields with ``|``
between them, with the card type in front. The card type decides, never the length of the number alone.
"""

import datetime
from dataclasses import dataclass

from . import identity

CHIP_LENGTH = 128
TRIMMED_LENGTH = 100  # a reader or a form may cut the spaces at the end
SEPARATOR = "|"

RESIDENT, FOREIGN_2017, PERMIT, FOREIGN_2023 = "0", "1", "2", "3"

# widths in characters; a name that begins with _ is not used
LAYOUTS = {
    RESIDENT: (
        ("name", 15),
        ("sex", 1),
        ("ethnicity", 2),
        ("birth_date", 8),
        ("address", 35),
        ("number", 18),
        ("issuer", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("_reserved", 18),
    ),
    FOREIGN_2017: (
        ("name_latin", 60),
        ("sex", 1),
        ("number", 15),
        ("country", 3),
        ("name", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("birth_date", 8),
        ("_version", 2),
        ("issuer", 4),
        ("_flag", 1),
        ("_reserved", 3),
    ),
    PERMIT: (
        ("name", 15),
        ("sex", 1),
        ("_reserved1", 2),
        ("birth_date", 8),
        ("address", 35),
        ("number", 18),
        ("issuer", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("travel_number", 9),
        ("issue_count", 2),
        ("_reserved2", 3),
        ("_flag", 1),
        ("_reserved3", 3),
    ),
    FOREIGN_2023: (
        ("name", 15),
        ("sex", 1),
        ("issue_count", 2),
        ("birth_date", 8),
        ("name_latin", 35),
        ("number", 18),
        ("name_latin_rest", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("_reserved1", 11),
        ("related", 3),
        ("_flag", 1),
        ("_reserved2", 3),
    ),
}
FLAG_POSITION = 124
FLAGS = {"I": FOREIGN_2017, "J": PERMIT, "Y": FOREIGN_2023}
_SEX = {"男": "1", "女": "2", "M": "1", "F": "2", "0": "0", "1": "1", "2": "2", "9": "9"}


@dataclass
class CardText:
    """One card as read; empty where the card says nothing."""

    card_type: str
    number: str
    name: str = ""
    name_latin: str = ""
    sex: str = ""
    birth_date: datetime.date | None = None
    address: str = ""
    ethnicity: str = ""
    country: str = ""
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    travel_number: str = ""
    issue_count: str = ""

    @property
    def full_name(self):
        """The Chinese name where there is one; foreigners need not have any."""
        return self.name or self.name_latin


def is_card_text(text):
    return len(text) >= TRIMMED_LENGTH or text.count(SEPARATOR) >= 5


def read(text, card_type=None):
    """The card behind a reader's text; ``None`` when this is no such text."""
    text = (text or "").strip("\r\n")
    if not is_card_text(text):
        return None
    if SEPARATOR in text:
        values = [value.strip() for value in text.split(SEPARATOR)]
        if not card_type:
            card_type, values = values[0], values[1:]
        layout = LAYOUTS.get(card_type)
        if not layout:
            return None
        return _card(card_type, dict(zip((name for name, _width in layout), values, strict=False)))
    text = text.ljust(CHIP_LENGTH)
    card_type = card_type or FLAGS.get(text[FLAG_POSITION], RESIDENT)
    values, start = {}, 0
    for name, width in LAYOUTS[card_type]:
        values[name] = text[start : start + width].strip(" \u3000\0")
        start += width
    return _card(card_type, values)


def _card(card_type, values):
    get = values.get
    number = identity.normalise(get("number"))
    if not number:
        return None
    # a field cut at its width ends in the middle of a word: the rest follows without a space
    latin = (get("name_latin") or "") + (get("name_latin_rest") or "")
    return CardText(
        card_type=card_type,
        number=number,
        name=" ".join((get("name") or "").split()),
        name_latin=" ".join(latin.replace(",", " ").split()),
        sex=_SEX.get((get("sex") or "").upper(), ""),
        birth_date=_date(get("birth_date")),
        address=get("address") or "",
        ethnicity=get("ethnicity") or "",
        country=identity.normalise(get("country")) or (number[3:6] if card_type == FOREIGN_2023 else ""),
        valid_from=_date(get("valid_from")),
        valid_to=_date(get("valid_to")),
        travel_number=identity.normalise(get("travel_number")),
        issue_count=get("issue_count") or "",
    )


def _date(text):
    """``YYYYMMDD``, also with separators; a card without an end says 长期."""
    digits = "".join(character for character in text or "" if character.isdecimal())
    try:
        return datetime.datetime.strptime(digits, "%Y%m%d").date()
    except ValueError:
        return None
