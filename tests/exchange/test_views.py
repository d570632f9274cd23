"""A plain session with the role of a platform reads its views and nothing else."""

import contextlib

import psycopg2
import pytest
from odoo.tools import config

from .conftest import _server

PASSWORD = "the far side's own 密码"
KEY = "a key for this test that is long enough for it"


@pytest.fixture
def platform(connect, registry, monkeypatch):
    monkeypatch.setitem(config.options, "hospital_secret_key", KEY)
    with connect() as env:
        campus = env["hospital.campus"].create({"name": "View campus", "code": "VIEWCAMPUS"})
        env["hospital.department"].create({"name": "妇产科", "code": "V1", "campus_id": campus.id, "kind": "clinic"})
        platform = env["hospital.platform"].create(
            {
                "name": "Reader",
                "code": "reader",
                "protocol": "hospital.protocol.view",
                "mode": "test",
                "campus_id": campus.id,
                "secret_ids": [(0, 0, {"name": "view_password", "value": PASSWORD})],
            }
        )
        env["hospital.interface"].create(
            {
                "platform_id": platform.id,
                "code": "departments",
                "name": "Departments",
                "direction": "view",
                "effect": "read",
                "model_id": env["ir.model"]._get_id("hospital.department"),
                "field_ids": [
                    (0, 0, {"path": path, "name": path, "source": "record", "value": path}) for path in ("code", "name")
                ],
            }
        )
        ids = platform.id, campus.id
        role = platform.view_role
    yield role
    with connect() as env:
        env["hospital.platform"].browse(ids[0]).exists().unlink()
        env["hospital.department"].search([("campus_id", "=", ids[1])]).unlink()
        env["hospital.campus"].browse(ids[1]).unlink()


def session(database_name, role, password=PASSWORD):
    server = {**_server(), "user": role, "password": password}
    connection = psycopg2.connect(dbname=database_name, **server)
    connection.autocommit = True
    return connection


def refused(cursor, query):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(query)


def test_a_session_reads_its_views_and_nothing_else(platform, database_name, sql):
    with contextlib.closing(session(database_name, platform)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT code, name FROM departments")
        assert cursor.fetchall() == [("V1", "妇产科")]
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        assert cursor.fetchall() == [("hospital_view_reader", "departments")]
        tables = sql(
            "SELECT format('%%I.%%I', schemaname, relname) FROM pg_stat_user_tables"
            " UNION ALL SELECT format('%%I.%%I', schemaname, sequencename) FROM pg_sequences"
        )
        assert len(tables) > 200
        for (table,) in tables:
            refused(cursor, f"SELECT 1 FROM {table} LIMIT 1")
        functions = sql(
            "SELECT format('%%I.%%I', nspname, proname) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace "
            "WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND prokind = 'f'"
        )
        for (function,) in functions:
            refused(cursor, f"SELECT {function}()")
        cursor.execute("SET default_transaction_read_only = off")
        for query in (
            "INSERT INTO departments VALUES ('a', 'b')",
            "UPDATE departments SET name = 'x'",
            "DELETE FROM departments",
            "CREATE TABLE hospital_view_reader.mine (id int)",
            "CREATE TEMPORARY TABLE mine (id int)",
            "SET ROLE odoo" if sql("SELECT FROM pg_roles WHERE rolname = 'odoo'") else "CREATE ROLE mine",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            refused(cursor, query)


def test_the_password_holds_and_leaves_with_the_platform(platform, database_name, connect, sql):
    assert sql("SELECT rolcanlogin, rolsuper, rolinherit FROM pg_roles WHERE rolname = %s", platform) == [
        (True, False, False)
    ]
    with contextlib.closing(session(database_name, platform)) as connection:
        with connect() as env:
            env["hospital.platform"].search([("code", "=", "reader")]).unlink()
        with pytest.raises(psycopg2.Error), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM hospital_view_reader.departments")
    with pytest.raises(psycopg2.OperationalError):
        session(database_name, platform)
    assert not sql("SELECT FROM pg_roles WHERE rolname = %s", platform)
    assert not sql("SELECT FROM pg_namespace WHERE nspname = 'hospital_view_reader'")


def test_a_column_that_goes_takes_the_view_along_and_the_next_start_brings_it_back(
    platform, database_name, registry, connect, sql
):
    sql("DROP VIEW hospital_view_reader.departments")
    with connect() as env:
        env["hospital.platform"]._register_hook()
    with contextlib.closing(session(database_name, platform)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM departments")
        assert cursor.fetchone() == (1,)
