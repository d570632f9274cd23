from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.hospital_exchange.tools.answers import Rules
from odoo.addons.hospital_exchange.tools.errors import ExchangeError
from odoo.addons.hospital_exchange.tools.values import read_json

from ..tools import bosssoft_sign

_lt = LazyTranslate(__name__)


class HospitalProtocolBosssoft(models.AbstractModel):
    """The electronic bill platform of Bosssoft: everything travels twice encoded in a signed envelope.

    Which field goes where stand in the field lines; here is only the envelope. Its error codes are published nowhere, so no
    decision hangs on one: what a refusal means is found out by asking for the bill.
    """

    _name = "hospital.protocol.bosssoft"
    _inherit = "hospital.protocol.http_json"
    _description = "Protocol: Bosssoft electronic bills"
    _protocol_label = _lt("Bosssoft electronic bills")

    @api.model
    def _check_setup(self, call):
        if not self._parameter(call, "appid"):
            raise self._config_error(call, "parameter appid is not set")
        return super()._check_setup(call)

    @api.model
    def _content(self, call):
        return bosssoft_sign.wrap(call.payload, *self._signing(call))

    @api.model
    def _sign(self, call, method, path, body):
        return {}  # the envelope is signed, not the request

    @api.model
    def _signing(self, call):
        return (
            self._parameter(call, "appid"),
            call.platform._secret("sign_key"),
            self._parameter(call, "envelope_version", "1.0"),
        )

    @api.model
    def _read(self, call, text):
        """An answer that is not signed with our key is none: the bill is asked for before anything else."""
        appid, key, version = self._signing(call)
        try:
            result, words, values = bosssoft_sign.open_answer(read_json(text), appid, key, version)
        except bosssoft_sign.EnvelopeError as error:
            raise ExchangeError("unknown", detail=str(error)) from None
        return {"result": result, "words": words if result != bosssoft_sign.OK else "", "message": values}

    @api.model
    def _rules(self, call):
        return Rules(
            ok_path="result",
            ok_values=bosssoft_sign.OK,
            code_path="result",
            message_path="words",
            duplicate_values=self._parameter(call, "duplicate_values"),
            ref_path="message.billNo",
            data_path="message",
        )
