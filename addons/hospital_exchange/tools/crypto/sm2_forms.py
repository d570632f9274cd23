"""SM2 keys, signatures and ciphertexts in all the forms they are written in.

Inside, a private key is 32 bytes, a public key 64 bytes x‖y, a signature 64 bytes r‖s and a ciphertext 04‖x‖y‖C3‖C2.
"""

from asn1crypto import core, keys, pem, x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from .errors import CryptoError
from .text import from_text

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
CURVE = "1.2.156.10197.1.301"
SIZE = 32
POINT = 2 * SIZE
keys.NamedCurve.register("sm2p256v1", CURVE, SIZE)
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, CryptoError)


class _Cipher(core.Sequence):
    """GB/T 35276"""

    _fields = [
        ("x", core.Integer),
        ("y", core.Integer),
        ("hash", core.OctetString),
        ("text", core.OctetString),
    ]


# === KEYS ===


def private_key(written) -> bytes:
    """From hex, base64, PEM or DER: the bare number, PKCS#8 or an EC private key."""
    try:
        data = _bytes(written)
        number = int.from_bytes(data) if len(data) <= SIZE + 1 else _private_number(data)
    except UNREADABLE:
        number = 0
    if not 1 <= number <= N - 2:
        raise CryptoError("key", "no private SM2 key: 32 bytes as hex, or PEM without a password, is expected")
    return number.to_bytes(SIZE)


def public_key(written) -> bytes:
    """From hex, base64, PEM or DER: a point of 64, 65 or 33 bytes, a public key or a certificate."""
    try:
        data = _bytes(written)
        if len(data) > POINT + 1:
            data = _public_point(data)
        return _on_curve(_uncompressed(data))
    except UNREADABLE:
        raise CryptoError("key", "no public SM2 key: 64 bytes as hex, or PEM of a key or certificate, is expected")


def _bytes(written):
    if isinstance(written, str):
        written = written.strip()
        if not written.startswith("-----"):
            return from_text(written)
        written = written.encode()
    if pem.detect(written):
        return pem.unarmor(written)[2]
    return written


def _private_number(data):
    try:
        info = keys.PrivateKeyInfo.load(data, strict=True)
        _check_curve(info["private_key_algorithm"]["parameters"])
        return info["private_key"].parsed["private_key"].native
    except UNREADABLE:
        key = keys.ECPrivateKey.load(data, strict=True)
        _check_curve(key["parameters"])
        return key["private_key"].native


def _public_point(data):
    try:
        info = keys.PublicKeyInfo.load(data, strict=True)
        _check_curve(info["algorithm"]["parameters"])
    except UNREADABLE:
        info = x509.Certificate.load(data, strict=True)["tbs_certificate"]["subject_public_key_info"]
        _check_curve(info["algorithm"]["parameters"])
    return info["public_key"].native


def _check_curve(parameters):
    if parameters.chosen.dotted != CURVE:
        raise CryptoError("key", "a key of another curve")


def _uncompressed(data):
    if len(data) == POINT:
        return data
    if len(data) == POINT + 1 and data[0] == 4:
        return data[1:]
    if len(data) == SIZE + 1 and data[0] in (2, 3):
        x = int.from_bytes(data[1:])
        y = pow(_right_side(x), (P + 1) // 4, P)
        return data[1:] + (y if y % 2 == data[0] % 2 else P - y).to_bytes(SIZE)
    raise CryptoError("key", f"a point of {len(data)} bytes")


def _right_side(x):
    return (x * x * x - 3 * x + B) % P


def _on_curve(point):
    x, y = int.from_bytes(point[:SIZE]), int.from_bytes(point[SIZE:])
    if x >= P or y >= P or (y * y - _right_side(x)) % P:
        raise CryptoError("key", "the point does not lie on the curve")
    return point


# === SIGNATURES ===


def der_of_signature(raw):
    return encode_dss_signature(int.from_bytes(raw[:SIZE]), int.from_bytes(raw[SIZE:]))


def raw_of_signature(der):
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(SIZE) + s.to_bytes(SIZE)
    except (ValueError, OverflowError):
        raise CryptoError("data", "no signature in DER form")


# === CIPHERTEXTS ===


def cipher_of_asn1(der):
    try:
        parts = _Cipher.load(der, strict=True)
        x, y = (parts[name].native.to_bytes(SIZE) for name in ("x", "y"))
        return join_cipher(x + y, parts["hash"].native, parts["text"].native)
    except (ValueError, OverflowError, TypeError):
        raise CryptoError("data", "no ciphertext in ASN.1 form")


def asn1_of_cipher(data):
    point, digest, text = split_cipher(data)
    x, y = int.from_bytes(point[:SIZE]), int.from_bytes(point[SIZE:])
    return _Cipher({"x": x, "y": y, "hash": digest, "text": text}).dump()


def join_cipher(point, digest, text):
    return b"\4" + point + digest + text


def split_cipher(data):
    """(point, C3, C2)"""
    head = 1 + POINT
    return data[1:head], data[head : head + SIZE], data[head + SIZE :]


def write_cipher(data, order="C1C3C2", prefix=True):
    if order == "asn1":
        return asn1_of_cipher(data)
    point, digest, text = split_cipher(data)
    rest = text + digest if order == "C1C2C3" else digest + text
    return (b"\4" if prefix else b"") + point + rest


def read_cipher(data, order="C1C3C2", prefix=True):
    if order == "asn1":
        data = cipher_of_asn1(data)
    else:
        if not prefix:
            data = b"\4" + data
        if len(data) <= 1 + POINT + SIZE or data[0] != 4:
            raise CryptoError("data", "no SM2 ciphertext")
        if order == "C1C2C3":
            data = join_cipher(data[1 : 1 + POINT], data[-SIZE:], data[1 + POINT : -SIZE])
    try:
        _on_curve(split_cipher(data)[0])
    except CryptoError:
        raise CryptoError("altered", "the point of the ciphertext does not lie on the curve")
    return data
