"""Values in nested replies, and templates that are filled with them."""

import json
import math
import re

PLACEHOLDER = re.compile(r"\{([^{}\s]+)\}")
ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
MISSING = object()


def dig(value, path):
    """What stands under `a.b.0.c`, also inside JSON that is written as a text; MISSING when there is nothing."""
    for part in path.split("."):
        if isinstance(value, str) and value[:1] in ("{", "["):
            try:
                value = read_json(value)
            except ValueError:
                return MISSING
        if isinstance(value, dict):
            value = value.get(part, MISSING)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return MISSING
    return value


def as_text(value):
    """One value as platforms compare and write it."""
    if value is None or value is MISSING:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def fill(template, value_of):
    """`{name}` becomes `value_of(name)`."""
    return PLACEHOLDER.sub(lambda found: value_of(found[1]), template) if "{" in template else template


def read_json(text):
    """JSON that the database can keep as well: no NaN, nothing endless, no half characters; raises ValueError."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply")
    return storable(value) if ESCAPED.search(text) else value


def storable(value):
    """`value` without NUL and half characters, which no text in the database may hold."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [storable(part) for part in value]
    return value


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def _finite(text):
    if not math.isfinite(value := float(text)):
        raise ValueError("a number beyond all bounds")
    return value
