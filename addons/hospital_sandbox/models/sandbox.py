import logging
import re
import secrets

from odoo import api, models
from odoo.tools import config

from odoo.addons.hospital_exchange.tools import vault

from ..tools.far import SandboxError, Told, Visit
from ..tools.sample import sample

_logger = logging.getLogger(__name__)

OFF = ("0", "false", "no", "off")
BEFORE = ("lose_before", "hang")
"""What goes wrong before the far side has even looked at the request."""


class HospitalSandbox(models.AbstractModel):
    """The far side of a platform in sandbox mode.

    The class of a platform is `hospital.sandbox.<code of the platform>`, else the one of its protocol, else this one.
    It inherits what it does not do differently. State is kept in `hospital.sandbox.record`, nowhere else.
    """

    _inherit = "hospital.sandbox"

    # === THE WAY IN ===

    @api.model
    def _serve(self, code, asked):
        """What goes back for a request to the sandbox of this platform."""
        platform = self.env["hospital.platform"].search([("code", "=", code), ("mode", "=", "sandbox")], limit=1)
        if not platform or self._is_switched_off():
            return Told(404, {"Content-Type": "text/plain; charset=utf-8"}, b"no such sandbox\n")
        return self._far_side(platform)._visit(Visit(platform, asked))

    @api.model
    def _is_switched_off(self):
        """`hospital_sandbox = False` in odoo.conf: a production server plays no far side."""
        return str(config.get("hospital_sandbox", True)).lower() in OFF

    @api.model
    def _far_side(self, platform):
        family = (platform.protocol or "").rpartition(".")[2]
        for name in (f"hospital.sandbox.{platform.code}", f"hospital.sandbox.{family}"):
            if name in self.env:
                return self.env[name]
        return self.env["hospital.sandbox"]

    @api.model
    def _visit(self, visit):
        told = self._described(visit)
        if told is None:
            told = self._answered(visit)
            self._write_log(visit, told)
        return self._spoil(visit, told)

    @api.model
    def _described(self, visit):
        """The answer to who asks for the description of the platform, a WSDL for example; None for a real call."""
        return

    @api.model
    def _answered(self, visit):
        """What the far side would say; nothing of a request that it refuses is left behind."""
        refusal, reply = None, {}
        try:
            self._recognise(visit)
            visit.fault = self.env["hospital.sandbox.fault"]._pick(visit)
            if visit.fault.kind in BEFORE:
                visit.verdict = "lost"
                return Told()
            self._verify(visit)
            visit.payload = self._unpack(visit)
            self._check(visit)
            self._obey(visit)
            if self._does_work(visit):
                with self.env.cr.savepoint():
                    reply = self._answer(visit.interface, visit.payload, visit)
        except SandboxError as error:
            refusal = error
            visit.verdict, visit.detail = error.verdict, error.words
        return self._pack(visit, reply, refusal)

    @api.model
    def _no(self, code, words="", **reply):
        """For `_answer_<code>` of a platform: `raise self._no("A17", "no such ward")`."""
        return SandboxError("refused", code, words, reply)

    @api.model
    def _turned_away(self, verdict, code, words):
        """The same for what never came so far: not signed, not as agreed."""
        return SandboxError(verdict, code, words)

    @api.model
    def _has_already(self, code="", words="", **reply):
        """The same for what was done before."""
        return SandboxError("duplicate", code, words or "done already", reply)

    @api.model
    def _attempt(self, work, *arguments):
        """(reply, None), or (None, refusal): for one of several things that one request asks for."""
        try:
            with self.env.cr.savepoint():
                return work(*arguments), None
        except SandboxError as refusal:
            return None, refusal

    # === STEPS OF A PLATFORM: override what it does differently ===

    @api.model
    def _recognise(self, visit):
        """Find the interface and the number of the call; raises SandboxError."""
        visit.number = self._number(visit)
        visit.interface = self._interface(visit)
        if not visit.interface:
            raise SandboxError("operation", "404", f"no operation {visit.asked.path!r}")

    @api.model
    def _number(self, visit):
        """Under which number the hospital makes this call."""
        headers = {name.lower(): value for name, value in visit.asked.headers.items()}
        return headers.get("x-exchange-request", "")

    @api.model
    def _interface(self, visit):
        return self._outgoing(visit).filtered(lambda interface: self._is_at(interface, visit.asked))[:1]

    @api.model
    def _outgoing(self, visit):
        return visit.platform.interface_ids.filtered(lambda interface: interface.direction in ("out", "file"))

    @api.model
    def _is_at(self, interface, asked):
        """Whether the path of the interface, in which {names} stand for values, is the one that was asked."""
        path = (interface.path or interface.code).partition("?")[0].strip("/")
        pattern = re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.escape(path))
        return (interface.http_method or "POST") == asked.method and bool(re.fullmatch(pattern, asked.path))

    @api.model
    def _verify(self, visit):
        """Check who sends; raises SandboxError."""

    @api.model
    def _unpack(self, visit):
        """The payload; raises SandboxError."""
        raise SandboxError("operation", "501", f"{self._name} cannot read a request")

    @api.model
    def _check(self, visit):
        """Hold the payload against the field lines of the interface; raises SandboxError."""
        if faults := visit.interface._validate_payload("request", visit.payload):
            raise SandboxError("schema", "400", " ".join(faults))

    @api.model
    def _obey(self, visit):
        """Say no where a person has told the sandbox to."""
        fault = visit.fault
        if fault.kind == "refuse":
            raise SandboxError("refused", fault.code or "REFUSED", fault.words or "refused by the sandbox")
        if fault.kind == "duplicate":
            raise SandboxError("duplicate", fault.code or "", fault.words or "done already")

    @api.model
    def _does_work(self, visit):
        return visit.fault.kind not in ("error", "garbage", "cut_off") or visit.fault.does_work

    @api.model
    def _pack(self, visit, reply, refusal):
        """The answer in the words of the platform."""
        raise NotImplementedError

    # === WORK: a method `_answer_<code>` for what is special, else by the effect of the interface ===

    @api.model
    def _answer(self, interface, payload, visit):
        """Do what is asked and give the reply; raises SandboxError."""
        name = "_answer_" + interface._method_suffix(interface.code)
        if callable(getattr(type(self), name, None)):
            return getattr(self, name)(payload, visit)
        if visit.platform.interface_ids.filtered(lambda other: other.query_interface_id == interface):
            return self._answer_question(payload, visit)
        if visit.platform.interface_ids.filtered(lambda other: other.reversal_interface_id == interface):
            return self._answer_reversal(payload, visit)
        return getattr(self, f"_answer_by_effect_{interface.effect}")(payload, visit)

    @api.model
    def _answer_by_effect_once(self, payload, visit):
        """Does it as often as it is told: what a hospital sends twice is counted twice."""
        record = self.env["hospital.sandbox.record"]._do(visit, self._key(payload, visit), payload)
        return {"ref": record.ref}

    @api.model
    def _answer_by_effect_upsert(self, payload, visit):
        record = self.env["hospital.sandbox.record"]._set(visit, self._key(payload, visit), payload)
        return {"ref": record.ref}

    @api.model
    def _answer_by_effect_read(self, payload, visit):
        """What is kept under the key, else a made-up answer after the field lines."""
        key = self._key(payload, visit)
        kept = self.env["hospital.sandbox.record"]._find(visit.platform, key=key) if key else None
        if kept:
            return dict(kept.data or {}, ref=kept.ref)
        return self._sample(visit.interface)

    @api.model
    def _answer_question(self, payload, visit):
        """Whether the call that the hospital asks about was done here."""
        kept = self.env["hospital.sandbox.record"]._find(visit.platform, number=str(payload.get("number") or ""))
        return {"found": bool(kept and kept.count), "ref": kept.ref or ""}

    @api.model
    def _answer_reversal(self, payload, visit):
        kept = self.env["hospital.sandbox.record"]._find(visit.platform, number=str(payload.get("number") or ""))
        if not kept or not kept.count:
            raise SandboxError("refused", self._absent_code(visit), "no such call")
        kept._undo()
        return {"ref": f"U{kept.ref}"}

    @api.model
    def _absent_code(self, visit):
        codes = sorted(visit.interface._absent_codes())
        return codes[0] if codes else "404"

    @api.model
    def _key(self, payload, visit):
        """What makes two requests mean the same thing."""
        named = visit.platform._parameter("sandbox_key")
        for name in [named] if named else ["id", "key", "code", "number", "no"]:
            if isinstance(payload, dict) and payload.get(name) not in (None, ""):
                return str(payload[name])
        return visit.number or secrets.token_hex(8)

    @api.model
    def _sample(self, interface):
        """A reply that fits the field lines of the interface."""
        codes = self.env["hospital.code"]

        def code_of(code_set):
            return codes.search([("set_id.code", "=", code_set)], limit=1).code

        made = sample(interface._schema("reply"), code_of)
        return made if isinstance(made, dict) else {"data": made}

    @api.model
    def _example(self, interface):
        """A record to try the interface with; empty when there is none."""
        model = interface.model
        return self.env[model].search([], limit=1) if model in self.env else None

    @api.model
    def _example_extra(self, interface):
        """What the call itself says beside the record: values of the lines that take theirs from it."""
        return {}

    @api.model
    def _example_payload(self, interface, record):
        """With what to call the interface where a record does not say all; None: what is built from the record."""
        return

    # === WHAT GOES WRONG ===

    @api.model
    def _spoil(self, visit, told):
        """Do to the answer what a person has told the sandbox to."""
        fault = visit.fault
        if not fault:
            return told
        if fault.kind in ("slow", "hang"):
            told.seconds = fault.seconds
        if fault.kind in ("hang", "lose_before", "lose_after"):
            told.cut = "whole"
        elif fault.kind == "cut_off":
            told.cut = "half"
        elif fault.kind == "error":
            told = Told(int(fault.code or 500), {"Content-Type": "text/html"}, b"<h1>Internal Server Error</h1>")
        elif fault.kind == "garbage":
            told = Told(200, told.headers, b"\xff\xfe\x00<{]" + secrets.token_bytes(64))
        return told

    # === SETTING UP ===

    @api.model
    def _shipped_platforms(self):
        """The platforms that came with addons, archived ones too; those of demo data are invented."""
        known = self.env["ir.model.data"].search(
            [("model", "=", "hospital.platform"), ("name", "not =like", "demo\\_%")]
        )
        return self.env["hospital.platform"].browse(known.mapped("res_id")).exists()

    @api.model
    def _make_keys(self, platform):
        """Keys of its own for a platform that signs; they open nothing but the sandbox."""
        try:
            vault.encrypt("")
        except vault.VaultError as error:
            _logger.warning(
                "sandbox: %s signs nothing, see hospital_secret_key in odoo.conf (%s)", platform.code, error
            )
            platform.signing = "none"
            return
        known = set(platform.secret_ids.filtered(lambda secret: secret.mode == "sandbox").mapped("name"))
        made = self._far_side(platform)._new_keys(platform, known)
        self.env["hospital.secret"].create(
            [
                {"platform_id": platform.id, "name": name, "mode": "sandbox", "value": value}
                for name, value in made.items()
            ]
        )

    @api.model
    def _needs_keys(self, platform):
        """Whether the platform can do nothing in the sandbox before it has keys: then it gets them with the mode."""
        return False

    @api.model
    def _new_keys(self, platform, known):
        """{name: value} of the secrets that are still missing; keys that belong together are made together."""
        return {} if "sign_key" in known else {"sign_key": secrets.token_hex(32)}

    # === LOG ===

    @api.model
    def _write_log(self, visit, told):
        self.env["hospital.sandbox.call"]._note(visit, told)
