import json
from datetime import timedelta

from odoo import api, fields, models

from ..tools.call import Evidence, Result
from ..tools.errors import ExchangeError
from ..tools.perform import Outcome
from .message_steps import SETTLED

HOURS = 24
LATER = timedelta(days=30)
"""No delivery comes across these messages: there is no platform behind them."""


class HospitalDemo(models.AbstractModel):
    """A day of messages to invented platforms, settled by the engine as if the platforms had answered."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_exchange(self):
        if self.env["hospital.message"].search_count([("platform_id.code", "=", "demo_pay")], limit=1):
            return
        lang = "zh_CN" if "zh_CN" in dict(self.env["res.lang"].get_installed()) else None
        demo = self.with_context(lang=lang)  # the sentences of the engine are kept as they are made
        demo._demo_payments(self._draw("exchange payments"))
        demo._demo_uploads(self._draw("exchange uploads"))
        now = fields.Datetime.now()
        self._get("platform_pay", "hospital_exchange")._write_line(last_success_at=now - timedelta(minutes=4))
        self._get("platform_health", "hospital_exchange")._write_line(
            breaker_state="open",
            breaker_failures=5,
            breaker_opened_at=now - timedelta(minutes=25),
            breaker_retry_at=now + LATER,
            last_failure_at=now - timedelta(minutes=25),
            last_success_at=now - timedelta(hours=2),
        )

    def _demo_payments(self, draw):
        pay = self._get("interface_pay", "hospital_exchange")
        encounters = self.env["hospital.encounter"].search([("kind", "=", "inpatient")], order="id", limit=90)
        troubles = {
            3: ExchangeError("unknown", detail="read timed out (30 s)"),
            17: ExchangeError("unknown", detail="HTTP 502"),
            29: ExchangeError(
                "business", code="E1021", sentence="演示支付平台：账户余额不足。", reply={"code": "E1021"}
            ),
            30: ExchangeError("business", code="E1009", sentence="演示支付平台：账户已冻结。", reply={"code": "E1009"}),
            41: ExchangeError("config", detail="secret 'sign_key' of platform demo_pay is not set for mode sandbox"),
            52: ExchangeError("duplicate", code="E0001", reply={"trade": "T0052"}),
        }
        for number, encounter in enumerate(encounters):
            amount = draw.choice((200, 500, 1000, 1500, 3000)) + draw.randrange(100) / 100
            payload = {"order": f"{encounter.number}-{number + 1}", "amount": f"{amount:.2f}", "name": "某患者"}
            message = pay._queue(None, key=payload["order"], payload=payload, amount=amount)
            message._set(res_model=encounter._name, res_id=encounter.id, record_name=encounter.number)
            self._demo_settle_message(
                message, self._demo_age(draw), draw, troubles.get(number), {"trade": f"T{number:04}"}
            )

    def _demo_uploads(self, draw):
        uploads = [
            (self._get(f"interface_health_{what}", "hospital_exchange"), record)
            for what in ("practitioner", "department")
            for record in self.env[f"hospital.{what}"].search([("code", "!=", False)], order="id", limit=24)
        ]
        for number, (interface, record) in enumerate(uploads):
            payload = {"code": record.code, "name": record.name}
            [message] = interface._queue(record, payload=payload)
            error = None
            if number % 9 == 4:
                error = ExchangeError("network", detail="connection refused")
            elif number == 7:
                error = ExchangeError("business", code="40012", sentence="演示区域健康平台：执业证号不正确。")
            elif number == 11:
                error = ExchangeError("bug", detail="KeyError: 'title'")
            self._demo_settle_message(message, self._demo_age(draw), draw, error, {"ref": f"H{number:05}"})

    def _demo_age(self, draw):
        """More by day than by night, in the 24 hours before now."""
        return timedelta(hours=draw.triangular(0.1, HOURS - 0.1, 6))

    def _demo_settle_message(self, message, age, draw, error, reply):
        at = fields.Datetime.now() - age
        _sudo = message.sudo()  # the engine's part is played here
        request = json.dumps(_sudo.payload, ensure_ascii=False).encode()
        answer = json.dumps(reply, ensure_ascii=False).encode()
        evidence = Evidence(request_body=request, reply_body=b"" if error else answer, http_status=0 if error else 200)
        outcome = Outcome(error=error, evidence=evidence, duration_ms=round(draw.lognormvariate(5.2, 0.5)))
        if not error:
            outcome.result = Result(reply=reply, remote_ref=next(iter(reply.values())), evidence=evidence)
        _sudo._step("sending", claimed_at=at, claimed_by="delivery", sent_at=at, try_count=1)
        attempt, state, values = _sudo._consequence(outcome, _sudo.interface_id, waited=False)
        self.env["hospital.message.attempt"]._add(_sudo.id, **attempt, started_at=at)
        if state == "retry":
            values["next_try_at"] = fields.Datetime.now() + LATER
        elif state == "unknown":
            values["next_try_at"] = None
        _sudo._step(state, **values)
        _sudo._set(create_date=at)
        if state in SETTLED:
            _sudo._set(done_at=at + timedelta(milliseconds=outcome.duration_ms))
