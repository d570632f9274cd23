"""SM2 by tongsuopy, if it is installed: signatures with the usual user id only."""

from .sm2_forms import der_of_signature, raw_of_signature

NAME = "tongsuopy"
ANY_USER_ID = False
ENCRYPTS = False


def _load():
    from tongsuopy.crypto import exceptions, hashes  # noqa: PLC0415 is not installed everywhere
    from tongsuopy.crypto.asymciphers import ec  # noqa: PLC0415

    return ec, ec.ECDSA(hashes.SM3()), exceptions.InvalidSignature


def public_of(private):
    ec = _load()[0]
    numbers = ec.derive_private_key(int.from_bytes(private), ec.SM2()).public_key().public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def sign(private, data, user_id):
    ec, algorithm, _invalid = _load()
    return raw_of_signature(ec.derive_private_key(int.from_bytes(private), ec.SM2()).sign(data, algorithm))


def verify(public, data, signature, user_id):
    ec, algorithm, invalid = _load()
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), b"\4" + public)
    try:
        key.verify(der_of_signature(signature), data, algorithm)
    except invalid:
        return False
    return True
