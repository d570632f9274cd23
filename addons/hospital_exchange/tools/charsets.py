"""The characters of platforms: UTF-8, or GBK as older Chinese ones write it."""

import codecs
import re

CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gbk": "gbk",
    "gb2312": "gbk",
    "gb18030": "gb18030",
    "big5": "big5",
}
"""What a platform may write → Python's name."""
DECLARED = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def known(name):
    """Python's name of a charset, None for one that no platform should use."""
    return CHARSETS.get((name or "").strip().lower())


def decode(body, content_type="", charset="utf-8"):
    """The text of an answer: as it declares, else as the platform is set up, else as it can be read; ValueError if not.

    Servers declare latin-1 out of thin air, so that is no declaration.
    """
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig")
    declared = DECLARED.search(content_type or "")
    for name in (known(declared[1]) if declared else None, charset, "utf-8", "gb18030"):
        if name:
            try:
                return body.decode("gb18030" if name == "gbk" else name)
            except UnicodeDecodeError:
                continue
    raise ValueError("neither UTF-8 nor GBK")


def _as_json_escape(error):
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end


codecs.register_error("hospital_json", _as_json_escape)


def encode_json(text, charset):
    """A rare character that the charset lacks is written as JSON can write it."""
    return text.encode(charset, "hospital_json")
