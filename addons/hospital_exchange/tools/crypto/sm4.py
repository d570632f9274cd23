"""SM4 (GB/T 32907) in the modes that platforms use. Padding is PKCS7 unless it is switched off."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .errors import CryptoError

BLOCK = 16
NONCE = 12
TAG = 16


def encrypt_ecb(key, data, pad=True):
    return _run(_cipher(key, modes.ECB()).encryptor(), _pad(data, pad))  # noqa: S305 insurance platforms ask for it


def decrypt_ecb(key, data, pad=True):
    return _unpad(_run(_cipher(key, modes.ECB()).decryptor(), data), pad)  # noqa: S305


def encrypt_cbc(key, iv, data, pad=True):
    return _run(_cipher(key, modes.CBC(iv)).encryptor(), _pad(data, pad))


def decrypt_cbc(key, iv, data, pad=True):
    return _unpad(_run(_cipher(key, modes.CBC(iv)).decryptor(), data), pad)


def crypt_ctr(key, counter, data):
    """Both ways: a stream has no padding."""
    return _run(_cipher(key, modes.CTR(counter)).encryptor(), data)


def encrypt_gcm(key, data, nonce=None, context=b""):
    """nonce + ciphertext + tag. A nonce is used once only: leave it out and a random one is taken."""
    nonce = nonce or os.urandom(NONCE)
    encryptor = _cipher(key, modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context)
    return nonce + encryptor.update(data) + encryptor.finalize() + encryptor.tag


def decrypt_gcm(key, data, context=b"", nonce_length=NONCE):
    """What was altered, or belongs to another context, raises."""
    if len(data) < nonce_length + TAG:
        raise CryptoError("altered", "too short")
    nonce, body, tag = data[:nonce_length], data[nonce_length:-TAG], data[-TAG:]
    decryptor = _cipher(key, modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(context)
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag:
        raise CryptoError("altered", "the tag does not fit")


def _cipher(key, mode):
    if len(key) != BLOCK:
        raise CryptoError("key", f"an SM4 key has 16 bytes, not {len(key)}")
    try:
        return Cipher(algorithms.SM4(key), mode)
    except ValueError as error:
        raise CryptoError("data", str(error))


def _run(context, data):
    try:
        return context.update(data) + context.finalize()
    except ValueError:
        raise CryptoError("data", f"{len(data)} bytes are no whole blocks")


def _pad(data, pad):
    if not pad:
        return data
    padder = padding.PKCS7(BLOCK * 8).padder()
    return padder.update(data) + padder.finalize()


def _unpad(data, pad):
    if not pad:
        return data
    unpadder = padding.PKCS7(BLOCK * 8).unpadder()
    try:
        return unpadder.update(data) + unpadder.finalize()
    except ValueError:
        raise CryptoError("altered", "the padding does not fit")
