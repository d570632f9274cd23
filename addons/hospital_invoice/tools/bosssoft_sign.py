"""The envelope of the bill platform: a text in base64, a random id and a signature in a fixed order of parts."""

import base64
import binascii
import hashlib
import hmac
import json
import uuid

OK = "S0000"


class EnvelopeError(ValueError):
    """What came is no envelope, or not signed with our key."""


def sign(appid, data, noise, key, version):
    """The key stands between noise and version: neither sorted nor last."""
    text = f"appid={appid}&data={data}&noise={noise}&key={key}&version={version}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def encode(text):
    return base64.b64encode(text.encode()).decode()


def decode(text):
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise EnvelopeError("not the base64 of a text") from error


def write(payload):
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def wrap(payload, appid, key, version):
    """A request."""
    data, noise = encode(write(payload)), uuid.uuid4().hex
    return {
        "appid": appid,
        "data": data,
        "noise": noise,
        "version": version,
        "sign": sign(appid, data, noise, key, version),
    }


def open_request(envelope, appid, key):
    """The business values of a request; EnvelopeError when it is not from this caller."""
    parts = _texts(envelope, ("appid", "data", "noise", "version", "sign"))
    wanted = sign(parts["appid"], parts["data"], parts["noise"], key, parts["version"])
    if parts["appid"] != appid or not hmac.compare_digest(wanted, parts["sign"]):
        raise EnvelopeError("the signature does not fit")
    return _object(decode(parts["data"]))


def wrap_answer(result, message, appid, key, version):
    """`message` is an object, or a text."""
    text = message if isinstance(message, str) else write(message)
    data, noise = encode(write({"result": result, "message": encode(text)})), uuid.uuid4().hex
    return {"data": data, "noise": noise, "sign": sign(appid, data, noise, key, version)}


def open_answer(envelope, appid, key, version):
    """(result, words, values) of an answer: on success its values, or the words it says instead."""
    parts = _texts(envelope, ("data", "noise", "sign"))
    if not hmac.compare_digest(sign(appid, parts["data"], parts["noise"], key, version), parts["sign"]):
        raise EnvelopeError("the signature of the answer does not fit")
    answer = _object(decode(parts["data"]))
    words = decode(answer.get("message") or "")
    try:
        values = json.loads(words)
    except ValueError:
        values = {}
    return str(answer.get("result") or ""), words, values if isinstance(values, dict) else {}


def _texts(envelope, names):
    if not isinstance(envelope, dict):
        raise EnvelopeError("not an envelope")
    values = {name: envelope.get(name) for name in names}
    if not all(isinstance(value, str) for value in values.values()):
        raise EnvelopeError("parts of the envelope are missing")
    return values


def _object(text):
    try:
        value = json.loads(text)
    except ValueError as error:
        raise EnvelopeError("what is in the envelope is no JSON") from error
    if not isinstance(value, dict):
        raise EnvelopeError("what is in the envelope is no object")
    return value
