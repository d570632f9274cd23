"""What the readers of all channels share."""

import codecs
import gzip
import io
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from .layouts import normal, which

AHEAD = timedelta(hours=8)
"""Beijing is so far ahead of UTC, without summer time."""
SPREADSHEET = [
    lambda written, pattern=pattern: datetime.strptime(written, pattern)
    for pattern in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
]
"""Dates as they look in a file that was opened and saved."""
PEEK = 64 * 1024
LARGEST = 2 * 1024 * 1024 * 1024
"""Bytes a packed bill may unpack to."""


class BillLine(NamedTuple):
    kind: str
    """pay or refund"""
    our_number: str
    our_refund_number: str
    channel_number: str
    amount: Decimal
    """Yuan, never negative."""
    fee: Decimal
    """What the channel keeps; negative when it gives it back."""
    at: datetime
    """UTC"""
    state_text: str


class BillError(Exception):
    """A file that is no bill as it was agreed. `sentence(env)` says it to a person."""

    def __init__(self, reason, **values):
        super().__init__(SENTENCES[reason](lambda text, **v: text % v, values))
        self.reason = reason
        self.values = values

    def sentence(self, env):
        return SENTENCES[self.reason](env._, self.values)


SENTENCES = {
    "channel": lambda _, v: _("There is no bill format for the channel “%(channel)s”.", **v),
    "empty": lambda _, v: _("The file is empty. Fetch or upload it again.", **v),
    "packed": lambda _, v: _("The file is damaged and cannot be unpacked. Fetch or upload it again.", **v),
    "large": lambda _, v: _("The file unpacks to more than a bill can be. Upload the bill of one day.", **v),
    "member": lambda _, v: _("The archive holds no list of transactions. Upload the archive as the channel gives it.", **v),
    "header": lambda _, v: _("The file has no line with the names of the columns. Upload the file as it was downloaded.", **v),
    "other": lambda _, v: _(
        "This is another kind of bill (%(layout)s). Upload the bill of transactions, which lists payments and refunds.", **v
    ),
    "columns": lambda _, v: _(
        "The columns %(columns)s are missing in the bill: the channel has changed its file. Tell IT.", **v
    ),
    "cells": lambda _, v: _("Line %(line)s of the bill has %(has)s cells instead of %(wanted)s.", **v),
    "value": lambda _, v: _("Line %(line)s of the bill: the column “%(column)s” holds “%(value)s”.", **v),
    "short": lambda _, v: _("Line %(line)s of the bill is cut off.", **v),
    "count": lambda _, v: _(
        "The bill lists %(has)s transactions and says that there are %(wanted)s: it is cut off or was changed. "
        "Fetch or upload it again.",
        **v,
    ),
    "end": lambda _, v: _("The bill ends before its end. Fetch or upload it again.", **v),
}  # fmt: skip


# === OPENING ===


def opened(content, member=None):
    """A stream of bytes, unpacked on the way; `member(names)` chooses from an archive."""
    if not content or not content.strip():
        raise BillError("empty")
    if content[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.GzipFile(fileobj=io.BytesIO(content)), PEEK)
    if content[:4] == b"PK\x03\x04":
        return io.BufferedReader(_member(content, member), PEEK)
    return io.BufferedReader(io.BytesIO(content), PEEK)


def _member(content, member):
    try:
        archive = zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gb18030")
        files = [one for one in archive.infolist() if not one.is_dir()]
        name = member([one.filename for one in files]) if member else files[0].filename
        if name is None:
            raise BillError("member")
        if archive.getinfo(name).file_size > LARGEST:
            raise BillError("large")
        return archive.open(name)
    except (zipfile.BadZipFile, IndexError, KeyError, NotImplementedError, RuntimeError):
        raise BillError("packed") from None


def texts(stream, fallback="gb18030"):
    """(number, line) for every line that holds something, in whichever characters the file is written."""
    try:
        charset = _charset(stream.peek(PEEK)[:PEEK], fallback)
        for number, line in enumerate(io.TextIOWrapper(stream, charset, errors="replace", newline=""), 1):
            line = line.rstrip("\r\n")
            if line.strip(" \t\ufeff,"):
                yield number, line
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, OSError):
        raise BillError("packed") from None


def _charset(start, fallback):
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # a letter may be cut by the end of the piece
    except UnicodeDecodeError:
        return fallback
    return "utf-8"


# === COLUMNS ===


class Columns:
    """Where a bill has what, by the names in its header."""

    def __init__(self, header, wanted, optional, layouts):
        """:param layouts: those this reader is for"""
        places = {}
        for place, name in enumerate(header):
            places.setdefault(normal(name), place)
        self.size = len(header)
        self.header = header
        self.at = {
            key: next((places[normal(name)] for name in written if normal(name) in places), None)
            for key, written in wanted.items()
        }
        missing = [wanted[key][0] for key, place in self.at.items() if place is None and key not in optional]
        if missing:
            raise self._error(missing, layouts)

    def _error(self, missing, layouts):
        layout = which(self.header)
        if layout is None:
            return BillError("header")
        if layout not in layouts:
            return BillError("other", layout=layout)
        return BillError("columns", columns="、".join(missing))

    def name(self, key):
        return self.header[self.at[key]]


def money(written, line, column):
    try:
        return Decimal(written.replace(",", "")) if written else Decimal(0)
    except InvalidOperation:
        raise BillError("value", line=line, column=column, value=written) from None


def moment(written, line, column):
    """Beijing time as UTC; a file that went through a spreadsheet writes its dates with slashes."""
    for read in (datetime.fromisoformat, *SPREADSHEET):
        try:
            return read(written) - AHEAD
        except ValueError:
            continue
    raise BillError("value", line=line, column=column, value=written)
