"""What travels between the controller and a far side: plain values, so that a far side can be tried without HTTP."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Asked:
    """A request as it came over the wire."""

    method: str
    path: str
    """What follows the address of the platform, without slashes at the ends."""
    target: str
    """The whole path with the query, as it was signed."""
    headers: dict
    body: bytes = b""
    query: dict = field(default_factory=dict)


@dataclass
class Told:
    """What goes back, and what is done to it on the way."""

    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    seconds: int = 0
    """So long nothing leaves."""
    cut: str = ""
    """``whole``: the connection is cut and nothing is sent; ``half``: it is cut in the middle of the body."""


@dataclass
class Visit:
    """One request under way on the far side."""

    platform: Any
    asked: Asked
    interface: Any = None
    number: str = ""
    payload: Any = None
    fault: Any = None
    envelope: Any = None
    verdict: str = "done"
    detail: str = ""


class SandboxError(Exception):
    """The far side says no.

    :param verdict: ``refused``, ``duplicate``, ``signature``, ``schema``, ``operation``
    :param reply: what it says beside the no
    """

    def __init__(self, verdict="refused", code="", words="", reply=None):
        super().__init__(words or verdict)
        self.verdict = verdict
        self.code = code
        self.words = words
        self.reply = reply or {}
