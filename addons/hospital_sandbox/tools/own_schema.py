"""The database of somebody else, played by a schema of our own database."""

import psycopg2
import sqlalchemy as sa
from odoo.sql_db import connection_info_for, db_connect
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from odoo.addons.hospital_exchange.tools.database import Database

HOST = "sandbox"
COLUMN_TYPES = {
    "integer": "bigint",
    "number": "numeric",
    "money": "numeric(18,2)",
    "date": "date",
    "datetime": "timestamp",
    "boolean": "boolean",
}


class OwnSchema(Database):
    """Connections that see nothing but the schema of one platform."""

    def __init__(self, dbname, schema, timeout=(5, 30)):
        self.dbname = dbname
        self.schema = schema
        super().__init__(f"postgresql://{HOST}/{dbname}?application_name={schema}", timeout=timeout)

    def _open(self):
        engine = sa.create_engine(
            self.url,
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,
        )
        event.listen(engine, "connect", self._prepare, insert=True)
        return engine

    def _connect(self):
        _dbname, info = connection_info_for(self.dbname)
        return psycopg2.connect(**{**info, "options": f"-c search_path={self.schema}"})


def make_tables(dbname, schema, tables):
    """Make what is missing, in a transaction of its own.

    :param tables: {name: ([(column, type)], [columns of the key])}
    """
    with db_connect(dbname).cursor() as cr:
        cr.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [schema])  # two deliveries at once make it once
        cr.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        for name, (columns, key) in tables.items():
            table = f"{_quoted(schema)}.{_quoted(name)}"
            parts = [f"{_quoted(column)} {type_}" for column, type_ in columns]
            parts += [f"PRIMARY KEY ({', '.join(map(_quoted, key))})"] if key else []
            cr.execute(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(parts)})")
            for column, type_ in columns:
                cr.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {_quoted(column)} {type_}")


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'
