"""One call of a table interface: what is asked of which table, and what came of it."""

import json
import time

from sqlalchemy.exc import DBAPIError, IntegrityError

from .call import Evidence, Result
from .database import AddressError
from .errors import ExchangeError
from .tables import Rows, TableError

OUR_ROW = {"value", "empty_key", "no_row"}
"""What is wrong with the row, not with how the interface is set up."""


class TableJob:
    def __init__(self, protocol, call):
        self.protocol = protocol
        self.call = call
        self.interface = call.interface
        self.path = protocol._table_path(call)
        self.payload = call.payload or {}
        self.is_question = self.interface._is_question(self.payload)
        self.action = self._action()
        self.said = ""
        self.leaves_traces = False
        self.start = time.monotonic()

    def run(self):
        database = self._open()
        before_commit = None if self.action in ("select", "ping") else self._before_commit
        try:
            reply = database.transaction(lambda connection: self._in_transaction(connection, database), before_commit)
        except ExchangeError as error:
            if error.kind == "business" and not error.sentence:
                error.sentence = self.protocol._refusal_sentence(self.call)
            raise
        return Result(reply=reply, remote_ref=reply.get("key", ""), evidence=self.evidence(reply))

    def evidence(self, reply=None):
        request = {"action": self.action, "table": self.interface.path, "payload": self.payload}
        said = self.said if reply is None else json.dumps(reply, ensure_ascii=False)
        return Evidence(
            request_body=json.dumps(request, ensure_ascii=False, default=str).encode(),
            reply_body=said.encode(),
            duration_ms=round((time.monotonic() - self.start) * 1000),
        )

    def _action(self):
        if self.interface.effect == "read":
            return "select" if self.interface.path else "ping"
        if self.interface.http_method == "DELETE":
            return "delete"
        return "upsert" if self.interface.effect == "upsert" else "insert"

    def _open(self):
        try:
            database = self.protocol._database(self.call)
            self.protocol._check_address(database.url)
        except AddressError as error:
            sentence = self.protocol._address_sentence(error)
            raise ExchangeError("config", sentence, detail=f"address of the database: {error.reason}") from None
        return database

    def _before_commit(self):
        self.call.sent = True  # whatever fails before leaves nothing behind

    # === IN THE TRANSACTION ===

    def _in_transaction(self, connection, database):
        try:
            return self._looked_up(connection)
        except TableError as error:
            kind = "business" if error.reason in OUR_ROW else "config"
            sentence = self.protocol._table_sentence(error, self.call)
            raise ExchangeError(kind, sentence, code=error.reason, detail=f"{self.interface.path}: {error}") from None
        except IntegrityError as error:
            self.said = database.words(error)
            if self.action == "insert" and self._is_there(connection, database.is_repeated(error)):
                raise ExchangeError("duplicate", code="duplicate", detail=database.describe(error)) from None
            raise
        except DBAPIError as error:
            self.said = database.words(error)
            Rows.forget(connection, self.path)
            if self.leaves_traces and error.connection_invalidated:
                raise ExchangeError("unknown", detail=database.describe(error)) from None
            raise

    def _looked_up(self, connection):
        if self.action == "ping":
            connection.exec_driver_sql("SELECT 1 FROM DUAL" if connection.dialect.name == "oracle" else "SELECT 1")
            return {"found": True}
        try:
            self.rows = Rows.of(connection, self.path)
            return self._work(connection)
        except TableError as error:
            if error.reason not in ("table", "column"):
                raise
        self.rows = Rows.of(connection, self.path, fresh=True)  # it may have been changed since
        return self._work(connection)

    def _work(self, connection):
        if self.action == "select":
            return self._select(connection)
        rows = self._own_rows()
        self.keys = keys = self.rows.keys(self.interface._key_columns())
        for row in rows:
            for name in keys:
                if row.get(name) in (None, ""):
                    raise TableError("empty_key", name)
        if self.action == "insert" and not self.rows.is_guarded(keys):
            raise TableError("no_guard", self.rows.table.name)
        self._mind_engine(rows)
        self.sent_rows = rows
        if self.action == "delete":
            return self._delete(connection, rows)
        if self.action == "insert":
            self.rows.insert(connection, rows)
        else:
            self.rows.upsert(connection, rows, keys)
        reply = {"count": len(rows)}
        if len(rows) == 1:
            reply["key"] = ",".join(str(rows[0][name]) for name in keys)
        return reply

    def _delete(self, connection, rows):
        count = sum(self.rows.delete(connection, row, self.keys) for row in rows)
        if not count:
            raise ExchangeError("business", code="absent", reply={"count": 0}, detail="there is no such row")
        return {"count": count}

    def _mind_engine(self, rows):
        self.leaves_traces = not self.rows.rolls_back
        if self.leaves_traces:
            if len(rows) > 1 and self.action == "insert":
                raise TableError("no_rollback", self.rows.table.name)
            self._before_commit()

    def _own_rows(self):
        rows = [self.rows.row(values) for values in self._values()]
        if not rows:
            raise TableError("no_row", self.rows.table.name)
        if (name := self.interface.number_column) and not self.is_question:
            column = self.rows.column(name).name
            for row in rows:
                row.setdefault(column, self.call.number)
        if self.action == "delete":
            wanted = {self.rows.column(name).name for name in self.interface._key_columns()}
            rows = [{name: value for name, value in row.items() if not wanted or name in wanted} for row in rows]
        return rows

    def _values(self):
        """The rows of the payload: itself, or the one list in it."""
        payload = self.payload["payload"] or {} if self.is_question else self.payload
        if len(payload) == 1:
            [only] = payload.values()
            if isinstance(only, list) and all(isinstance(item, dict) for item in only):
                return only
        return [payload] if payload else []

    def _select(self, connection):
        limit = self.interface.row_limit
        if self.is_question:
            return self._answer(connection)
        rows, more = self.rows.select(connection, self.payload, limit)
        return {"found": bool(rows), "count": len(rows), "more": more, "rows": rows}

    def _answer(self, connection):
        """Whether the row of a message is there: found by its number, else by its key."""
        if name := self.interface.number_column:
            rows, _more = self.rows.select(connection, {name: self.payload["number"]}, 1)
            return {"found": bool(rows), "rows": rows}
        wanted = [self.rows.row(values) for values in self._values()]
        keys = self.rows.keys(self.interface._key_columns())
        if not wanted or any(name not in row for row in wanted for name in keys):
            raise TableError("empty_key", ", ".join(keys))
        count = self.rows.count(connection, wanted, keys)
        return {"found": count == len(wanted), "count": count}

    def _is_there(self, connection, is_repeated):
        """Looked up; who may only write takes the word of a table that has one unique key."""
        connection.rollback()
        try:
            return self.rows.count(connection, self.sent_rows, self.keys) == len(self.sent_rows)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return is_repeated and len(self.rows.unique) == len(self.sent_rows) == 1
