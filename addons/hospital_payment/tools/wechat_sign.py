"""How WeChat Pay signs: v3 with RSA and AES-GCM, v2 with a shared key."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from odoo.addons.hospital_exchange.tools.crypto import CryptoError, hashes, rsa
from odoo.addons.hospital_exchange.tools.crypto.text import from_base64, to_base64

SCHEME = "WECHATPAY2-SHA256-RSA2048"
CLOCK = 300
"""Seconds an answer or a callback may be off our clock."""


def lines(*parts):
    """The text that is signed: every line ends with a line feed, the last one too."""
    return b"".join((part if isinstance(part, bytes) else str(part).encode()) + b"\n" for part in parts)


def authorization(private, mchid, serial, method, path, timestamp, nonce, body):
    signature = to_base64(rsa.sign(private, lines(method, path, timestamp, nonce, body or b"")))
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",'
        f'timestamp="{timestamp}",serial_no="{serial}"'
    )


def read_authorization(header):
    """{name: value} of a header written by `authorization`; empty for any other."""
    scheme, _space, rest = (header or "").partition(" ")
    if scheme != SCHEME:
        return {}
    pairs = (part.partition("=") for part in rest.split(","))
    return {name.strip(): value.strip().strip('"') for name, _equals, value in pairs}


def sign(private, timestamp, nonce, body):
    """Of an answer or a callback."""
    return to_base64(rsa.sign(private, lines(timestamp, nonce, body)))


def fits(public, timestamp, nonce, body, signature):
    """Whether an answer or a callback was signed by who holds the other half of the key; over the bytes as received."""
    try:
        return rsa.verify(public, lines(timestamp, nonce, body), from_base64(signature))
    except CryptoError as error:
        if error.reason == "key":
            raise
        return False


def encrypt(key, plain, nonce, associated):
    return to_base64(AESGCM(key.encode()).encrypt(nonce.encode(), plain, associated.encode()))


def decrypt(key, ciphertext, nonce, associated):
    """The plain bytes; raises CryptoError when anything was altered."""
    try:
        sealed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key.encode()).decrypt(nonce.encode(), sealed, (associated or "").encode())
    except (InvalidTag, binascii.Error):
        raise CryptoError("altered", "the resource was not encrypted with our APIv3 key") from None
    except ValueError:
        raise CryptoError("key", "the APIv3 key must have 32 characters, the nonce at least 8") from None


def sign_v2(parameters, key, scheme="MD5"):
    """For merchants without the v3 interface of payment codes, and the front-end of UnionPay."""
    pairs = sorted((name, value) for name, value in parameters.items() if value not in (None, "") and name != "sign")
    text = "&".join(f"{name}={value}" for name, value in [*pairs, ("key", key)]).encode()
    if scheme == "MD5":
        return hashes.digest("md5", text).hex().upper()
    return hashes.hmac("sha256", key.encode(), text).hex().upper()
