from odoo import api, models

from ..tools.call import Result


class HospitalProtocol(models.AbstractModel):
    """How one family of platforms is spoken to: plain values in, plain values out, no record written."""

    _name = "hospital.protocol"
    _description = "Protocol"

    # === CALLS OUT ===

    @api.model
    def _call(self, call):
        url = self._url(call)
        body = self._pack(call)
        headers = self._headers(call, body)
        call.sent = True  # from here on a failure no longer means that nothing was done there
        answer = self._send(call, url, headers, body)
        reply = self._unpack(call, answer)
        self._sort(call, answer, reply)
        return Result(reply=reply)

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
    def _send(self, call, url, headers, body):
        raise NotImplementedError

    @api.model
    def _unpack(self, call, answer):
        raise NotImplementedError

    @api.model
    def _sort(self, call, answer, reply):
        """None when the platform has done it, or the one typed error."""
