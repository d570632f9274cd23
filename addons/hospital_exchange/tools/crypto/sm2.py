"""SM2 (GB/T 32918): signatures and public-key encryption on the recommended curve.

No Python library everybody has knows SM2, so there are three ways to it: the OpenSSL of the system, tongsuopy where it is
installed, and gmalg in pure Python. The first that passes the known answers of the standard is used.
"""

import logging
import secrets
import threading

from . import sm2_gmalg, sm2_libcrypto, sm2_tongsuo
from .errors import CryptoError
from .sm2_forms import (
    N,
    der_of_signature,
    private_key,
    public_key,
    raw_of_signature,
    read_cipher,
    write_cipher,
)

_logger = logging.getLogger(__name__)

USER_ID = b"1234567812345678"
"""The identity that goes into a signature unless two sides agree on another one."""
BACKENDS = (sm2_libcrypto, sm2_tongsuo, sm2_gmalg)

# the example of GB/T 32918.2 on the recommended curve
KNOWN_PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
KNOWN_PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
KNOWN_MESSAGE = b"message digest"
KNOWN_SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)

_chosen = []
_lock = threading.Lock()


def sign(private, data: bytes, user_id=USER_ID, form="der") -> bytes:
    """`form`: der or raw (r‖s)."""
    key, user_id = private_key(private), _id(user_id)
    raw = _backend(user_id).sign(key, data, user_id)
    return der_of_signature(raw) if form == "der" else raw


def verify(public, data: bytes, signature: bytes, user_id=USER_ID, form="der") -> bool:
    key, user_id = public_key(public), _id(user_id)
    try:
        raw = raw_of_signature(signature) if form == "der" else signature
    except CryptoError:
        return False
    return len(raw) == 64 and _backend(user_id).verify(key, data, raw, user_id)


def encrypt(public, data: bytes, order="C1C3C2", prefix=True) -> bytes:
    """`order`: C1C3C2 (today's standard), C1C2C3 (the old one) or asn1; `prefix`: with the 04 before the point."""
    key = public_key(public)
    if not data:
        raise CryptoError("data", "there is nothing to encrypt")
    return write_cipher(_backend(encrypts=True).encrypt(key, data), order, prefix)


def decrypt(private, data: bytes, order="C1C3C2", prefix=True) -> bytes:
    """What was altered on the way raises CryptoError("altered")."""
    return _backend(encrypts=True).decrypt(private_key(private), read_cipher(data, order, prefix))


def public_of(private) -> bytes:
    """The public key, x‖y, that belongs to a private one."""
    return _backend().public_of(private_key(private))


def generate():
    """(private key, public key) in hex."""
    private = (1 + secrets.randbelow(N - 2)).to_bytes(32)
    return private.hex(), public_of(private).hex()


def passes(backend):
    """Whether a backend gives the known answers, and tells a wrong signature from a right one."""
    try:
        return (
            backend.public_of(KNOWN_PRIVATE) == KNOWN_PUBLIC
            and backend.verify(KNOWN_PUBLIC, KNOWN_MESSAGE, KNOWN_SIGNATURE, USER_ID)
            and not backend.verify(KNOWN_PUBLIC, KNOWN_MESSAGE + b".", KNOWN_SIGNATURE, USER_ID)
            and backend.verify(KNOWN_PUBLIC, b"own", backend.sign(KNOWN_PRIVATE, b"own", USER_ID), USER_ID)
            and (
                not backend.ENCRYPTS or backend.decrypt(KNOWN_PRIVATE, backend.encrypt(KNOWN_PUBLIC, b"own")) == b"own"
            )
        )
    except Exception as error:  # noqa: BLE001 a library that lacks something may fail in any way; the next one is tried
        _logger.info("SM2 by %s is left out: %s", backend.NAME, error)
        return False


def available():
    """The backends that pass, best first; found out once per process."""
    with _lock:
        if not _chosen:
            _chosen.extend(filter(passes, BACKENDS))
            _logger.info("SM2 is done by %s", ", ".join(backend.NAME for backend in _chosen) or "nobody")
        return tuple(_chosen)


def _backend(user_id=USER_ID, encrypts=False):
    for backend in available():
        if (not encrypts or backend.ENCRYPTS) and (user_id == USER_ID or backend.ANY_USER_ID):
            return backend
    raise CryptoError("backend", "no library on this machine does SM2: install gmalg")


def _id(user_id):
    user_id = user_id.encode() if isinstance(user_id, str) else user_id
    if not 0 < len(user_id) < 8192:
        raise CryptoError("data", "a user id of SM2 has 1 to 8191 bytes")
    return user_id
