"""The database of somebody else, played by a schema of our own database."""

import psycopg2
import sqlalchemy as sa
from odoo.sql_db import connection_info_for, db_connect
from odoo.tools import SQL
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from odoo.addons.hospital_exchange.tools.database import Database

HOST = "sandbox"
TYPES = {
    "string": "text",
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

    :param tables: {name: ([(column, type of the field line)], [columns of the key])}
    """
    with db_connect(dbname).cursor() as cr:
        cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext(%s))", schema))  # two deliveries at once make it once
        cr.execute(SQL("CREATE SCHEMA IF NOT EXISTS %s", SQL.identifier(schema)))
        for name, (columns, key) in tables.items():
            table = SQL.identifier(schema, name)
            parts = [SQL("%s %s", SQL.identifier(column), SQL(TYPES[kind])) for column, kind in columns]
            if key:
                parts.append(SQL("PRIMARY KEY (%s)", SQL(", ").join(map(SQL.identifier, key))))
            cr.execute(SQL("CREATE TABLE IF NOT EXISTS %s (%s)", table, SQL(", ").join(parts)))
            for column, kind in columns:
                added = SQL("%s %s", SQL.identifier(column), SQL(TYPES[kind]))
                cr.execute(SQL("ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s", table, added))
