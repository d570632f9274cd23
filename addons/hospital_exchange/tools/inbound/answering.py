"""One call in, from the first byte that is believed to the answer.

Everything happens in one transaction: the nonce, the row of evidence, what the handler writes, the stored answer. A
process that dies in between has done nothing, and the same request number is served afresh. A second call under the
same number finds the lock taken, or the stored answer.
"""

import json
import logging
import time
import traceback

from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from psycopg2 import IntegrityError

from odoo.addons.hospital_base.tools.uniqueness import queries_unlogged

from ..errors import ExchangeError
from .refusal import RefusalError

_logger = logging.getLogger(__name__)

RETRIED = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)
SETTLED = {"done", "refused"}
NOT_RUN = {"schema", "config"}
"""Refusals after which the same call may come again under its number and is served."""
MOST_FAULTS = 5


class Answering:
    def __init__(self, env, door, request):
        self.env = env
        self.door = door
        self.request = request
        self.incoming = None
        self.operation = None
        """Set once the call is handled: from here on there is evidence of it, whatever happens."""

    def run(self, work):
        """What `work` gives, (HTTP status, headers, body); raises nothing but what Odoo runs a request again for."""
        try:
            with queries_unlogged():  # a query that fails would write its values into the log
                return work()
        except RETRIED:
            raise
        except RefusalError as refusal:
            return self._refused(refusal)
        except ExchangeError as error:
            return self._broken(error) if self.operation else self._refused(RefusalError("config", detail=error.detail))
        except Exception as error:  # noqa: BLE001 whatever is wrong here, the other side gets an answer of its own kind
            return self._broken(error)

    def serve(self):
        """The call whose body was read."""
        door = self.door
        incoming = self.incoming = self._protocol()._verify(door, self.request)
        operation = door.operations.get(incoming.operation)
        if operation is None:
            raise RefusalError("operation", detail=_plain(incoming.operation))
        if self.request.kind == "json" and self.request.method != operation.method:
            raise RefusalError("method", detail=_plain(incoming.operation))
        if not incoming.request_id and operation.effect != "read":
            raise RefusalError("request_id", detail="an operation that writes needs one")
        messages = self.env["hospital.message"]
        claim = messages._claim_incoming(door, operation, incoming)
        if not claim.held:
            raise RefusalError("busy")
        if incoming.nonce and not claim.is_new:
            raise RefusalError("replayed")
        if not claim.user_active:
            raise RefusalError("config", detail="the platform has no active technical user")
        if claim.state in SETTLED and claim.error_code not in NOT_RUN:
            return self._stored(claim)
        return self._handled(operation, claim)

    def _protocol(self):
        try:
            return self.env[self.door.protocol]
        except KeyError:
            raise RefusalError("config", detail="the protocol of the platform is not installed") from None

    # === THE SAME CALL AGAIN ===

    def _stored(self, claim):
        if not claim.same:
            raise RefusalError("conflict")
        if claim.state == "done":
            return self._protocol()._reply(self.door, self.request, self.incoming, claim.reply or {})
        return self._error_reply(claim.error_code, claim.error_sentence)

    # === A NEW CALL ===

    def _handled(self, operation, claim):
        """Run the handler once, keep what came of it, and answer."""
        messages = self.env["hospital.message"]
        self.operation = operation
        row = messages._incoming_row(self.door, operation, self.incoming, claim.key)
        if operation.effect != "read":
            row["id"] = messages._insert_incoming({**row, "state": "sending"})
        reply, values = self._attempt(operation)
        if values["state"] == "done":
            status, headers, body = self._protocol()._reply(self.door, self.request, self.incoming, reply)
        else:
            status, headers, body = self._error_reply(values["error_code"], values["error_sentence"])
        values["duration_ms"] = round((time.monotonic() - self.request.started) * 1000)
        messages._keep_incoming(self.door, row, {**values, "reply": reply}, self.request.body, body)
        if values["is_attention"]:
            self.env["hospital.platform"].browse(self.door.id)._alert_after_commit()
        return status, headers, body

    def _attempt(self, operation):
        """(reply, columns of the message). What the handler wrote is undone when it does not go through."""
        done = {"state": "done", "is_attention": False}
        interface = self.env["hospital.interface"].browse(operation.id)
        if faults := self._faults(interface):
            sentence = "\n".join(faults[:MOST_FAULTS])
            return None, self._no("schema", sentence, kind="business")
        try:
            with self.env.cr.savepoint():
                reply = self._handler(interface)._receive(self.incoming.payload)
                reply = {} if reply is None else reply
                if not isinstance(reply, dict):
                    raise TypeError(f"the handler of {operation.code} gave a {type(reply).__name__}, not a dict")
                json.dumps(reply, allow_nan=False)
                self.env.flush_all()
            return reply, done
        except RETRIED:
            raise
        except ExchangeError as error:
            reason = "config" if error.kind == "config" else "business"  # also a call out that this one needed
            return None, self._no(reason, error.sentence, kind=reason, detail=error.detail)
        except UserError as error:
            return None, self._no("business", str(error.args[0] if error.args else error), kind="business")
        except IntegrityError as error:
            return None, self._no(
                "business", self._clash(error), kind="business", detail=str(error.diag.constraint_name)
            )
        except Exception as error:  # noqa: BLE001 a mistake of ours must not become a trace on the other side
            detail = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
            return None, {**self._no("internal", "", kind="bug", detail=detail), "state": "dead", "is_attention": True}

    def _faults(self, interface):
        if not interface._has_request_fields():
            return []
        interface._fetch_for_lines()
        return interface.sudo()._validate_payload("request", self.incoming.payload)

    def _handler(self, interface):
        """With the rights of the platform's own user, and no others."""
        door = self.door
        context = {"lang": door.lang, "tz": door.tz, "allowed_company_ids": [door.company_id]}
        env = self.env(user=door.user_id, context=context, su=False)
        env.transaction.default_env = env
        return interface.with_env(env)

    def _no(self, reason, sentence, kind, detail=""):
        return {
            "state": "refused",
            "is_attention": kind == "config",
            "error_kind": kind,
            "error_code": reason,
            "error_sentence": sentence or self._protocol()._inbound_sentence(reason),
            "error_detail": detail or None,
        }

    def _clash(self, error):
        model = self.env["base"]
        for one in self.env.registry.values():
            if one._table == error.diag.table_name:
                model = self.env[one._name]
                break
        return model._sql_error_to_message(error)

    # === NO ===

    def _refused(self, refusal):
        """Answer a call of which nothing was believed, and count it."""
        self.env["hospital.exchange.refusal"]._count(self.door.id, refusal.reason, self.request.address, refusal.detail)
        return self._error_reply(refusal.reason, refusal.sentence)

    def _broken(self, error):
        """A mistake outside the handler, in a protocol or in the set-up: nothing of this call is kept but the evidence."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        name = type(error).__name__
        _logger.error("call in to platform %s: %s at %s:%s", self.door.code, name, place.filename, place.lineno)
        self.env.cr.rollback()
        self.env.transaction.clear()
        if self.operation is None:
            return self._refused(RefusalError("internal", detail=name))
        detail = "".join(traceback.format_exception(error))
        status, headers, body = self._error_reply("internal", "")
        messages = self.env["hospital.message"]
        key = messages._last_incoming_key(self.operation, self.incoming)
        row = messages._incoming_row(self.door, self.operation, self.incoming, key)
        values = {**self._no("internal", "", kind="bug", detail=detail), "state": "dead", "is_attention": True}
        messages._keep_incoming(self.door, row, values, self.request.body, body)
        self.env["hospital.platform"].browse(self.door.id)._alert_after_commit()
        return status, headers, body

    def after_failure(self, reason):
        """Answer after the transaction came to nothing."""
        return self._error_reply(reason, "")

    def _error_reply(self, reason, sentence):
        protocol = self.env.get(self.door.protocol)
        protocol = self.env["hospital.protocol"] if protocol is None else protocol
        request_id = self.incoming.request_id if self.incoming else ""
        return protocol._error_reply(
            self.door, self.request, reason, sentence or protocol._inbound_sentence(reason), request_id
        )


def _plain(text):
    return "".join(letter for letter in text[:64] if letter.isascii() and (letter.isalnum() or letter in "._-"))
