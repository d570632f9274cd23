import contextlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import vault
from ..tools.inbound.refusal import RefusalError
from ..tools.perform import LARGE, file_of, text_of

LOCK = 0x68_69_6E_63  # "hinc": space of the advisory locks of calls in


@dataclass(slots=True)
class Claim:
    """What one statement tells about a call that came in."""

    held: bool
    """Nobody else is working on this request number."""
    is_new: bool
    """The nonce was not seen before."""
    user_active: bool
    id: int | None
    state: str | None
    key: str | None
    same: bool | None
    """The call that came under this number before had the same payload."""
    reply: Any
    error_code: str | None
    error_sentence: str | None


class HospitalMessage(models.Model):
    """Evidence of calls in. By SQL: a read must not cost several times what it reads."""

    _inherit = "hospital.message"

    @api.model
    def _claim_incoming(self, door, operation, incoming):
        """Take the request number for this transaction, remember the nonce, and find what came under the number before.

        One statement. The nonce is kept with the transaction, also when the call is refused afterwards. An operation
        that reads loses at most its row of evidence when the database server dies, so its commit need not wait.
        """
        query = SQL(
            """WITH held AS MATERIALIZED (
                   SELECT %(unnamed)s OR pg_try_advisory_xact_lock(%(space)s, hashtext(%(name)s)) AS got,
                          set_config('synchronous_commit', %(synchronous)s, true)
               ), fresh AS (
                   INSERT INTO hospital_exchange_nonce (platform, nonce, expires_at)
                   SELECT %(platform)s, %(nonce)s, %(expires)s FROM held WHERE got AND %(nonce)s <> ''
                   ON CONFLICT DO NOTHING RETURNING 1
               ), known AS (
                   SELECT id, state, key, payload = %(payload)s::jsonb AS same, reply, error_code, error_sentence
                     FROM hospital_message
                    WHERE interface_id = %(interface)s AND key_base = %(number)s
                    ORDER BY id DESC LIMIT 1
               )
               SELECT held.got, EXISTS (SELECT FROM fresh),
                      COALESCE((SELECT active FROM res_users WHERE id = %(user)s), FALSE), known.*
                 FROM held LEFT JOIN known ON TRUE""",
            unnamed=not incoming.request_id,
            space=LOCK,
            name=f"{operation.id}:{incoming.request_id}",
            synchronous="off" if operation.effect == "read" else "on",
            platform=door.id,
            nonce=incoming.nonce,
            expires=fields.Datetime.now() + timedelta(seconds=2 * door.clock_skew),
            payload=json.dumps(incoming.payload, ensure_ascii=False),
            interface=operation.id,
            number=incoming.request_id or None,
            user=door.user_id,
        )
        [row] = self.env.execute_query(query)
        return Claim(*row)

    @api.model
    def _incoming_row(self, door, operation, incoming, key_before):
        now = fields.Datetime.now()
        base = incoming.request_id or None
        return {
            "platform_id": door.id,
            "interface_id": operation.id,
            "company_id": door.company_id,
            "campus_id": door.campus_id,
            "direction": "in",
            "create_date": now,
            "create_uid": door.user_id,
            "sent_at": now,
            "number": base,
            "key_base": base,
            "key": self._incoming_key(base, key_before),
            "payload": incoming.payload,
            "priority": 10,
            "try_count": 1,
        }

    @api.model
    def _incoming_key(self, base, before):
        """Unique; a call that was not carried out before is written anew under its number."""
        if base is None:
            return SQL("'~' || nextval('hospital_message_number')")
        if before is None:
            return base
        _base, _tilde, count = before.rpartition("~")
        return f"{base}~{int(count) + 1 if _base == base and count.isdigit() else 2}"

    @api.model
    def _last_incoming_key(self, operation, incoming):
        query = SQL(
            "SELECT key FROM hospital_message WHERE interface_id = %s AND key_base = %s ORDER BY id DESC LIMIT 1",
            operation.id,
            incoming.request_id or None,
        )
        return next((row[0] for row in self.env.execute_query(query)), None)

    @api.model
    def _insert_incoming(self, row):
        query = SQL(
            "INSERT INTO hospital_message (%s) VALUES (%s) ON CONFLICT (interface_id, key) DO NOTHING RETURNING id",
            SQL(", ").join(map(SQL.identifier, row)),
            SQL(", ").join(self._to_column(name, value) for name, value in row.items()),
        )
        self.env.cr.execute(query, log_exceptions=False)
        found = self.env.cr.fetchone()
        if not found:
            raise RefusalError("conflict")
        return found[0]

    @api.model
    def _keep_incoming(self, door, row, values, request_body, reply_body):
        """The row as it stays: inserted for a read, completed for what was claimed before."""
        secrets = self._known_secrets(door)
        files = {}
        for which, body in (("request", request_body), ("reply", reply_body)):
            text = text_of(body, secrets)
            if len(text) > LARGE:
                files[f"{which}_file"] = file_of(text)
            elif text:
                values[f"{which}_body"] = text
        values = {"done_at": fields.Datetime.now(), **self._received_about(), **values}
        if "id" not in row:
            row["id"] = self._insert_incoming({**row, **values})
        else:
            self.browse(row["id"])._update_row(values, SQL("state = 'sending'"), ("id",))
        if files:
            self.browse(row["id"])._in_our_hands().write(files)

    @staticmethod
    def _known_secrets(door):
        """What must not be kept in clear; a secret that cannot be read cannot have been used either."""
        known = []
        for token in door.tokens.values():
            with contextlib.suppress(vault.VaultError):
                known.append(vault.decrypt(token))
        return known

    @api.model
    def _received_about(self):
        """The record a handler said its call was about."""
        record = self.env.cr.cache.pop("hospital_received", None)
        if not record:
            return {}
        _sudo = record.sudo()  # the row of evidence names what the platform may not read as well
        campus = getattr(_sudo, "campus_id", None)
        values = {"res_model": record._name, "res_id": record.id, "record_name": record.display_name}
        if campus is not None and campus._name == "hospital.campus" and campus:
            values["campus_id"] = campus.id
        return values
