"""Secrets at rest: authenticated encryption with a key that stands in the configuration file, never in the database.

A token is `cipher:key id:base64(nonce + ciphertext)`; the key id tells a wrong key from a damaged token.
"""

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from odoo.tools import config

NONCE = 12
TAG = 16
SHORTEST = 32
CONTEXT = b"hospital.secret"


class VaultError(Exception):
    """`reason`: no_key, short_key, other_key, damaged or cipher."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def encrypt(text, key=None, cipher=None):
    cipher = cipher or config.get("hospital_secret_cipher") or "aes"
    key = _key(key or config.get("hospital_secret_key"))
    nonce = os.urandom(NONCE)
    data = _cipher(cipher)[0](key, nonce, text.encode())
    return f"{cipher}:{_key_id(key)}:{base64.b64encode(nonce + data).decode()}"


def decrypt(token):
    """With the key of the configuration, or with the one before it (`hospital_secret_key_before`)."""
    try:
        cipher, key_id, data = token.split(":")
        data = base64.b64decode(data, validate=True)
    except ValueError:
        raise VaultError("damaged")
    for option in ("hospital_secret_key", "hospital_secret_key_before"):
        key = config.get(option)
        if (option == "hospital_secret_key" or key) and _key_id(key := _key(key)) == key_id:
            break
    else:
        raise VaultError("other_key")
    try:
        return _cipher(cipher)[1](key, data[:NONCE], data[NONCE:]).decode()
    except (InvalidTag, ValueError):
        raise VaultError("damaged")


def _key(text):
    if not text:
        raise VaultError("no_key")
    if len(text) < SHORTEST:
        raise VaultError("short_key")
    return hashlib.sha256(text.encode()).digest()


def _key_id(key):
    return hashlib.sha256(b"id" + key).hexdigest()[:8]


def _cipher(name):
    try:
        return CIPHERS[name]
    except KeyError:
        raise VaultError("cipher")


def _aes_encrypt(key, nonce, data):
    return AESGCM(key).encrypt(nonce, data, CONTEXT)


def _aes_decrypt(key, nonce, data):
    return AESGCM(key).decrypt(nonce, data, CONTEXT)


def _sm4_encrypt(key, nonce, data):
    encryptor = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(CONTEXT)
    return encryptor.update(data) + encryptor.finalize() + encryptor.tag


def _sm4_decrypt(key, nonce, data):
    if len(data) < TAG:
        raise ValueError(len(data))
    decryptor = Cipher(algorithms.SM4(key[:16]), modes.GCM(nonce, data[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(CONTEXT)
    return decryptor.update(data[:-TAG]) + decryptor.finalize()


CIPHERS = {"aes": (_aes_encrypt, _aes_decrypt), "sm4": (_sm4_encrypt, _sm4_decrypt)}
