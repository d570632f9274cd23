from datetime import datetime

from odoo import api, models

from ..tools.answers import NAMES, Rules
from ..tools.call import Result
from ..tools.errors import ExchangeError
from ..tools.values import as_text, dig, storable


class HospitalProtocol(models.AbstractModel):
    """How one family of platforms is spoken to: plain values in, plain values out, no record written.

    A dialect inherits the family nearest to it and overrides one of the steps below.
    """

    _name = "hospital.protocol"
    _description = "Protocol"

    # === CALLS OUT ===

    @api.model
    def _call(self, call):
        """Pack, send, unpack, sort. What went over the wire is on the result, or on the one typed error."""
        try:
            self._check_setup(call)
            url = self._url(call)
            body = self._pack(call)
            headers = self._headers(call, body)
            call.evidence.request_body = self._shown(url, body)
            call.sent = True  # from here on a failure no longer means that nothing was done there
            answer = self._send(call, url, headers, body)
            call.evidence.http_status = answer.status
            call.evidence.reply_body = answer.body
            reply = storable(self._unpack(call, answer))
            self._sort(call, answer, reply)
            return Result(
                reply=self._data(call, reply), remote_ref=self._reference(call, reply), evidence=call.evidence
            )
        except ExchangeError as error:
            error.evidence = error.evidence or call.evidence
            raise

    @api.model
    def _check_setup(self, call):
        """Raises ExchangeError when the rows of the platform do not fit together."""
        if detail := self._rules(call).incomplete():
            raise self._config_error(call, detail)

    @api.model
    def _url(self, call):
        raise NotImplementedError

    @api.model
    def _headers(self, call, body):
        return {}

    @api.model
    def _pack(self, call):
        raise NotImplementedError

    @api.model
    def _shown(self, url, body):
        """The request as it is kept for those who must find out what happened."""
        return body or b""

    @api.model
    def _send(self, call, url, headers, body):
        """Gives an Answer. Who can tell sets `call.sent` to False until the first byte leaves."""
        raise NotImplementedError

    @api.model
    def _unpack(self, call, answer):
        raise NotImplementedError

    # === WHAT AN ANSWER MEANS ===

    @api.model
    def _sort(self, call, answer, reply):
        """None when the platform has done it, or the one typed error."""
        verdict = self._rules(call).judge(reply, answer.status)
        if verdict.kind:
            raise ExchangeError(
                verdict.kind,
                sentence=self._sentence(call, verdict),
                detail=": ".join(filter(None, (verdict.detail, verdict.words))),
                code=verdict.code,
                reply=reply,
            )

    @api.model
    def _sentence(self, call, verdict):
        """For the clerk: the platform's own words. Empty: the usual sentence for this kind."""
        name = call.platform.name
        if verdict.kind == "business" and verdict.words:
            return self.env._("%(platform)s refuses this: %(words)s", platform=name, words=verdict.words)
        if verdict.kind == "config":
            return self.env._("%s does not accept our sign-in. Ask the interface administrator.", name)
        return ""

    @api.model
    def _data(self, call, reply):
        """The part of the reply that our records are handed."""
        return self._rules(call).data(reply)

    @api.model
    def _reference(self, call, reply):
        """Under which number the platform has it."""
        return self._rules(call).reference(reply)

    @api.model
    def _rules(self, call):
        return Rules(**{name: self._parameter(call, name) for name in NAMES})

    # === ROWS OF THE PLATFORM ===

    @api.model
    def _parameter(self, call, name, default=""):
        """A parameter of the platform; a line `name:code` is for the interface of that code alone."""
        rows = self._rows(call)
        return rows.get(f"{name}:{call.interface.code}") or rows.get(name) or default

    @api.model
    def _rows(self, call):
        if not call.rows:
            call.rows.update(call.platform._parameters())
        return call.rows

    @api.model
    def _value(self, call, name):
        """What `{name}` stands for in templates of paths, headers and envelopes."""
        kind, _colon, rest = name.partition(":")
        if kind == "secret":
            return call.platform._secret(rest)
        values = {
            "number": call.number,
            "key": call.key,
            "code": call.interface.code,
            "app": call.platform._app(),
        }
        if name in values:
            return values[name]
        if name == "time":
            return f"{datetime.now(call.platform.company_id._hospital_timezone()):%Y%m%d%H%M%S}"
        value = as_text(dig(call.payload, name))
        if not value:
            raise self._config_error(call, f"{{{name}}} stands in a template, and the payload has no such value")
        return value

    @api.model
    def _config_error(self, call, detail):
        sentence = self.env._("%s is not set up completely. Ask the interface administrator.", call.platform.name)
        return ExchangeError("config", sentence=sentence, detail=f"interface {call.interface.code}: {detail}")
