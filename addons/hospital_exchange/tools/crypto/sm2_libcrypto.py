"""SM2 by the OpenSSL of the system (1.1.1 or newer), through ctypes."""

import ctypes
import ctypes.util
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_void_p
from functools import cache, lru_cache

from .errors import CryptoError
from .sm2_forms import asn1_of_cipher, cipher_of_asn1, der_of_signature, raw_of_signature

NAME = "libcrypto"
ANY_USER_ID = True
ENCRYPTS = True

KIND_SM2 = 1172
SET_USER_ID = 15
SET_USER_ID_BEFORE_3 = 0x100B
PRIVATE_HEAD = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")
PUBLIC_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
NAMES = {
    "linux": ("libcrypto.so.4", "libcrypto.so.3", "libcrypto.so.1.1"),
    "darwin": ("libcrypto.3.dylib", "libcrypto.1.1.dylib"),  # without a version macOS ends the process
    "win32": ("libcrypto-3-x64.dll", "libcrypto-3.dll", "libcrypto-1_1-x64.dll"),
}
FUNCTIONS = {
    "EVP_sm3": (c_void_p,),
    "EVP_PKEY_free": (None, c_void_p),
    "EVP_PKEY_CTX_new": (c_void_p, c_void_p, c_void_p),
    "EVP_PKEY_CTX_free": (None, c_void_p),
    "EVP_PKEY_CTX_ctrl": (c_int, c_void_p, c_int, c_int, c_int, c_int, c_char_p),
    "EVP_MD_CTX_new": (c_void_p,),
    "EVP_MD_CTX_free": (None, c_void_p),
    "EVP_MD_CTX_set_pkey_ctx": (None, c_void_p, c_void_p),
    "EVP_DigestSignInit": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_DigestSign": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "EVP_DigestVerifyInit": (c_int, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p),
    "EVP_DigestVerify": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
    "EVP_PKEY_encrypt_init": (c_int, c_void_p),
    "EVP_PKEY_encrypt": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "EVP_PKEY_decrypt_init": (c_int, c_void_p),
    "EVP_PKEY_decrypt": (c_int, c_void_p, c_void_p, POINTER(c_size_t), c_char_p, c_size_t),
    "d2i_AutoPrivateKey": (c_void_p, c_void_p, POINTER(c_char_p), c_long),
    "d2i_PUBKEY": (c_void_p, c_void_p, POINTER(c_char_p), c_long),
    "i2d_PUBKEY": (c_int, c_void_p, POINTER(c_void_p)),
    "ERR_clear_error": (None,),
}


class _Key:
    """A key of OpenSSL, freed with this object."""

    def __init__(self, load, der):
        self.library = _library()
        pointer = c_char_p(der)
        self.handle = load(None, byref(pointer), len(der))
        if not self.handle:
            _fail("the key was refused")
        if _is_before_3(self.library):  # there the key does not know by itself that it is one of SM2
            self.library.EVP_PKEY_set_alias_type(c_void_p(self.handle), KIND_SM2)

    def __del__(self):
        if getattr(self, "handle", None):
            self.library.EVP_PKEY_free(self.handle)


class _Context:
    """What OpenSSL needs for one signature, or to check one."""

    def __init__(self, key, user_id):
        self.key = key
        self.library = key.library
        self.digest = self.library.EVP_MD_CTX_new()
        self.context = self.library.EVP_PKEY_CTX_new(key.handle, None)
        self.user_id = user_id

    def __enter__(self):
        if not (self.digest and self.context):
            _fail("out of memory")
        command = SET_USER_ID_BEFORE_3 if _is_before_3(self.library) else SET_USER_ID
        done = self.library.EVP_PKEY_CTX_ctrl(self.context, -1, -1, command, len(self.user_id), self.user_id)
        _check(done, "the user id was refused")
        self.library.EVP_MD_CTX_set_pkey_ctx(self.digest, self.context)
        return self

    def __exit__(self, *_error):
        self.library.EVP_MD_CTX_free(self.digest)
        self.library.EVP_PKEY_CTX_free(self.context)

    def begin(self, function):
        _check(function(self.digest, None, self.library.EVP_sm3(), None, self.key.handle), "SM2 with SM3 is missing")


def _is_before_3(library):
    return hasattr(library, "EVP_PKEY_set_alias_type")


def public_of(private):
    key = _private(private)
    length = key.library.i2d_PUBKEY(key.handle, None)
    if length <= 64:
        _fail("no public key")
    buffer = (c_ubyte * length)()
    key.library.i2d_PUBKEY(key.handle, byref(ctypes.cast(buffer, c_void_p)))
    return bytes(buffer)[-64:]


def sign(private, data, user_id):
    library = _library()
    with _Context(_private(private), user_id) as context:
        context.begin(library.EVP_DigestSignInit)
        return raw_of_signature(_filled(library.EVP_DigestSign, context.digest, data))


def verify(public, data, signature, user_id):
    library = _library()
    der = der_of_signature(signature)
    with _Context(_public(public), user_id) as context:
        context.begin(library.EVP_DigestVerifyInit)
        fits = library.EVP_DigestVerify(context.digest, der, len(der), data, len(data)) == 1
        library.ERR_clear_error()
        return fits


def encrypt(public, data):
    library = _library()
    return cipher_of_asn1(_crypt(_public(public), library.EVP_PKEY_encrypt_init, library.EVP_PKEY_encrypt, data))


def decrypt(private, data):
    library = _library()
    der = asn1_of_cipher(data)
    try:
        return _crypt(_private(private), library.EVP_PKEY_decrypt_init, library.EVP_PKEY_decrypt, der)
    except CryptoError:
        raise CryptoError("altered", "the ciphertext does not fit its digest, or belongs to another key")


def _crypt(key, begin, work, data):
    library = key.library
    context = library.EVP_PKEY_CTX_new(key.handle, None)
    try:
        _check(context and begin(context), "SM2 encryption is missing")
        return _filled(work, context, data)
    finally:
        library.EVP_PKEY_CTX_free(context)


def _filled(work, context, data):
    """What OpenSSL writes: asked first how much it may become."""
    length = c_size_t()
    _check(work(context, None, byref(length), data, len(data)), "SM2 failed")
    buffer = ctypes.create_string_buffer(length.value + len(data))
    _check(work(context, buffer, byref(length), data, len(data)), "SM2 failed")
    return buffer.raw[: length.value]


def _check(done, what):
    if done != 1:
        _fail(what)


def _fail(what):
    _library().ERR_clear_error()  # Python's own TLS reads the same list of errors
    raise CryptoError("backend", what)


@lru_cache(maxsize=64)
def _private(private):
    return _Key(_library().d2i_AutoPrivateKey, PRIVATE_HEAD + private)


@lru_cache(maxsize=64)
def _public(public):
    return _Key(_library().d2i_PUBKEY, PUBLIC_HEAD + public)


@cache
def _library():
    for name in (*NAMES.get(sys.platform, ()), sys.platform != "darwin" and ctypes.util.find_library("crypto")):
        if not name:
            continue
        try:
            library = ctypes.CDLL(name)
            for function, (result, *arguments) in FUNCTIONS.items():
                getattr(library, function).restype = result
                getattr(library, function).argtypes = arguments
        except (OSError, AttributeError):
            continue
        return library
    raise CryptoError("backend", "no OpenSSL of 1.1.1 or newer is installed")
