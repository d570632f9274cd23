"""How UnionPay (ACP 5.1.0) signs: RSA over the hex of the SHA-256 of the sorted parameters."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from odoo.addons.hospital_exchange.tools.crypto import CryptoError, hashes, rsa
from odoo.addons.hospital_exchange.tools.crypto.text import from_base64, to_base64

OWNER = "中国银联股份有限公司"
TEST_OWNER = "00040000:SIGN"
"""Who the certificates of the test environment are made out to."""


def text_of(parameters):
    return "&".join(f"{name}={value}" for name, value in sorted(parameters.items()) if name != "signature")


def _digest(parameters):
    return hashes.digest("sha256", text_of(parameters).encode()).hex().encode()


def sign(private, parameters):
    return to_base64(rsa.sign(private, _digest(parameters)))


def fits(public, parameters):
    try:
        return rsa.verify(public, _digest(parameters), from_base64(parameters.get("signature") or ""))
    except CryptoError as error:
        if error.reason == "key":
            raise
        return False


def trusted(certificate, authorities, owners=(OWNER,)):
    """The certificate that came with an answer, if one of the authorities issued it to UnionPay and it is valid today.

    :param authorities: certificates, PEM, one after the other: the intermediate and the root of UnionPay
    Raises CryptoError with what is wrong.
    """
    try:
        leaf = x509.load_pem_x509_certificate(certificate.encode())
        known = x509.load_pem_x509_certificates(authorities.encode())
    except ValueError:
        raise CryptoError("key", "the certificate of the answer or our list of authorities cannot be read") from None
    now = datetime.now(UTC)
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise CryptoError("key", "the certificate of the answer is not valid today")
    if not any(_issued(leaf, authority) for authority in known):
        raise CryptoError("key", "no authority of ours issued the certificate of the answer")
    names = " ".join(str(part.value) for part in leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME))
    if not any(owner in names for owner in owners):
        raise CryptoError("key", "the certificate of the answer belongs to somebody else")
    return certificate


def _issued(leaf, authority):
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def read(text):
    """{name: value} of an answer: `k=v&k=v`, not encoded as an address, values in braces may hold `&`; ValueError."""
    pairs, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if letter == "&" and depth == 0:
            pairs.append(text[start:at])
            start = at + 1
    pairs.append(text[start:])
    values = {}
    for pair in filter(None, pairs):
        name, equals, value = pair.partition("=")
        if not equals or name in values:
            raise ValueError("no list of names and values")
        values[name] = value
    return values
