"""Rows of a table of somebody else: names checked against the table itself, values bound and fitted to its columns."""

import base64
import threading
from collections import OrderedDict
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.exc import IntegrityError, NoSuchTableError

from .plain import plain

OPERATORS = {
    ">=": sa.Column.__ge__,
    "<=": sa.Column.__le__,
    "!=": sa.Column.__ne__,
    ">": sa.Column.__gt__,
    "<": sa.Column.__lt__,
}
ENGINES_THAT_ROLL_BACK = {None, "innodb", "rocksdb", "tokudb"}
KEPT = 500
_TRUTH = {"1": True, "0": False, "true": True, "false": False}

_known = OrderedDict()
_lock = threading.Lock()


class TableError(Exception):
    """A table, a column or a value that does not fit.

    :param reason: ``table``, ``column``, ``value``, ``empty_key``, ``no_key``, ``no_guard`` or ``many``
    """

    def __init__(self, reason, name="", value=None):
        super().__init__(f"{reason} {name}".strip())
        self.reason = reason
        self.name = name
        self.value = value


class Rows:
    """A table as it is there, and what may be done with its rows."""

    def __init__(self, table, unique):
        self.table = table
        self.unique = unique
        """The sets of columns of which no two rows have the same values."""

    @classmethod
    def of(cls, connection, path, fresh=False):
        """The table `schema.table` or `table`, looked up once per process."""
        mark = cls._mark(connection, path)
        with _lock:
            if not fresh and mark in _known:
                _known.move_to_end(mark)
                return _known[mark]
        rows = cls._reflect(connection, path)
        with _lock:
            _known[mark] = rows
            while len(_known) > KEPT:
                _known.popitem(last=False)
        return rows

    @classmethod
    def forget(cls, connection, path):
        with _lock:
            _known.pop(cls._mark(connection, path), None)

    @staticmethod
    def _mark(connection, path):
        return connection.engine.url.set(password=None).render_as_string(), path

    @classmethod
    def _reflect(cls, connection, path):
        schema, _dot, name = (path or "").rpartition(".")
        try:
            table = sa.Table(
                name,
                sa.MetaData(),
                schema=schema or None,
                autoload_with=connection,
                resolve_fks=False,
                implicit_returning=False,  # who may only write reads nothing back
            )
        except NoSuchTableError:
            raise TableError("table", path) from None
        inspector = sa.inspect(connection)
        unique = [frozenset(column.name for column in table.primary_key)]
        for index in inspector.get_indexes(name, schema=schema or None):
            options = index.get("dialect_options") or {}
            whole = None not in index["column_names"] and not any(
                options.get(f"{kind}_where") for kind in ("postgresql", "mssql")
            )
            if index["unique"] and whole:
                unique.append(frozenset(index["column_names"]))
        for constraint in inspector.get_unique_constraints(name, schema=schema or None):
            unique.append(frozenset(constraint["column_names"]))
        return cls(table, {columns for columns in unique if columns})

    # === COLUMNS AND VALUES ===

    def column(self, name):
        if name in self.table.c:
            return self.table.c[name]
        alike = [column for column in self.table.c if column.name.lower() == name.lower()]
        if len(alike) != 1:
            raise TableError("column", name)
        return alike[0]

    def keys(self, names):
        """The columns that single out a row: those named, else the primary key."""
        columns = [self.column(name).name for name in names] or [column.name for column in self.table.primary_key]
        if not columns:
            raise TableError("no_key", self.table.name)
        return columns

    def row(self, values):
        fitted = {}
        for name, value in values.items():
            column = self.column(name)
            fitted[column.name] = _fit(column, value)
        return fitted

    def is_guarded(self, keys):
        """Whether the database itself refuses a second row with these keys."""
        return any(columns <= set(keys) for columns in self.unique)

    @property
    def rolls_back(self):
        """Whether an uncommitted row is gone when the line is cut; not so with some engines of MySQL."""
        names = [value for option, value in self.table.dialect_kwargs.items() if option.endswith("_engine")]
        return (names[0].lower() if names else None) in ENGINES_THAT_ROLL_BACK

    # === STATEMENTS ===

    def insert(self, connection, rows):
        connection.execute(sa.insert(self.table), rows)

    def upsert(self, connection, rows, keys):
        if connection.dialect.name == "postgresql" and frozenset(keys) in self.unique and _alike(rows):
            self._upsert_at_once(connection, rows, keys)
        else:
            for row in rows:
                self._upsert_one(connection, row, keys)

    def _upsert_at_once(self, connection, rows, keys):
        statement = postgresql_insert(self.table)
        changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        if changed:
            statement = statement.on_conflict_do_update(index_elements=list(keys), set_=changed)
        else:
            statement = statement.on_conflict_do_nothing(index_elements=list(keys))
        connection.execute(statement, rows)

    def _upsert_one(self, connection, row, keys):
        if self._update(connection, row, keys):
            return
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(self.table), row)
        except IntegrityError:  # somebody else has just written it, or the row itself does not fit
            if not self._update(connection, row, keys):
                raise

    def _update(self, connection, row, keys):
        changed = {name: value for name, value in row.items() if name not in keys}
        if not changed:
            return self.count(connection, [row], keys)
        count = connection.execute(sa.update(self.table).where(self.same(row, keys)).values(changed)).rowcount
        return self._single(count)

    def delete(self, connection, row, keys):
        return self._single(connection.execute(sa.delete(self.table).where(self.same(row, keys))).rowcount)

    def _single(self, count):
        if count > 1:
            raise TableError("many", self.table.name, count)
        return count

    def same(self, row, keys):
        return sa.and_(*(self.table.c[name] == row[name] for name in keys))

    def count(self, connection, rows, keys):
        """How many of these rows are there."""
        query = sa.select(sa.literal(1)).select_from(self.table)
        return sum(connection.execute(query.where(self.same(row, keys)).limit(1)).first() is not None for row in rows)

    def select(self, connection, conditions, limit):
        """(rows as plain values, whether there are more)"""
        query = sa.select(self.table).where(*(self._condition(*item) for item in conditions.items())).limit(limit + 1)
        if order := list(self.table.primary_key) or list(self.table.c)[:1]:
            query = query.order_by(*order)
        found = connection.execute(query).mappings().all()
        return [{name: plain(value) for name, value in row.items()} for row in found[:limit]], len(found) > limit

    def _condition(self, name, value):
        name, _space, sign = name.strip().partition(" ")
        column = self.column(name)
        if sign:
            if sign.strip() not in OPERATORS:
                raise TableError("column", f"{name} {sign}")
            return OPERATORS[sign.strip()](column, _fit(column, value))
        if isinstance(value, list):
            return column.in_([_fit(column, item) for item in value])
        return column == _fit(column, value)


def _alike(rows):
    return all(row.keys() == rows[0].keys() for row in rows)


def _fit(column, value):
    """A value of a payload as the column takes it; some databases convert nothing by themselves."""
    if value is None:
        return None
    try:
        wanted = column.type.python_type
    except NotImplementedError:
        return value
    try:
        return _convert(wanted, value)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation):
        raise TableError("value", column.name, value) from None


def _convert(wanted, value):
    if isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)):
        return value
    if wanted is str:
        if isinstance(value, (dict, list)):
            raise ValueError
        return str(value)
    if wanted in (Decimal, float):
        number = Decimal(str(value))
        return number if wanted is Decimal else float(number)
    if wanted is int:
        number = Decimal(str(int(value) if isinstance(value, bool) else value))
        if number != int(number):
            raise ValueError
        return int(number)
    if wanted is bool:
        return _TRUTH[str(value).lower()]
    if wanted in (datetime, date, time) and isinstance(value, str):
        return datetime.fromisoformat(value).date() if wanted is date else wanted.fromisoformat(value)
    if wanted is UUID:
        return UUID(value)
    if wanted is bytes and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    return value
