"""Plain values that go into a protocol and come out of it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Evidence:
    """What went over the wire, as far as it got."""

    request_body: bytes = b""
    reply_body: bytes = b""
    http_status: int = 0
    duration_ms: int = 0


@dataclass
class Call:
    """One call of one interface. The records are read for configuration only; a protocol writes nothing."""

    platform: Any
    interface: Any
    payload: dict
    number: str = ""
    key: str = ""
    attempt: int = 1
    session: Any = None
    """A `requests.Session` kept for all calls of one delivery; None: the protocol opens its own."""
    timeout: tuple = ()
    """Connect and read time-out in seconds for this call; empty: those of the platform."""
    sent: bool = False
    """Set by the protocol when a byte may have left: an unforeseen error then proves nothing about the far side."""
    evidence: Evidence = field(default_factory=Evidence)
    """Filled by the protocol on the way, so that it is there whatever happens."""
    rows: dict = field(default_factory=dict)
    """Parameters of the platform as they stand for this call, looked up once."""


@dataclass
class Answer:
    """What the far side sent, before it is understood."""

    status: int = 0
    headers: Any = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Result:
    """A call that the far side has done."""

    reply: dict = field(default_factory=dict)
    remote_ref: str = ""
    evidence: Evidence = field(default_factory=Evidence)


@dataclass
class Incoming:
    """A call in, verified."""

    operation: str
    request_id: str
    """The same when the same call is repeated; empty for a read that is not told apart from others."""
    payload: dict
    nonce: str = ""
    """Never the same twice; empty where the platform does not sign."""
