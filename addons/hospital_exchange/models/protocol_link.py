from urllib.parse import quote

from odoo import api, models
from odoo.tools import LazyTranslate

from ..tools import tickets
from ..tools.call import Result
from ..tools.crypto import CryptoError
from ..tools.values import fill

_lt = LazyTranslate(__name__)


class HospitalProtocolLink(models.AbstractModel):
    """The person goes there himself: an address with a signed ticket in it. Nothing is sent from here."""

    _name = "hospital.protocol.link"
    _inherit = "hospital.protocol"
    _description = "Protocol: link"
    _protocol_label = _lt("Link")

    @api.model
    def _call(self, call):
        template = self._template(call)
        shown = fill(template, lambda name: "{ticket}" if name == "ticket" else self._place(call, name))
        call.evidence.request_body = shown.encode()  # who reads evidence must not be able to use the ticket
        url = shown
        if "{ticket}" in template:
            url = shown.replace("{ticket}", self._ticket(call))
        if not url.startswith(("https://", "http://")):
            raise self._config_error(call, "the address of the link is none of http:// or https://")
        return Result(reply={"url": url}, evidence=call.evidence)

    @api.model
    def _template(self, call):
        lines = call.interface.link_template_ids
        campus = self._campus(call)
        for line in (*lines.filtered(lambda one: one.campus_id and one.campus_id == campus), *lines):
            if line.campus_id in (campus, campus.browse()):
                return line.template
        if call.interface.path and not lines:
            return f"{{url}}/{call.interface.path.lstrip('/')}"
        raise self._config_error(call, f"the link has no address for the campus {campus.code or '-'}")

    @api.model
    def _place(self, call, name):
        """What stands for `{name}`, never able to change the address around it."""
        if name == "url":
            return (call.platform.url or "").rstrip("/")
        if name.startswith("secret:"):
            raise self._config_error(call, "a secret never stands in an address")
        known = {
            "user": call.user.login or "",
            "user_name": call.user.name or "",
            "campus": self._campus(call).code or "",
        }
        return quote(known[name] if name in known else self._value(call, name), safe="")

    @api.model
    def _campus(self, call):
        return call.campus if call.campus else call.platform.campus_id

    @api.model
    def _ticket(self, call):
        platform = call.platform
        life = self._parameter(call, "ticket_seconds", str(tickets.LIFE))
        if platform.signing == "none" or not life.isdecimal():
            raise self._config_error(
                call, "a ticket needs the signature of the platform, and ticket_seconds in seconds"
            )
        try:
            return tickets.make(platform.signing, platform._secret("sign_key"), self._claims(call), int(life))
        except CryptoError as error:
            raise self._config_error(call, f"secret sign_key: {error.detail}") from None

    @api.model
    def _claims(self, call):
        """What the other side learns from the ticket."""
        return {
            "aud": call.platform.code,
            "iss": call.platform._app(),
            "code": call.interface.code,
            "sub": call.user.login,
            "name": call.user.name,
            "campus": self._campus(call).code or "",
            "no": call.number,
        }
