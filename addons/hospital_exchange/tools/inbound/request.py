"""A call in as plain values: what a protocol verifies."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class InboundRequest:
    method: str
    path: str
    """With query, exactly as it was sent and signed."""
    operation: str
    """From the address; empty for SOAP, whose body names it."""
    kind: str
    """json or soap"""
    headers: dict
    query: list
    """(name, value) pairs of the address."""
    body: bytes
    """As it came over the wire: this is what was signed."""
    plain: bytes
    """Unpacked."""
    charset: str
    address: str
    started: float
    soap: Any = field(default=None)
    """The envelope, once it was read: the answer must be of the same version."""

    def header(self, name, default=""):
        return self.headers.get(name.lower(), default)
