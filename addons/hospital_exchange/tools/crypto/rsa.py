"""RSA with the paddings that platforms use. Keys: PEM, or base64 of DER without its lines of dashes."""

from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .errors import CryptoError
from .text import from_text

HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}
OVERHEAD = {"pkcs1": 11, "oaep": 2 * 32 + 2}
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, CryptoError)


def sign(private, data: bytes, digest="sha256", pad="pkcs1") -> bytes:
    return _private(private).sign(data, _signature_padding(pad, digest), HASHES[digest]())


def verify(public, data: bytes, signature: bytes, digest="sha256", pad="pkcs1") -> bool:
    try:
        _public(public).verify(signature, data, _signature_padding(pad, digest), HASHES[digest]())
    except InvalidSignature:
        return False
    return True


def encrypt(public, data: bytes, pad="oaep") -> bytes:
    """Longer data is encrypted piece by piece, as Java's platforms do."""
    key = _public(public)
    size = key.key_size // 8 - OVERHEAD[pad]
    pieces = [data[start : start + size] for start in range(0, len(data), size)] or [b""]
    return b"".join(key.encrypt(piece, _encryption_padding(pad)) for piece in pieces)


def decrypt(private, data: bytes, pad="oaep") -> bytes:
    """With `oaep` altered data raises; `pkcs1` is not able to tell, by its nature."""
    key = _private(private)
    size = key.key_size // 8
    if not data or len(data) % size:
        raise CryptoError("altered", f"{len(data)} bytes are no whole pieces")
    try:
        return b"".join(
            key.decrypt(data[start : start + size], _encryption_padding(pad)) for start in range(0, len(data), size)
        )
    except ValueError:
        raise CryptoError("altered", "cannot be decrypted with this key")


def public_of(private) -> str:
    """The public key, as PEM, that belongs to a private one."""
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return _private(private).public_key().public_bytes(*form).decode()


def _signature_padding(pad, digest):
    if pad == "pss":
        return padding.PSS(padding.MGF1(HASHES[digest]()), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()


def _encryption_padding(pad):
    if pad == "pkcs1":
        return padding.PKCS1v15()
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


@lru_cache(maxsize=64)
def _private(written):
    data = _bytes(written)
    load = serialization.load_pem_private_key if data.startswith(b"-----") else serialization.load_der_private_key
    try:
        return _rsa(load(data, None), rsa.RSAPrivateKey)
    except UNREADABLE:
        raise CryptoError("key", "no private RSA key: PEM or base64 is expected, without a password")


@lru_cache(maxsize=64)
def _public(written):
    data = _bytes(written)
    is_pem = data.startswith(b"-----")
    loaders = (
        (serialization.load_pem_public_key, _pem_certificate_key)
        if is_pem
        else (serialization.load_der_public_key, _der_certificate_key)
    )
    for load in loaders:
        try:
            return _rsa(load(data), rsa.RSAPublicKey)
        except UNREADABLE:
            continue
    raise CryptoError("key", "no public RSA key: PEM or base64 of a key or certificate is expected")


def _pem_certificate_key(data):
    return x509.load_pem_x509_certificate(data).public_key()


def _der_certificate_key(data):
    return x509.load_der_x509_certificate(data).public_key()


def _bytes(written):
    if isinstance(written, bytes):
        return written
    written = written.strip()
    return written.encode() if written.startswith("-----") else from_text(written)


def _rsa(key, kind):
    if not isinstance(key, kind):
        raise CryptoError("key", "no RSA key")
    return key
