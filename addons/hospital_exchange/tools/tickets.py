"""A signed ticket in an address: who comes, from where, for how long. It is `claims.signature`, both in base64url.

The signature is over the text of the claims as it stands in the ticket, by the scheme of the platform.
"""

import base64
import json
import secrets
import time

from cryptography.hazmat.primitives import serialization

from .crypto import CryptoError, sm2
from .signing import SYMMETRIC, WAYS

LONGEST = 4096
LIFE = 60
LONGEST_LIFE = 600
SKEW = 30


class TicketError(Exception):
    """:param reason: ``unsigned``, ``malformed``, ``signature``, ``audience``, ``expired``, ``used`` or ``user``"""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def make(scheme, key, claims, life=LIFE, now=None):
    """A ticket; raises CryptoError when the key is none for the scheme."""
    if scheme not in WAYS:
        raise TicketError("unsigned")
    now = int(time.time() if now is None else now)
    claims = {**claims, "iat": now, "exp": now + min(life, LONGEST_LIFE), "jti": secrets.token_urlsafe(16)}
    text = _pack(json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{text}.{_pack(WAYS[scheme][0](key, text.encode()).encode())}"


def read(scheme, key, ticket, audience, now=None):
    """The claims of a ticket that was signed with `key` for `audience` and has not expired; raises TicketError."""
    if scheme not in WAYS:
        raise TicketError("unsigned")
    text, _dot, signature = (ticket or "").partition(".")
    if not text or not signature or len(ticket) > LONGEST or not ticket.isascii():
        raise TicketError("malformed")
    try:
        fits = WAYS[scheme][1](key, text.encode(), _unpack(signature).decode("ascii"))
        claims = json.loads(_unpack(text)) if fits else None
    except (CryptoError, ValueError, RecursionError):
        fits, claims = False, None
    if not fits:
        raise TicketError("signature")
    if not isinstance(claims, dict) or not isinstance(claims.get("jti"), str) or not 8 <= len(claims["jti"]) <= 128:
        raise TicketError("malformed")
    if claims.get("aud") != audience:
        raise TicketError("audience")
    now = time.time() if now is None else now
    issued, end = claims.get("iat"), claims.get("exp")
    if not _is_time(issued) or not _is_time(end):
        raise TicketError("malformed")
    if issued > now + SKEW or end < now or end - issued > LONGEST_LIFE:
        raise TicketError("expired")
    return claims


def public_of(scheme, private):
    """With what our own tickets are checked."""
    if scheme in SYMMETRIC:
        return private
    if scheme == "sm2":
        return sm2.public_of(private).hex()
    try:
        key = serialization.load_pem_private_key(private.encode(), None)
    except (ValueError, TypeError):
        raise CryptoError("key", "the key is no private key in PEM") from None
    kinds = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*kinds).decode()


def _is_time(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e11


def _pack(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpack(text):
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
