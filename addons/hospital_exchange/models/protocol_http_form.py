from urllib.parse import parse_qs

from odoo import api, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)


class HospitalProtocolHttpForm(models.AbstractModel):
    """A form there; JSON back, or a form where the parameter `reply_format` says so."""

    _name = "hospital.protocol.http_form"
    _inherit = "hospital.protocol.http"
    _description = "Protocol: form over HTTP"
    _protocol_label = _lt("Form over HTTP")
    _media_type = "application/x-www-form-urlencoded"

    @api.model
    def _write(self, call, content):
        return self._form(call, content).encode()

    @api.model
    def _read(self, call, text):
        if self._parameter(call, "reply_format") != "form":
            return super()._read(call, text)
        pairs = parse_qs(
            text.strip(), keep_blank_values=True, strict_parsing=True, encoding=self._charset(call), errors="strict"
        )
        return {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}
