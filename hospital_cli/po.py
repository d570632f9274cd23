"""Translation files (.po, .pot): as Odoo writes them, read and written back without loss."""

import re
from collections import Counter
from dataclasses import dataclass, field

ESCAPES = {"\\": "\\", '"': '"', "n": "\n", "t": "\t", "r": "\r"}
PLACEHOLDER = re.compile(r"%(?:\([^)]+\))?[sdifgrx%]|%(?:\([^)]+\))?\.\d+f|\{\{.*?\}\}|\{[A-Za-z0-9_.]*\}|\$\{[^}]*\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[^\W\d_]")


@dataclass
class Entry:
    msgid: str
    msgstr: str = ""
    comments: list = field(default_factory=list)

    @property
    def translated(self):
        return bool(self.msgstr)


def _unquote(line):
    text = line[line.index('"') + 1 : line.rindex('"')]
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[0]), text)


def _quote(keyword, text):
    def quoted(part):
        for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\t", "\\t"), ("\r", "\\r"), ("\n", "\\n")):
            part = part.replace(plain, escaped)
        return f'"{part}"'

    if "\n" not in text:
        return [f"{keyword} {quoted(text)}"]
    return [f'{keyword} ""', *map(quoted, re.findall(r"[^\n]*\n|[^\n]+", text))]


def read(path):
    """The entries of a file, the header (empty msgid) among them, by msgid."""
    entries = {}
    entry, part = Entry(""), None

    def close():
        if part is not None:
            entries[entry.msgid] = entry

    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("msgid "):
            entry.msgid, part = _unquote(line), "msgid"
        elif line.startswith("msgstr "):
            entry.msgstr, part = _unquote(line), "msgstr"
        elif line.startswith('"'):
            setattr(entry, part, getattr(entry, part) + _unquote(line))
        else:
            if part == "msgstr":
                close()
                entry, part = Entry(""), None
            if line.startswith("#") and not line.startswith("#~"):
                entry.comments.append(line)
    close()
    return entries


def write(path, entries):
    blocks = []
    for entry in entries:
        blocks.append("\n".join([*entry.comments, *_quote("msgid", entry.msgid), *_quote("msgstr", entry.msgstr)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def placeholders(text):
    return Counter(found for found in PLACEHOLDER.findall(text) if found != "%%")


def needs_translation(msgid):
    """Chinese data and terms without a word read the same in Chinese."""
    return not CHINESE.search(msgid) and bool(WORD.search(PLACEHOLDER.sub("", msgid)))


def broken_placeholders(entry):
    """What msgid and msgstr do not have in common; a sentence built from it would fail or lose a value."""
    if not entry.translated:
        return []
    before, after = placeholders(entry.msgid), placeholders(entry.msgstr)
    return sorted((before - after) + (after - before))
