"""Digests and keyed digests by name."""

import hashlib
import hmac as hmac_of_python

from .errors import CryptoError
from .sm3 import hmac_sm3, sm3

NAMES = ("md5", "sha1", "sha256", "sha512", "sm3")


def digest(name: str, data: bytes) -> bytes:
    if name == "sm3":
        return sm3(data)
    # MD5 and SHA-1 are what old platforms ask for; nothing of our own relies on them
    return hashlib.new(_known(name), data, usedforsecurity=False).digest()


def hmac(name: str, key: bytes, data: bytes) -> bytes:
    return hmac_sm3(key, data) if name == "sm3" else hmac_of_python.digest(key, data, _known(name))


def equal(one, other) -> bool:
    """Compared in a time that tells nothing about where they differ."""
    one, other = (value.encode() if isinstance(value, str) else value for value in (one, other))
    return hmac_of_python.compare_digest(one, other)


def _known(name):
    if name not in NAMES:
        raise CryptoError("data", f"no digest {name!r}")
    return name
