"""What calls in need to know of a platform: plain values, kept in the cache of the registry and dropped with every change.

A call that is refused costs no statement this way, and one that is served does not read the platform again.
"""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime

import pytz

from .. import vault
from ..errors import ExchangeError


@dataclass(frozen=True, slots=True)
class Operation:
    """An interface with direction in."""

    id: int
    code: str
    name: str
    effect: str
    method: str


@dataclass(frozen=True, slots=True)
class Door:
    id: int
    code: str
    name: str
    protocol: str
    mode: str
    signing: str
    lang: str
    tz: str
    company_id: int
    campus_id: int | None
    user_id: int | None
    networks: tuple
    hours: tuple
    """From when until when it is served; both alike: always."""
    rate: int
    largest: int
    """Bytes of a body."""
    clock_skew: int
    operations: dict = field(repr=False)
    parameters: dict = field(repr=False)
    tokens: dict = field(repr=False)
    """Secrets as they are stored: encrypted."""

    def lets_in(self, address):
        try:
            address = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address.version == network.version and address in network for network in self.networks)

    def is_open(self):
        """Whether it is served at this time of the day; an evening may reach into the morning."""
        start, end = self.hours
        now = datetime.now(pytz.timezone(self.tz))
        hour = now.hour + now.minute / 60 + now.second / 3600
        if start == end:
            return True
        return start <= hour < end if start < end else hour >= start or hour < end

    def parameter(self, name, default=None):
        """The value of the platform's parameter; a row without a value gives an empty text."""
        return self.parameters.get(name, default)

    def secret(self, name, required=True):
        """In the clear, for `_verify` alone."""
        token = self.tokens.get(name)
        if token is None:
            if required:
                raise ExchangeError("config", detail=f"secret {name!r} of platform {self.code} is not set")
            return None
        try:
            return vault.decrypt(token)
        except vault.VaultError as error:
            raise ExchangeError("config", detail=f"secret {name!r} of platform {self.code}: {error.reason}") from None


def networks(text):
    """Addresses and networks, one per line; raises ValueError with the line that is none."""
    found = []
    for line in (text or "").split():
        try:
            found.append(ipaddress.ip_network(line, strict=False))
        except ValueError:
            raise ValueError(line) from None
    return tuple(found)
