"""A made-up value for a schema of field lines, so that a platform without code of its own still has an answer."""

from datetime import datetime

from odoo.addons.hospital_exchange.tools import field_formats


def sample(schema, code_of=lambda _set: None):
    """`code_of(code set)` gives a code that is in it."""
    kind = schema.get("type")
    if kind == "array":
        return [sample(schema["items"], code_of)]
    if kind == "object":
        return {name: sample(part, code_of) for name, part in schema.get("properties", {}).items()}
    if schema.get("default"):
        return schema["default"]
    if code_set := schema.get("x-code-set"):
        return code_of(code_set) or ""
    made = MADE.get(schema.get("x-type"), _text)
    return made(schema, schema.get("x-format") or "")


def _moment(_schema, pattern):
    return field_formats.render(datetime.now().astimezone(), pattern)


def _money(_schema, pattern):
    return {"yuan number": 1, "cents": 100, "cents text": "100"}.get(pattern, "1.00")


def _number(schema, _pattern):
    return "1" if schema["type"] == "string" else 1


def _boolean(schema, pattern):
    return pattern.partition("/")[0] if schema["type"] == "string" else True


def _text(schema, pattern):
    if pattern and field_formats.is_moment_format(pattern):
        return str(_moment(schema, pattern))
    most = schema.get("maxLength") or 40
    return (schema.get("title") or "text")[: most if "x-length-unit" not in schema else max(1, most // 4)]


MADE = {
    "date": _moment,
    "datetime": _moment,
    "money": _money,
    "integer": _number,
    "number": _number,
    "boolean": _boolean,
}
