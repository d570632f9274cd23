import json

from odoo import api, models
from odoo.tools import LazyTranslate

from ..tools.charsets import encode_json

_lt = LazyTranslate(__name__)


class HospitalProtocolHttpJson(models.AbstractModel):
    """JSON there, JSON back."""

    _name = "hospital.protocol.http_json"
    _inherit = "hospital.protocol.http"
    _description = "Protocol: JSON over HTTP"
    _protocol_label = _lt("JSON over HTTP")
    _media_type = "application/json"

    @api.model
    def _write(self, call, content):
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return encode_json(text, self._charset(call))
