import json

import requests
from odoo import models

from odoo.addons.hospital_exchange.tools.call import Answer, Evidence, Result
from odoo.addons.hospital_exchange.tools.errors import ExchangeError


class HospitalProtocolProbe(models.AbstractModel):
    _name = "hospital.protocol.probe"
    _inherit = "hospital.protocol"
    _description = "Probe protocol"
    _protocol_label = "Probe"

    def _call(self, call):
        body = json.dumps({"number": call.number, "key": call.key, "payload": call.payload}).encode()
        call.sent = True
        answer = self._send(call, f"{call.platform.url}/{call.interface.path}", {}, body)
        evidence = Evidence(request_body=body, reply_body=answer.body, http_status=answer.status)
        if answer.status >= 500:
            raise ExchangeError("unknown", detail=f"HTTP {answer.status}", evidence=evidence)
        try:
            reply = json.loads(answer.body)
        except ValueError:
            raise ExchangeError("unknown", detail="unreadable", evidence=evidence)
        if kind := reply.get("error"):
            raise ExchangeError(
                kind, detail=reply.get("words", ""), code=reply.get("code", ""), reply=reply, evidence=evidence
            )
        return Result(reply=reply, remote_ref=reply.get("ref", ""), evidence=evidence)

    def _send(self, call, url, headers, body):
        post = (call.session or requests).post
        try:
            reply = post(url, data=body, headers={"Content-Type": "application/json"}, timeout=call.timeout or (5, 30))
        except (requests.exceptions.ConnectTimeout, requests.exceptions.ConnectionError) as error:
            surely = "NewConnectionError" in repr(error) or isinstance(error, requests.exceptions.ConnectTimeout)
            raise ExchangeError("network" if surely else "unknown", detail=type(error).__name__)
        except requests.exceptions.RequestException as error:
            raise ExchangeError("unknown", detail=type(error).__name__)
        return Answer(reply.status_code, dict(reply.headers), reply.content)
