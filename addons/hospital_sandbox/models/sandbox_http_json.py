import gzip
import json

from odoo import api, models

from odoo.addons.hospital_exchange.tools import charsets, signing, tickets
from odoo.addons.hospital_exchange.tools.values import MISSING, dig, read_json

from ..tools.far import SandboxError, Told

IN_QUERY = ("GET", "DELETE")
PAYLOAD = ("{payload}", "{payload:json}")
STATUS = {"signature": 401, "schema": 400, "operation": 404, "duplicate": 409}


class HospitalSandboxHttpJson(models.AbstractModel):
    """Speaks JSON in the words that the parameters of the platform describe: ok_path, code_path, ref_path …"""

    _inherit = "hospital.sandbox.http_json"

    @api.model
    def _verify(self, visit):
        platform, asked = visit.platform, visit.asked
        try:
            signing.check(
                platform.signing, self._signing_key(platform), asked.headers, asked.method, asked.target, asked.body
            )
        except signing.SigningError as error:
            raise SandboxError("signature", "401", f"signature {error.reason}: {error.detail}") from None

    @api.model
    def _signing_key(self, platform):
        """The hospital's own key: shared, or the private one, of which the public half checks."""
        return tickets.public_of(platform.signing, platform._sign_key()) if platform.signing != "none" else None

    @api.model
    def _unpack(self, visit):
        asked = visit.asked
        if asked.method in IN_QUERY:
            return self._without_envelope(visit, dict(asked.query))
        try:
            content = self._read(visit, self._text(visit))
        except ValueError:
            raise SandboxError("schema", "400", "the body cannot be read") from None
        return self._without_envelope(visit, content)

    @api.model
    def _text(self, visit):
        headers = {name.lower(): value for name, value in visit.asked.headers.items()}
        body = visit.asked.body
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return charsets.decode(body, headers.get("content-type"), visit.platform._parameter("charset", "utf-8"))

    @api.model
    def _read(self, visit, text):
        content = read_json(text) if text.strip() else {}
        if not isinstance(content, (dict, list)):
            raise ValueError("neither an object nor a list")
        return content

    @api.model
    def _without_envelope(self, visit, content):
        """The payload, taken from where the envelope of the platform has it."""
        envelope = visit.platform._parameter("envelope")
        path = find(read_json(envelope), PAYLOAD) if envelope else None
        if path is None:
            return content
        if path and (payload := dig(content, ".".join(path))) is not MISSING:
            return read_json(payload) if isinstance(payload, str) else payload
        raise SandboxError("schema", "400", "the envelope has no payload")

    # === THE ANSWER ===

    @api.model
    def _pack(self, visit, reply, refusal):
        status, body = self._told(self._rules(visit.platform), dict(reply), refusal)
        text = json.dumps(body, ensure_ascii=False, default=str).encode()
        return Told(status, {"Content-Type": "application/json; charset=utf-8"}, text)

    @api.model
    def _rules(self, platform):
        return Rules(platform)

    @api.model
    def _bad_code(self, rules, refusal):
        return refusal.code or (rules.duplicate if refusal.verdict == "duplicate" else "REFUSED")

    @api.model
    def _told(self, rules, reply, refusal):
        body = {}
        if refusal is None:
            if rules.ref_path and "ref" in reply:
                put(body, rules.ref_path, reply.pop("ref"))
            put(body, rules.data_path, reply)
            put(body, rules.ok_path, rules.good)
            return 200, body
        code = self._bad_code(rules, refusal)
        put(body, rules.data_path, dict(refusal.reply))
        put(body, rules.ok_path, code if code != rules.good else f"not {code}")
        put(body, rules.code_path or "code", code)
        put(body, rules.message_path or "message", refusal.words)
        # without a place for yes and no in the body the HTTP status says it
        return (200 if rules.ok_path else STATUS.get(refusal.verdict, 422)), body


class Rules:
    """Where an answer says what, by the same parameters that the protocol reads it with."""

    def __init__(self, platform):
        def named(name):
            return platform._parameter(name) or ""

        self.ok_path = named("ok_path")
        self.code_path = named("code_path")
        self.message_path = named("message_path")
        self.ref_path = named("ref_path")
        self.data_path = named("data_path")
        self.good = first(named("ok_values")) or "0"
        self.duplicate = first(named("duplicate_values")) or "DUPLICATE"


def first(values):
    return next((value.strip() for value in values.split(",") if value.strip()), "")


def find(template, wanted):
    """The path to a value in nested objects and lists; None when it is nowhere."""
    if template in wanted:
        return []
    parts = (
        template.items() if isinstance(template, dict) else enumerate(template if isinstance(template, list) else ())
    )
    for name, part in parts:
        path = find(part, wanted) if isinstance(part, (dict, list, str)) else None
        if path is not None:
            return [str(name), *path]
    return None


def put(body, path, value):
    """Put a value where a dotted path leads; without a path at the top."""
    if not path:
        body.update(value if isinstance(value, dict) else {})
        return
    *parents, last = path.split(".")
    for name in parents:
        body = body.setdefault(name, {})
    if isinstance(body.get(last), dict) and isinstance(value, dict):
        body[last].update(value)
    else:
        body[last] = value
