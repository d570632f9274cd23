"""One call through a protocol, with everything that can happen sorted into one outcome."""

import base64
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from .call import Evidence, Result
from .errors import ExchangeError
from .redact import hide

MOMENTARY = (SerializationFailure, DeadlockDetected, LockNotAvailable)
"""Somebody else has the row just now: roll back and come again."""
LARGE = 64 * 1024
"""A body above this many bytes is kept as a file beside the message."""


@dataclass
class Outcome:
    result: Result | None = None
    error: ExchangeError | None = None
    evidence: Evidence = field(default_factory=Evidence)
    duration_ms: int = 0
    number: int = 1

    @property
    def kind(self):
        return self.error.kind if self.error else None

    @property
    def reply(self) -> dict:
        """What the platform said, also beside a no."""
        return (self.result.reply if self.result else self.error.reply) or {}

    def attempt(self):
        values = {"duration_ms": self.duration_ms, "http_status": self.evidence.http_status or None}
        if self.error:
            values.update(
                error_kind=self.error.kind, error_code=self.error.code or None, detail=self.error.detail or None
            )
        return values


def perform(protocol: Any, call) -> Outcome:
    start = time.monotonic()
    outcome = Outcome(number=call.attempt, evidence=call.evidence)
    try:
        outcome.result = protocol._call(call)
        outcome.evidence = outcome.result.evidence
    except ExchangeError as error:
        outcome.error = error
        outcome.evidence = error.evidence or outcome.evidence
    except Exception as error:  # noqa: BLE001 whatever a protocol does wrong, the other messages go on
        # an unforeseen error proves nothing about the far side once bytes may have left
        kind = "unknown" if call.sent else "bug"
        outcome.error = ExchangeError(kind, detail=f"{type(error).__name__}: {error}\n{traceback.format_exc()}")
    outcome.duration_ms = round((time.monotonic() - start) * 1000)
    return outcome


def text_of(body, secrets=()):
    """A body as it can be kept: Chinese platforms still send GBK now and then."""
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            body = body.decode("gb18030", errors="replace")
    return hide((body or "").replace("\x00", ""), secrets)


def file_of(text):
    return base64.b64encode(text.encode())
