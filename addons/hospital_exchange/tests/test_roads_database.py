import json
import socket
from decimal import Decimal
from unittest.mock import patch

import requests
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.hospital_base.tests.common import proves

from ..tools.call import Call
from ..tools.database import AddressError, read_address
from ..tools.perform import perform
from .exchange_common import ExchangeCase
from .far_databases import FarMariaDB, FarPostgreSQL, Line

KEY = "k" * 40
ORDER = {"id": "A1", "amount": "12.30", "patient": "张三", "made_at": "2026-01-02 03:04:05"}


class DatabaseCase(ExchangeCase):
    """Tables on a real server, over a line that can be cut."""

    server_class = None
    create = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(config.options, {"hospital_secret_key": KEY}))
        cls.startClassPatcher(
            patch.object(
                cls.registry["hospital.platform"],
                "_selection_protocol",
                lambda self: [("hospital.protocol", "Test"), ("hospital.protocol.database", "Database")],
            )
        )
        cls.far_server = cls.server_class()
        cls.addClassCleanup(cls.far_server.stop)
        cls.platform = cls.make_platform(
            "lis", protocol="hospital.protocol.database", url_test=False, connect_timeout=1, read_timeout=1
        )
        cls.env["hospital.secret"].create(
            {"platform_id": cls.platform.id, "name": "password", "value": cls.far_server.password}
        )
        common = {"platform_id": cls.platform.id, "query_delay": 0, "direction": "table", "path": cls.path("orders")}
        make = cls.env["hospital.interface"].create
        cls.read = make({**common, "code": "read", "name": "Read", "effect": "read", "row_limit": 3})
        cls.asks = make({**common, "code": "asks", "name": "Ask", "effect": "read", "key_columns": "id"})
        cls.upsert = make({**common, "code": "set", "name": "Set", "effect": "upsert", "key_columns": "id"})
        cls.once = make(
            {
                **common,
                "code": "do",
                "name": "Do",
                "effect": "once",
                "key_columns": "id",
                "query_interface_id": cls.asks.id,
                "number_column": "message",
            }
        )
        cls.away = make(
            {**common, "code": "away", "name": "Away", "effect": "upsert", "http_method": "DELETE", "key_columns": "id"}
        )

    def setUp(self):
        super().setUp()
        self.far_server.run("DROP TABLE IF EXISTS orders")
        self.far_server.run(self.create)
        self.line = Line(self.far_server.upstream())
        self.addCleanup(self.line.stop)
        self.platform.url_test = self.far_server.address(self.line)

    @classmethod
    def path(cls, name):
        return name

    def call(self, interface, payload, session=None, number="N1"):
        call = Call(self.platform, interface, payload, number=number, session=session, timeout=(1, 1))
        return perform(self.env["hospital.protocol.database"], call)

    def rows(self, columns="id, amount, patient, message"):
        statement = f"SELECT {columns} FROM orders ORDER BY id"  # noqa: S608 words of this file
        return [tuple(row) for row in self.far_server.run(statement)]

    def assert_kind(self, outcome, kind):
        self.assertEqual(outcome.kind, kind, outcome.error and (outcome.error.sentence, outcome.error.detail))


class EveryServer:
    """What holds on every server."""

    def test_rows_are_set_by_their_key(self):
        for payload in (ORDER, {**ORDER, "amount": 99}, {"rows": [ORDER, {**ORDER, "id": "B2"}]}):
            self.assert_kind(self.call(self.upsert, payload), None)
        self.assertEqual(self.rows(), [("A1", Decimal("12.30"), "张三", None), ("B2", Decimal("12.30"), "张三", None)])
        outcome = self.call(self.upsert, {"ID": "B2", "Amount": "7"})
        self.assert_kind(outcome, None)
        self.assertEqual(outcome.result.remote_ref, "B2")
        self.assertEqual(self.rows("amount"), [(Decimal("12.30"),), (Decimal("7.00"),)])

    def test_keys_without_a_unique_key_are_set_as_well(self):
        self.upsert.key_columns = "patient"
        self.assert_kind(self.call(self.upsert, ORDER), None)
        self.assert_kind(self.call(self.upsert, {**ORDER, "amount": "5"}), None)
        self.assertEqual(self.rows("id, amount"), [("A1", Decimal("5.00"))])
        self.far_server.run("INSERT INTO orders (id, patient) VALUES ('C3', '张三')")
        outcome = self.call(self.upsert, {"patient": "张三", "amount": "6"})
        self.assert_kind(outcome, "config")
        self.assertIn("more than one row", outcome.error.sentence)
        self.assertEqual(self.rows("id, amount"), [("A1", Decimal("5.00")), ("C3", None)])

    def test_a_row_is_inserted_once(self):
        self.assert_kind(self.call(self.once, ORDER), None)
        self.assert_kind(self.call(self.once, {**ORDER, "amount": "1000"}), "duplicate")
        self.assertEqual(self.rows(), [("A1", Decimal("12.30"), "张三", "N1")])
        self.assert_kind(self.call(self.once, {"rows": [ORDER, {**ORDER, "id": "Z9"}]}), "business")
        self.assertEqual(len(self.rows()), 1, "a batch is there whole or not at all")
        self.once.key_columns = "patient"
        outcome = self.call(self.once, {**ORDER, "id": "D4"})
        self.assert_kind(outcome, "config")
        self.assertIn("no unique key", outcome.error.sentence)

    def test_reading_is_bounded(self):
        self.far_server.run("INSERT INTO orders (id, amount) VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4)")
        reply = self.call(self.read, {}).reply
        self.assertEqual(([row["id"] for row in reply["rows"]], reply["more"]), (["a", "b", "c"], True))
        reply = self.call(self.read, {"amount >=": "2", "id": ["b", "d", "x"]}).reply
        self.assertEqual([(row["id"], row["amount"]) for row in reply["rows"]], [("b", "2.00"), ("d", "4.00")])
        self.assertFalse(self.call(self.read, {"id": "' OR 1=1 --"}).reply["found"])
        for column in ("id; DROP TABLE orders", 'id" OR 1=1 --', "id OR"):
            self.assert_kind(self.call(self.read, {column: 1}), "config")
        self.assertEqual(len(self.rows()), 4)

    def test_a_row_is_taken_away(self):
        self.assert_kind(self.call(self.once, ORDER), None)
        question = {"number": "N1", "key": "k", "remote_ref": "A1", "payload": ORDER, "reply": None}
        self.assertEqual(self.call(self.asks, question).reply, {"found": True, "count": 1})
        self.assert_kind(self.call(self.away, question), None)
        self.assertEqual(self.rows(), [])
        self.assertFalse(self.call(self.asks, question).reply["found"])
        outcome = self.call(self.away, question)
        self.assertEqual((outcome.kind, outcome.error.code), ("business", "absent"))

    def test_refusals(self):
        for payload, kind in (
            ({**ORDER, "amount": "-1"}, "business"),
            ({**ORDER, "patient": "x" * 300}, "business"),
            ({**ORDER, "amount": "a lot"}, "business"),
            ({**ORDER, "made_at": "yesterday"}, "business"),
            ({**ORDER, "id": None}, "business"),
            ({}, "business"),
            ({**ORDER, "colour": "red"}, "config"),
        ):
            outcome = self.call(self.once, payload)
            self.assert_kind(outcome, kind)
            self.assertTrue(outcome.error.sentence)
            self.assertNotIn("张三", outcome.error.detail, "values are for auditors alone")
            self.assertIn(b"orders", outcome.evidence.request_body)
        self.assertEqual(self.rows(), [])
        self.upsert.path = self.path("nowhere")
        self.assert_kind(self.call(self.upsert, ORDER), "config")

    def test_a_column_that_is_gone_or_new(self):
        self.assert_kind(self.call(self.upsert, ORDER), None)
        self.far_server.run("ALTER TABLE orders DROP COLUMN patient")
        self.assert_kind(self.call(self.upsert, ORDER), "config")
        self.far_server.run("ALTER TABLE orders ADD COLUMN colour VARCHAR(10)")
        self.assert_kind(self.call(self.upsert, {"id": "A1", "colour": "red"}), None)
        self.assertEqual(self.rows("colour"), [("red",)])

    def test_not_reached(self):
        self.line.stop()
        outcome = self.call(self.once, ORDER)
        self.assert_kind(outcome, "network")
        self.assertNotIn(self.far_server.password, outcome.error.detail)

    def test_a_connection_is_kept_for_a_delivery_and_renewed_when_it_is_gone(self):
        session = requests.Session()
        self.assert_kind(self.call(self.once, ORDER, session), None)
        self.assert_kind(self.call(self.once, {**ORDER, "id": "B2"}, session), None)
        self.assertEqual(len(self.line.lines), 1)
        self.line.drop()
        self.assert_kind(self.call(self.once, {**ORDER, "id": "C3"}, session), None)
        self.assertEqual(len(self.rows()), 3)
        session.close()

    @proves("S2-10.6")
    def test_through_the_engine_exactly_once(self):
        """Queued, delivered, cut off in the commit, asked about: done there once and done here."""
        for number, moment in enumerate(("before", "after")):
            self.line.cut(moment, b"INSERT", b"COMMIT")
            message = self.queue(self.once, key=f"E{number}", payload={**ORDER, "id": f"E{number}"})
            self.deliver()
            for _round in range(4):
                if message.state == "done":
                    break
                self.make_due()
                self.deliver()
            self.assertEqual(message.state, "done", message.error_detail)
            self.assertEqual(self.rows("id")[-1:], [(f"E{number}",)])
            self.assertEqual(len(self.rows()), number + 1)
        self.assertEqual(self.line.cuts, 2)

    def test_a_refusal_through_the_engine(self):
        message = self.queue(self.once, key="R", payload={**ORDER, "amount": "-1"})
        self.deliver()
        self.assertEqual((message.state, message.error_kind), ("refused", "business"))
        self.assertIn("lis", message.error_sentence)
        self.assertNotIn(self.far_server.password, json.dumps(message.read()[0], default=str))


class EveryLine:
    """What takes its time, because somebody waits in vain."""

    def test_a_server_that_hangs_in_the_connect(self):
        silent = socket.create_server(("127.0.0.1", 0))  # takes the connection and says nothing
        self.addCleanup(silent.close)
        self.line.upstream = silent.getsockname()
        outcome = self.call(self.once, ORDER)
        self.assert_kind(outcome, "network")
        self.assertLess(outcome.duration_ms, 8000)

    def test_the_line_is_cut_before_the_commit(self):
        self.line.cut("after", b"INSERT")
        self.assert_kind(self.call(self.once, ORDER), "network")
        self.assertEqual((self.line.cuts, self.rows()), (1, []))
        self.line.cut("hang", b"INSERT")
        outcome = self.call(self.once, ORDER)
        self.assert_kind(outcome, "network")
        self.assertLess(outcome.duration_ms, 8000)
        self.line.drop()
        self.assertEqual(self.rows(), [])

    def test_the_line_is_cut_in_the_commit(self):
        for number, moment in enumerate(("before", "after", "hang")):
            payload = {**ORDER, "id": f"C{number}"}
            self.line.cut(moment, b"INSERT", b"COMMIT")
            outcome = self.call(self.once, payload)
            self.assert_kind(outcome, "unknown")
            question = {"number": "N1", "key": "k", "remote_ref": "", "payload": payload, "reply": None}
            self.assertEqual(self.call(self.asks, question).reply["found"], moment != "before")
        self.assertEqual(self.line.cuts, 3)


@tagged("post_install", "-at_install")
class TestDatabasePostgreSQL(EveryServer, DatabaseCase):
    server_class = FarPostgreSQL
    create = (
        "CREATE TABLE orders (id varchar(20) PRIMARY KEY, amount numeric(12, 2) CHECK (amount >= 0), "
        "patient varchar(40), made_at timestamp, message varchar(40))"
    )

    def test_names_and_types_of_any_kind(self):
        self.far_server.run("DROP SCHEMA IF EXISTS mid CASCADE")
        self.far_server.run("CREATE SCHEMA mid")
        self.far_server.run('CREATE TABLE mid."Order Lines" (id int PRIMARY KEY, note jsonb, done boolean)')
        self.upsert.path = "mid.Order Lines"
        self.upsert.key_columns = False
        payload = {"id": "7", "note": {"a": [1, "二"]}, "done": "1"}
        self.assert_kind(self.call(self.upsert, payload), None)
        self.assertEqual(
            self.far_server.run('SELECT id, note, done FROM mid."Order Lines"'), [(7, {"a": [1, "二"]}, True)]
        )

    def test_a_role_that_may_only_write(self):
        role = f"{self.far_server.name}_writer"
        self.far_server.run(f"CREATE ROLE {role} LOGIN PASSWORD 'writer'; GRANT INSERT ON orders TO {role}")
        self.addCleanup(self.far_server.run, f"REVOKE ALL ON orders FROM {role}; DROP ROLE {role}")
        address = self.far_server.address(self.line)
        self.platform.url_test = address.replace(f"//{self.far_server.user}@", f"//{role}@")
        self.platform.secret_ids.value = "writer"
        self.assert_kind(self.call(self.once, ORDER), None)
        self.assert_kind(self.call(self.once, ORDER), "duplicate")
        self.assert_kind(self.call(self.once, {**ORDER, "id": "B2", "amount": "-1"}), "business")
        self.assert_kind(self.call(self.read, {}), "config")
        self.assertEqual(self.rows("id"), [("A1",)])

    def test_a_statement_that_takes_too_long(self):
        self.far_server.run(
            "CREATE OR REPLACE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$"
        )
        self.far_server.run("CREATE TRIGGER dawdle BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION dawdle()")
        outcome = self.call(self.once, ORDER)
        self.assert_kind(outcome, "network")
        self.assertEqual(outcome.error.code, "57014")

    def test_an_unreadable_address_is_said_at_once(self):
        for address, reason in (
            ("postgresql://me:secret@h/db", "password"),
            ("postgresql://me@h/db?password=secret", "password"),
            ("postgresql:///db", "host"),
            ("sqlite:////etc/passwd", "file"),
            ("http://h/x", "unreadable"),
            ("nonsense", "unreadable"),
        ):
            with self.assertRaises(AddressError) as caught:
                read_address(address)
            self.assertEqual(caught.exception.reason, reason, address)
            with self.assertRaises(ValidationError) as refused:
                self.platform.url_production = address
            self.assertNotIn("secret@", str(refused.exception))
        self.platform.url_test = "oracle://me@h:1521/?service_name=x"
        self.assertIn("oracledb", self.call(self.once, ORDER).error.sentence)
        self.platform.url_test = "dameng://me@h:5236/x"
        self.assertIn("dameng", self.call(self.once, ORDER).error.sentence)

    def test_our_own_database_is_not_for_this(self):
        info = self.env.cr._cnx.info
        host = "localhost" if info.host.startswith("/") else info.host
        with self.assertRaises(ValidationError):
            self.platform.url_test = f"postgresql://{info.user}@{host}:{info.port}/{self.env.cr.dbname}"


@tagged("post_install", "-at_install")
class TestDatabaseMariaDB(EveryServer, DatabaseCase):
    server_class = FarMariaDB
    create = (
        "CREATE TABLE orders (id varchar(20) PRIMARY KEY, amount decimal(12, 2) CHECK (amount >= 0), "
        "patient varchar(40), made_at datetime, message varchar(40)) ENGINE=InnoDB"
    )

    def test_an_engine_that_rolls_nothing_back(self):
        self.far_server.run("DROP TABLE orders")
        self.far_server.run(self.create.replace("InnoDB", "MyISAM"))
        self.line.cut("after", b"INSERT")
        self.assert_kind(self.call(self.once, ORDER), "unknown")
        self.assertEqual(len(self.rows()), 1)
        self.assert_kind(self.call(self.once, ORDER), "duplicate")
        batch = {"rows": [{**ORDER, "id": "B1"}, {**ORDER, "id": "B2"}]}
        self.assert_kind(self.call(self.once, batch), "config")

    def test_the_server_is_killed_in_the_midst_of_a_transaction(self):
        self.assert_kind(self.call(self.once, ORDER), None)
        session = requests.Session()
        self.assert_kind(self.call(self.once, {**ORDER, "id": "B2"}, session), None)
        self.far_server.kill()
        self.assert_kind(self.call(self.once, {**ORDER, "id": "C3"}, session), "network")
        self.far_server.start()
        self.assert_kind(self.call(self.once, {**ORDER, "id": "C3"}, session), None)
        self.assertEqual([row[0] for row in self.rows("id")][-1], "C3")
        session.close()

    def test_a_wrong_password_is_for_the_administrator(self):
        self.platform.secret_ids.value = "not the password"
        outcome = self.call(self.once, ORDER)
        self.assert_kind(outcome, "config")
        self.assertNotIn("not the password", outcome.error.detail)


@tagged("post_install", "-at_install", "slow")
class TestLinePostgreSQL(EveryLine, DatabaseCase):
    server_class = FarPostgreSQL
    create = TestDatabasePostgreSQL.create


@tagged("post_install", "-at_install", "slow")
class TestLineMariaDB(EveryLine, DatabaseCase):
    server_class = FarMariaDB
    create = TestDatabaseMariaDB.create
