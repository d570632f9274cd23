"""SM2 in pure Python: works everywhere, some fifty times slower."""

from .errors import CryptoError

NAME = "gmalg"
ANY_USER_ID = True
ENCRYPTS = True


def _sm2(**keys):
    from gmalg import SM2  # noqa: PLC0415 loaded only where nothing faster is found

    return SM2(**keys)


def public_of(private):
    return _sm2().generate_pk(private)[1:]


def sign(private, data, user_id):
    r, s = _sm2(sk=private, uid=user_id).sign(data)
    return r.rjust(32, b"\0") + s.rjust(32, b"\0")


def verify(public, data, signature, user_id):
    return _sm2(pk=b"\4" + public, uid=user_id).verify(data, signature[:32], signature[32:])


def encrypt(public, data):
    return _sm2(pk=b"\4" + public).encrypt(data)


def decrypt(private, data):
    from gmalg import errors  # noqa: PLC0415

    try:
        return _sm2(sk=private).decrypt(data)
    except errors.GMError:
        raise CryptoError("altered", "the ciphertext does not fit its digest, or belongs to another key")
