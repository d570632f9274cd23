"""Payloads as files and back: JSON, CSV, XML and lines of fixed width."""

import codecs
import csv
import io
import json

from .values import as_text, read_json, storable
from .xml_values import from_xml, to_xml

FORMATS = [("json", "JSON"), ("csv", "CSV"), ("xml", "XML"), ("fixed", "Lines of fixed width")]
ENCODINGS = [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with mark"), ("gb18030", "GBK")]


class FormatError(Exception):
    """:param reason: ``rows``, ``columns``, ``width``, ``character`` or ``unreadable``"""

    def __init__(self, reason, name=""):
        super().__init__(f"{reason} {name}".strip())
        self.reason = reason
        self.name = name


def write(kind, payload, encoding="utf-8", columns=(), widths=(), root="Request"):
    """The bytes of a file.

    :param columns: of a table, in their order; empty: those of its first row
    :param widths: of a line of fixed width, in bytes as they are written
    """
    try:
        if kind == "json":
            return json.dumps(payload, ensure_ascii=False, indent=1).encode(encoding)
        if kind == "xml":
            name = "GB18030" if encoding == "gb18030" else "UTF-8"
            return to_xml(payload, root, declaration=True, encoding=name).encode(encoding)
        rows = _rows(payload)
        columns = list(columns) or list(rows[0])
        if kind == "csv":
            return _csv(rows, columns).encode(encoding)
        return _fixed(rows, columns, widths, encoding.removesuffix("-sig"))
    except UnicodeEncodeError as error:
        raise FormatError("character", error.object[error.start]) from None
    except ValueError as error:
        raise FormatError("rows", str(error)) from None


def read(kind, data, encoding="utf-8", columns=(), widths=()):
    """The payload of a file; raises FormatError."""
    try:
        if kind == "fixed":
            return storable(
                {"rows": _cut(data.removeprefix(codecs.BOM_UTF8), encoding.removesuffix("-sig"), columns, widths)}
            )
        text = data.decode("utf-8-sig" if encoding.startswith("utf") else encoding)
        if kind == "json":
            payload = read_json(text)
        elif kind == "xml":
            payload = from_xml(text)
        else:
            payload = {"rows": _read_csv(text, columns)}
    except (ValueError, csv.Error) as error:
        raise FormatError("unreadable", type(error).__name__) from None
    return storable(payload if isinstance(payload, dict) else {"rows": payload})


def _rows(payload):
    """The rows of a payload: itself, or the one list in it."""
    values = list(payload.values())
    rows = values[0] if len(values) == 1 and isinstance(values[0], list) else [payload]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise FormatError("rows")
    if any(isinstance(value, (dict, list)) for row in rows for value in row.values()):
        raise FormatError("columns")
    return rows


def _csv(rows, columns):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_text(row.get(name)) for name in columns])
    return stream.getvalue()


def _read_csv(text, columns):
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows = []
    for row in reader:
        if None in row or None in row.values() or not set(columns) <= row.keys():
            raise ValueError("a line with more or fewer columns than the first")
        rows.append(row)
    return rows


def _fixed(rows, columns, widths, encoding):
    if len(widths) != len(columns):
        raise FormatError("width")
    lines = []
    for row in rows:
        line = b""
        for name, width in zip(columns, widths, strict=True):
            cell = " ".join(as_text(row.get(name)).splitlines()).encode(encoding)
            if len(cell) > width:
                raise FormatError("width", name)
            line += cell.ljust(width)
        lines.append(line)
    return b"\r\n".join([*lines, b""])


def _cut(data, encoding, columns, widths):
    rows = []
    for line in data.splitlines():
        if not line:
            continue
        if len(line) > sum(widths) or len(widths) != len(columns):
            raise ValueError("a line longer than its columns")
        row, start = {}, 0
        for name, width in zip(columns, widths, strict=True):
            row[name] = line[start : start + width].decode(encoding).strip()
            start += width
        rows.append(row)
    return rows
