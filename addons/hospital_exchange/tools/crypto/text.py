"""Bytes as text: hex or base64, whichever a platform writes."""

import base64
import binascii
import re

from .errors import CryptoError

HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def to_hex(data, upper=False):
    return data.hex().upper() if upper else data.hex()


def to_base64(data):
    return base64.b64encode(data).decode()


def from_base64(written):
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CryptoError("data", "neither hex nor base64")


def from_text(written):
    """What reads as hex is hex, everything else base64."""
    written = "".join(written.split())
    return bytes.fromhex(written) if HEX.fullmatch(written) else from_base64(written)
