import re


def parse_lengths(text):
    """{1, 3} of "1, 3", {1, 2, 3} of "1-3"; a ValueError names the part that is neither."""
    lengths = set()
    for part in filter(None, re.split(r"[,，、;；\s]+", (text or "").strip())):
        found = re.fullmatch(r"(\d{1,3})(?:[-–~](\d{1,3}))?", part)
        if not found or int(found[1]) < 1 or int(found[2] or found[1]) < int(found[1]):
            raise ValueError(part)
        lengths.update(range(int(found[1]), int(found[2] or found[1]) + 1))
    return frozenset(lengths)
