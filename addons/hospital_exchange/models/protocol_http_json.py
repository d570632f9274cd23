import json

from odoo import api, models

from ..tools.charsets import encode_json


class HospitalProtocolHttpJson(models.AbstractModel):
    """JSON there, JSON back."""

    _name = "hospital.protocol.http_json"
    _inherit = "hospital.protocol.http"
    _description = "Protocol: JSON over HTTP"
    _protocol_label = "JSON over HTTP"
    _media_type = "application/json"

    @api.model
    def _write(self, call, content):
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return encode_json(text, self._charset(call))
