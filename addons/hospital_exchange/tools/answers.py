"""What an answer means, by rows of the platform and without code."""

import contextlib
from dataclasses import dataclass

from .values import MISSING, as_text, dig, read_json

NAMES = ("ok_path", "ok_values", "message_path", "code_path", "duplicate_values", "ref_path", "data_path")
REFUSED_LOGIN = (401, 403, 407)
TOO_MANY = 429
TOO_SLOW = 408
LONGEST_WORDS = 300


@dataclass
class Verdict:
    """`kind` None: done."""

    kind: str | None = None
    code: str = ""
    words: str = ""
    detail: str = ""


@dataclass
class Rules:
    """Where an answer says what: paths such as `head.code`, and lists of values separated by commas."""

    ok_path: str = ""
    ok_values: str = ""
    message_path: str = ""
    code_path: str = ""
    duplicate_values: str = ""
    ref_path: str = ""
    data_path: str = ""

    def incomplete(self):
        """Why nothing may be sent by these rules; None when all is well."""
        if self.ok_path and not self.ok_values:
            return "parameter ok_path needs ok_values: the values that mean yes, separated by commas"
        return None

    def judge(self, reply, status=0) -> Verdict:
        code = self._text(reply, self.code_path)
        yes = dig(reply, self.ok_path) if self.ok_path else MISSING
        said = code or as_text(yes) or (str(status) if status >= 400 else "")
        verdict = Verdict(code=said, words=self._text(reply, self.message_path)[:LONGEST_WORDS])
        if said and said in _listed(self.duplicate_values):
            verdict.kind = "duplicate"
        elif status >= 400:
            verdict.kind, verdict.detail = self._by_status(status, code)
        elif self.ok_path and yes is MISSING:
            verdict.kind, verdict.detail = "unknown", f"the answer has no {self.ok_path}"
        elif self.ok_path and as_text(yes) not in _listed(self.ok_values):
            verdict.kind, verdict.detail = "business", f"{self.ok_path} is {as_text(yes)!r}"
        return verdict

    def _by_status(self, status, code):
        detail = f"HTTP {status}"
        if status == TOO_MANY:  # a gate in front of the platform: surely not done
            return "network", detail
        if status == TOO_SLOW:
            return "unknown", detail
        if status in REFUSED_LOGIN and not code:
            return "config", f"{detail}: the platform does not accept our key, user or signature"
        return "business", detail

    def data(self, reply):
        """The part of the reply that our records are handed."""
        value = dig(reply, self.data_path) if self.data_path else reply
        if isinstance(value, str) and value[:1] in ("{", "["):
            with contextlib.suppress(ValueError):
                value = read_json(value)
        if value is MISSING or value is None:
            return {}
        return value if isinstance(value, dict) else {"data": value}

    def reference(self, reply):
        return self._text(reply, self.ref_path)

    def _text(self, reply, path):
        return as_text(dig(reply, path)) if path else ""


def _listed(values):
    return {value.strip() for value in values.split(",")} - {""}
