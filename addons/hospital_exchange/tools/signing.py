"""The signature of this suite's own protocols over a request: calls out, calls in and the sandbox use the same functions.

X-Exchange-App        who calls
X-Exchange-Timestamp  Unix seconds
X-Exchange-Nonce      never the same twice
X-Exchange-Request    number of the call: the same when the same call is repeated
X-Exchange-Signature  over the lines METHOD, path with query, app, timestamp, nonce, request, digest of the body
"""

import secrets
import time
from urllib.parse import quote

from .crypto import CryptoError, hashes, rsa, sm2
from .crypto.text import from_base64, to_base64

SCHEMES = [
    ("none", "Not signed"),
    ("hmac_sha256", "HMAC-SHA256"),
    ("hmac_sm3", "HMAC-SM3"),
    ("md5", "MD5 with key"),
    ("rsa_sha256", "RSA with SHA-256"),
    ("sm2", "SM2 with SM3"),
]
SYMMETRIC = {"hmac_sha256", "hmac_sm3", "md5"}
"""Both sides hold the same key."""

APP = "X-Exchange-App"
TIMESTAMP = "X-Exchange-Timestamp"
NONCE = "X-Exchange-Nonce"
REQUEST = "X-Exchange-Request"
SIGNATURE = "X-Exchange-Signature"
SIGNED = (APP, TIMESTAMP, NONCE, REQUEST)


class SigningError(Exception):
    """`reason`: missing (a header is not there) or wrong (the signature does not fit)."""

    def __init__(self, reason, detail=""):
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


def headers(scheme, key, app, method, path, body, request_id, timestamp=None, nonce=None):
    """The headers of one request; raises CryptoError when the key is none for the scheme.

    :param key: the shared secret, or our private key (PEM; for SM2 hex as well)
    :param path: as it goes over the wire, with the query
    :param body: bytes as they go over the wire
    """
    values = {
        APP: _plain(app),
        TIMESTAMP: str(int(time.time() if timestamp is None else timestamp)),
        NONCE: _plain(nonce or secrets.token_hex(16)),
        REQUEST: _plain(request_id),
    }
    if scheme != "none":
        values[SIGNATURE] = WAYS[scheme][0](_needed(key), _text(scheme, values, method, path, body))
    return values


def check(scheme, key, headers, method, path, body):
    """Raises SigningError unless the request was signed by who holds the key.

    How old the timestamp is and whether the nonce was seen before is for the caller to look at.

    :param key: the shared secret, or the public key of the other side
    """
    if scheme == "none":
        return
    given = {name.lower(): value for name, value in headers.items()}
    values = {name: given.get(name.lower()) for name in (*SIGNED, SIGNATURE)}
    if missing := [name for name, value in values.items() if not value]:
        raise SigningError("missing", ", ".join(missing))
    try:
        fits = WAYS[scheme][1](_needed(key), _text(scheme, values, method, path, body), values[SIGNATURE].strip())
    except CryptoError as error:
        raise SigningError("wrong", error.detail)
    if not fits:
        raise SigningError("wrong", "the signature does not fit")


def wire_path(environ):
    """The path with query of a WSGI request exactly as the other side sent and signed it."""
    if raw := environ.get("REQUEST_URI") or environ.get("RAW_URI"):
        return raw if raw.startswith("/") else "/" + raw.partition("://")[2].partition("/")[2]
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"))
    return f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path


def _text(scheme, values, method, path, body):
    digest = hashes.digest("sm3" if scheme in ("sm2", "hmac_sm3") else "sha256", body).hex()
    return "\n".join((method.upper(), path, *(values[name] for name in SIGNED), digest)).encode()


def _plain(value):
    """What fits into a header on every way."""
    return quote(str(value), safe=" !#$%&'()*+,-./:;<=>?@[]^_`{|}~").strip()


def _needed(key):
    if not key:
        raise CryptoError("key", "no key is set for the signature")
    return key


def _hmac(name):
    def sign(key, text):
        return hashes.hmac(name, key.encode(), text).hex()

    return sign, lambda key, text, signature: hashes.equal(sign(key, text), signature.lower())


def _sign_md5(key, text):
    return hashes.digest("md5", b"%s\n%s" % (text, key.encode())).hex()


def _check_md5(key, text, signature):
    return hashes.equal(_sign_md5(key, text), signature.lower())


def _sign_rsa(key, text):
    return to_base64(rsa.sign(key, text))


def _check_rsa(key, text, signature):
    return rsa.verify(key, text, from_base64(signature))


def _sign_sm2(key, text):
    return to_base64(sm2.sign(key, text))


def _check_sm2(key, text, signature):
    return sm2.verify(key, text, from_base64(signature))


WAYS = {
    "hmac_sha256": _hmac("sha256"),
    "hmac_sm3": _hmac("sm3"),
    "md5": (_sign_md5, _check_md5),
    "rsa_sha256": (_sign_rsa, _check_rsa),
    "sm2": (_sign_sm2, _check_sm2),
}
"""scheme → (sign, check)"""
