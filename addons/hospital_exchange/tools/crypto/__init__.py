"""Ciphers, signatures and digests as Chinese and foreign platforms ask for them: plain bytes in, plain bytes out.

from ..tools.crypto import hashes, rsa, sm2, sm4, text
"""

from . import hashes
from . import rsa
from . import sm2
from . import sm3
from . import sm4
from . import text
from .errors import CryptoError
