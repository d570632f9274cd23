"""Connections to other people's databases: time-outs always, the password never in an error, failures by their code."""

import contextlib
import os
import re
import socket
import threading

import psycopg2
import psycopg2.extensions
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

from .errors import ExchangeError

DRIVERS = {
    "postgresql": "psycopg2",
    "mysql": "pymysql",
    "mariadb": "pymysql",
    "oracle": "oracledb",
    "mssql": "pymssql",
}
"""The driver used when the address names none."""
FORBIDDEN = {"sqlite", "access"}  # files of this server
CONFIG_STATES = re.compile(r"28...|3D000|3F000|42...|0LP..|0A...")
"""SQLSTATEs of what an administrator must put right: rights, names, what the server cannot do."""
DATA_STATES = re.compile(r"22...|23...|44...|P0...")
"""SQLSTATEs by which a database says no to the values."""
CONFIG_NUMBERS = {1044, 1045, 1049, 1054, 1064, 1142, 1143, 1146, 1227, 1370}
DATA_NUMBERS = {
    1048,
    1062,
    1169,
    1216,
    1217,
    1264,
    1265,
    1292,
    1364,
    1366,
    1406,
    1451,
    1452,
    1557,
    1586,
    1644,
    3819,
    4025,
}
"""The same as numbers of MySQL and MariaDB."""


class AddressError(Exception):
    """An address that names no database.

    :param reason: ``unreadable``, ``password``, ``file``, ``host``, ``dialect``, ``driver`` or ``own``
    """

    def __init__(self, reason, name=""):
        super().__init__(reason)
        self.reason = reason
        self.name = name


def read_address(text):
    """The address of a database without its password; raises AddressError."""
    try:
        url = make_url(text or "")
    except (ArgumentError, ValueError):
        raise AddressError("unreadable") from None
    if url.password or any("password" in name.lower() for name in url.query):
        raise AddressError("password")
    dialect, _plus, driver = url.drivername.partition("+")
    if dialect in FORBIDDEN:
        raise AddressError("file", dialect)
    if dialect in ("http", "https") or not url.host:
        raise AddressError("unreadable" if dialect.startswith("http") else "host")
    if not driver and dialect in DRIVERS:
        url = url.set(drivername=f"{dialect}+{DRIVERS[dialect]}")
    return url


class Database:
    """One database of a platform. Mounted on the session of a delivery it is closed together with it."""

    def __init__(self, address, password=None, timeout=(5, 30)):
        self.url = read_address(address)
        self.password = password
        self.timeout = timeout
        self._raw = None
        self.engine = self._open()

    def close(self):
        self.engine.dispose()

    def _open(self):
        url = self.url.set(password=self.password) if self.password else self.url
        name = url.get_backend_name()
        try:
            engine = sa.create_engine(
                url,
                poolclass=QueuePool,
                pool_size=1,
                max_overflow=0,
                hide_parameters=True,  # an error text never carries the values
                connect_args=self._connect_arguments(name),
            )
        except NoSuchModuleError:
            raise AddressError("dialect", name) from None
        except ImportError as error:
            raise AddressError("driver", error.name or name) from None
        event.listen(engine, "connect", self._prepare, insert=True)
        return engine

    def _connect_arguments(self, name):
        connect, read = (max(1, round(seconds)) for seconds in self.timeout)
        driver = self.url.get_driver_name()
        if driver == "psycopg2":
            return {"connect_timeout": max(2, connect), "application_name": "hospital"}
        if driver == "pymysql":
            arguments = {"connect_timeout": connect, "read_timeout": read, "write_timeout": read}
            if self.password:  # as text it would have to be Latin-1
                arguments["password"] = self.password.encode()
            return arguments
        if driver == "pymssql":
            return {"login_timeout": connect, "timeout": read}
        if name == "oracle":
            return {"tcp_connect_timeout": connect}
        return {}

    def _prepare(self, raw, _record):
        """A new connection gives up by itself where its server can do so."""
        self._raw = raw
        if isinstance(raw, psycopg2.extensions.connection):
            psycopg2.extensions.register_type(psycopg2.extensions.DECIMAL, raw)  # Odoo reads numbers as float
            names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
            statement = f"SELECT {', '.join(f'set_config({name!r}, %(ms)s, false)' for name in names)}"
            values = {"ms": str(round(self.timeout[1] * 1000))}
        elif self.url.get_driver_name() == "pymysql":
            statement, values = "SET SESSION innodb_lock_wait_timeout = %(s)s", {"s": max(1, round(self.timeout[1]))}
        else:
            return
        with raw.cursor() as cursor:
            cursor.execute(statement, values)
        raw.commit()

    # === WORK ===

    def transaction(self, work, before_commit=None):
        """What `work(connection)` gives, committed; raises ExchangeError. Without `before_commit` it only reads."""
        with self._watch():
            is_used = self.engine.pool.checkedin() > 0
            try:
                return self._transaction(work, before_commit)
            except _LineCutError as cut:
                if not is_used:
                    raise self.sort(cut.error) from None
            # the line was idle for a while and is gone: nothing was committed, so once more on a new one
            try:
                return self._transaction(work, before_commit)
            except _LineCutError as cut:
                raise self.sort(cut.error) from None

    def _transaction(self, work, before_commit):
        try:
            connection = self.engine.connect()
        except (DBAPIError, _driver_errors(self.engine)) as error:
            raise self.sort(error, connected=False) from None
        try:
            result = work(connection)
            if before_commit:
                before_commit()
                self._commit(connection)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise _LineCutError(error) from None
            connection.invalidate()
            raise self.sort(error) from None
        except BaseException:
            connection.invalidate()  # the server rolls back what was begun
            raise
        finally:
            connection.close()
        return result

    def _commit(self, connection):
        try:
            connection.commit()
        except DBAPIError as error:
            connection.invalidate()
            raise self.sort(error, committing=True) from None

    @contextlib.contextmanager
    def _watch(self):
        """Cut the line when no answer comes in time: a driver may wait for ever for a host that hangs."""
        timer = threading.Timer(sum(self.timeout) + 1, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _cut(self):
        if isinstance(self._raw, psycopg2.extensions.connection) and not self._raw.closed:
            with contextlib.suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(self._raw.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    # === FAILURES ===

    def sort(self, error, connected=True, committing=False):
        """The typed error of a failure of the driver.

        Before the commit everything is rolled back when the line is cut, so nothing was done there. Whether a commit
        whose answer did not come was carried out nobody knows.
        """
        state, number = _codes(error)
        code = state or (str(number) if number else "")
        detail = self.describe(error, with_words=not connected)
        lost = getattr(error, "connection_invalidated", False) or not code or code.startswith(("08", "57P", "40003"))
        if (connected and DATA_STATES.fullmatch(state)) or number in DATA_NUMBERS:
            return ExchangeError("business", code=code, detail=detail)
        if CONFIG_STATES.fullmatch(state) or number in CONFIG_NUMBERS:
            return ExchangeError("config", code=code, detail=self.describe(error, with_words=True))
        if committing and lost:
            return ExchangeError("unknown", code=code, detail=f"the line was cut in the commit: {detail}")
        if not state and not number and isinstance(error, (sa.exc.IntegrityError, sa.exc.DataError)):
            return ExchangeError("business", detail=detail)
        if not state and not number and isinstance(error, sa.exc.ProgrammingError):
            return ExchangeError("config", detail=detail)
        return ExchangeError("network", code=code, detail=detail)

    @staticmethod
    def is_repeated(error):
        """Whether the database itself says that a unique key is taken."""
        state, number = _codes(error)
        return state == "23505" or number in (1062, 1586, 2627, 2601)

    def describe(self, error, with_words=False):
        """For the technician. The words of a database may hold values of the row: only its codes, unless asked."""
        cause = getattr(error, "orig", None) or error
        diagnosis = getattr(cause, "diag", None)
        parts = [type(cause).__name__, *filter(None, map(str, _codes(error)))]
        for name in ("table_name", "column_name", "constraint_name"):
            if value := getattr(diagnosis, name, None):
                parts.append(f"{name} {value}")
        if with_words:
            parts.append(self.words(error))
        return ", ".join(parts)

    def words(self, error):
        """What the database said, for the evidence."""
        text = str(getattr(error, "orig", None) or error)
        return text.replace(self.password, "***") if self.password else text


def _codes(error):
    """(SQLSTATE or "", number of the server or 0)"""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None) or ""
    arguments = getattr(cause, "args", ())
    number = arguments[0] if arguments and isinstance(arguments[0], int) else 0
    return state, 0 if state or 2000 <= number < 3000 else number  # 2xxx: the driver itself, not the server


def _driver_errors(engine):
    """What a driver raises while a connection is made ready; SQLAlchemy does not wrap that."""
    return engine.dialect.loaded_dbapi.Error


class _LineCutError(Exception):
    """The line went before the commit: nothing was done there."""

    def __init__(self, error):
        super().__init__()
        self.error = error
