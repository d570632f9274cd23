"""One value on its way: from a record to what the platform wants to read, back again, and whether it is as agreed."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from . import field_formats
from .field_faults import FieldError, config
from .field_transforms import measure, transform

DEFAULT_FORMATS = {"date": "yyyy-MM-dd", "datetime": "yyyy-MM-dd HH:mm:ss"}
NUMBERS = ("integer", "number", "money")
NUMBER_FORMATS = {
    "integer": ("", "text"),
    "number": ("", "text"),
    "money": ("", "yuan", "yuan number", "cents", "cents text"),
}
"""`` `` and `yuan`: text with its decimals for money, a JSON number otherwise."""


def is_empty(value):
    """Nothing to send. False of a field that is no yes-or-no means nothing as well."""
    return value is None or value is False or (isinstance(value, (str, list, dict, tuple)) and not value)


def moment_format(line):
    return line.format or DEFAULT_FORMATS[line.type]


# === OUT ===


def encode(value, line, zone, today):
    """`value` (not empty) as it is sent; raises FieldError."""
    if line.transform:
        if isinstance(value, datetime) and line.transform == "age_years":
            value = _local(value, zone).date()
        try:
            value = transform(value, line, today)
        except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
            raise FieldError("transform") from error
        if is_empty(value):
            return None
    return ENCODERS[line.type](value, line, zone)


def _text(value, line, zone):
    if isinstance(value, datetime):
        return field_formats.render(_local(value, zone), line.format or DEFAULT_FORMATS["datetime"])
    if isinstance(value, date):
        return field_formats.render(value, line.format or DEFAULT_FORMATS["date"])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, Decimal):
        value = f"{value.normalize():f}"
    if isinstance(value, (list, tuple)):
        return ",".join(str(item) for item in value)
    return str(value)


def _number(value, line, _zone):
    number = _decimal(value, line)
    if line.type == "integer":
        if number != number.to_integral_value():
            raise FieldError("integer")
        return str(int(number)) if line.format == "text" else int(number)
    if line.type == "money":
        return _money(number, line)
    if line.decimals >= 0:
        number = number.quantize(Decimal(1).scaleb(-line.decimals), ROUND_HALF_UP)
    if line.format == "text":
        return f"{number:f}"
    return int(number) if number == number.to_integral_value() else float(number)


def _money(number, line):
    if line.format.startswith("cents"):
        cents = int((number * 100).quantize(Decimal(1), ROUND_HALF_UP))
        return str(cents) if line.format == "cents text" else cents
    decimals = line.decimals if line.decimals >= 0 else 2
    number = number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return float(number) if line.format == "yuan number" else f"{number:f}"


def _decimal(value, line):
    """Yuan as a decimal, whatever the field gives; a float is read as it is shown."""
    if isinstance(value, bool):
        raise FieldError("number" if line.type != "integer" else "integer")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        raise FieldError("number" if line.type != "integer" else "integer") from None
    if not number.is_finite():
        raise FieldError("number")
    return number


def _date(value, line, zone):
    if isinstance(value, str):
        value = _from_iso(value, line)
    if not isinstance(value, date):
        raise FieldError(line.type, format=moment_format(line))
    if isinstance(value, datetime):
        value = _local(value, zone)
    elif line.type == "datetime" or line.format in field_formats.EPOCH:
        value = zone.localize(datetime.combine(value, datetime.min.time()))
    return field_formats.render(value, moment_format(line))


def _from_iso(text, line):
    try:
        return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        raise FieldError(line.type, format=moment_format(line)) from None


def _local(moment, zone):
    """Odoo's datetimes are UTC without saying so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def _boolean(value, line, _zone):
    words = boolean_words(line)
    value = value if isinstance(value, bool) else str(value).lower() not in ("0", "false", "no", "n", "否")
    return words[0 if value else 1] if words else value


def boolean_words(line):
    """How the platform says yes and no; None: as JSON does."""
    words = line.format.split("/")
    return words if len(words) == 2 else None


ENCODERS = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "money": _number,
    "date": _date,
    "datetime": _date,
    "boolean": _boolean,
    "object": lambda value, line, zone: value,
    "list": lambda value, line, zone: value if isinstance(value, (int, float, dict)) else _text(value, line, zone),
}
"""An item of a list whose line says no more than "list" goes as it is."""


# === AS AGREED? ===


def check(wire, line, zone):
    """Raise FieldError when what is sent or was received (not empty) is not what the line says."""
    CHECKS[line.type](wire, line, zone)


def _check_text(wire, line, _zone):
    if not isinstance(wire, (str, int, float)) or isinstance(wire, bool):
        raise FieldError("string")
    check_length(str(wire), line)


def check_length(text, line):
    if line.length and (has := measure(text, line.length_unit)) > line.length:
        raise FieldError("length" if line.length_unit == "char" else "bytes", has=has, max=line.length)


def _check_number(wire, line, _zone):
    number = _decimal(wire, line)
    if line.type == "integer" and number != number.to_integral_value():
        raise FieldError("integer")
    if line.type == "money" and line.format.startswith("cents") and number != number.to_integral_value():
        raise FieldError("integer")
    _sign, digits, exponent = number.normalize().as_tuple()
    decimals = max(-exponent, 0)
    if line.decimals >= 0 and decimals > line.decimals:
        raise FieldError("decimals", has=decimals, max=line.decimals)
    whole = max(len(digits) + min(exponent, 0) + max(exponent, 0), 1)
    room = line.length - (line.decimals if line.decimals > 0 else 0)
    if line.length and whole > room:
        raise FieldError("digits", has=whole, max=room)


def _check_moment(wire, line, zone):
    if isinstance(wire, bool) or not isinstance(wire, (str, int)):
        raise FieldError(line.type, format=moment_format(line))
    try:
        field_formats.parse(wire, moment_format(line), zone)
    except (ValueError, OverflowError, OSError):
        raise FieldError(line.type, format=moment_format(line)) from None


def _check_boolean(wire, line, _zone):
    words = boolean_words(line)
    if words and str(wire) not in words:
        raise FieldError("boolean", yes=words[0], no=words[1])
    if not words and not isinstance(wire, bool):
        raise FieldError("boolean", yes="true", no="false")


def _check_kind(kind, reason):
    def check_kind(wire, _line, _zone):
        if not isinstance(wire, kind):
            raise FieldError(reason)

    return check_kind


CHECKS = {
    "string": _check_text,
    "integer": _check_number,
    "number": _check_number,
    "money": _check_number,
    "date": _check_moment,
    "datetime": _check_moment,
    "boolean": _check_boolean,
    "object": _check_kind(dict, "object"),
    "list": _check_kind(list, "list"),
}


# === BACK ===


def decode(wire, line, field, zone):
    """What a platform sent (checked, not empty), as our field takes it."""
    if line.type in ("date", "datetime"):
        moment = field_formats.parse(wire, moment_format(line), zone)
        if field.type == "date":
            return moment.date()
        return moment.astimezone(UTC).replace(tzinfo=None) if field.type == "datetime" else str(wire)
    if line.type == "boolean":
        words = boolean_words(line)
        return str(wire) == words[0] if words else wire
    if line.type in NUMBERS:
        number = _decimal(wire, line)
        if line.type == "money" and line.format.startswith("cents"):
            number /= 100
        if field.type in ("float", "monetary"):
            return float(number)
        return int(number) if field.type == "integer" else str(wire)
    if field.type in ("integer", "float", "monetary", "date", "datetime", "boolean"):
        raise config("field_type", name=field.name)
    return str(wire) if line.type == "string" else wire
