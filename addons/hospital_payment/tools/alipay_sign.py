"""How Alipay signs (RSA2), and where the signed part of an answer begins and ends."""

import json
import re

from odoo.addons.hospital_exchange.tools.crypto import CryptoError, rsa
from odoo.addons.hospital_exchange.tools.crypto.text import from_base64, to_base64


def text_of(parameters, without=("sign",)):
    """All that is not empty, sorted by name; values as they are, not as they stand in an address."""
    pairs = sorted((name, value) for name, value in parameters.items() if value not in (None, ""))
    return "&".join(f"{name}={value}" for name, value in pairs if name not in without)


def sign(private, parameters):
    return sign_text(private, text_of(parameters))


def sign_text(private, text):
    return to_base64(rsa.sign(private, text.encode()))


def fits(public, text, signature):
    try:
        return rsa.verify(public, text.encode(), from_base64(signature or ""))
    except CryptoError as error:
        if error.reason == "key":
            raise
        return False


def fits_callback(public, parameters):
    """A callback leaves the type of the signature out as well."""
    return fits(public, text_of(parameters, without=("sign", "sign_type")), parameters.get("sign"))


def signed_part(text, name):
    """The object `name` of an answer exactly as it was received, which is what the signature is over.

    Raises ValueError when it is not there; the end is found by a JSON parser, never by counting braces.
    """
    whole = json.loads(text)
    if not isinstance(whole, dict) or not isinstance(whole.get(name), dict):
        raise ValueError(f"the answer has no {name}")
    place = re.search(rf'"{re.escape(name)}"\s*:\s*', text)
    part, end = json.JSONDecoder().raw_decode(text, place.end())
    if part != whole[name]:
        raise ValueError(f"{name} stands twice in the answer")
    return text[place.end() : end]
