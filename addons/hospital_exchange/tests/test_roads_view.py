from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, config, sql

from odoo.addons.hospital_base.tests.common import proves

from ..tools.view_store import ViewStore, role_name, schema_name
from .exchange_common import ExchangeCase


@tagged("post_install", "-at_install")
class TestViews(ExchangeCase):
    """In the transaction of the test; a session of its own reads them in tests/exchange."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(config.options, {"hospital_secret_key": "k" * 40}))
        cls.platform = cls.make_platform("reader", campus_id=cls.campus.id)
        cls.env["hospital.secret"].create(
            {"platform_id": cls.platform.id, "name": "view_password", "value": "it's a secret"}
        )
        cls.department, cls.hidden = cls.env["hospital.department"].create(
            [
                {"name": "Shown", "code": "VIEW1", "campus_id": cls.campus.id, "kind": "clinic"},
                {"name": "Not shown", "code": "VIEW2", "campus_id": cls.other_campus.id, "kind": "clinic"},
            ]
        )
        cls.view = cls.make_view("departments", "hospital.department", code="code", name="name")

    @classmethod
    def make_view(cls, view, model, **columns):
        lines = [
            {"sequence": number, "path": path, "name": path, "source": "record", "value": value}
            for number, (path, value) in enumerate(columns.items())
        ]
        return cls.env["hospital.interface"].create(
            {
                "platform_id": cls.platform.id,
                "code": view,
                "name": view,
                "direction": "view",
                "effect": "read",
                "model_id": cls.env["ir.model"]._get_id(model),
                "field_ids": [(0, 0, line) for line in lines],
            }
        )

    def add(self, path, value, **values):
        line = {"interface_id": self.view.id, "path": path, "name": path, "source": "record", "value": value}
        return self.env["hospital.interface.field"].create({**line, **values})

    def sync(self):
        self.env.cr.precommit.run()

    def as_role(self, query, *values):
        with self.env.cr.savepoint(flush=False) as savepoint:
            role = SQL.identifier(self.platform.view_role)
            self.env.cr.execute(SQL("GRANT %s TO CURRENT_USER; SET LOCAL ROLE %s", role, role))
            try:
                self.env.cr.execute(SQL(query, *values), log_exceptions=False)
                return self.env.cr.dictfetchall()
            finally:
                savepoint.rollback()

    def rows(self):
        self.sync()
        return self.as_role("SELECT * FROM hospital_view_reader.departments ORDER BY 1")

    def marks(self):
        return ViewStore(self.env.cr).marks("hospital_view_reader")

    @proves("S2-10.6")
    def test_a_view_shows_the_chosen_columns_of_its_campus(self):
        self.assertEqual(self.rows(), [{"code": "VIEW1", "name": "Shown"}])
        self.assertFalse(self.platform.view_problem)
        self.assertEqual(self.view.view_name, "hospital_view_reader.departments")
        self.platform.campus_id = False
        self.assertIn("VIEW2", {row["code"] for row in self.rows()})
        other = self.env["res.company"].create({"name": "Another hospital"})
        self.platform.company_id = other
        self.assertEqual(self.rows(), [])

    def test_lines_make_the_columns(self):
        self.add("campus_name", "campus_id.name")
        self.add("open", "active", format="Y/N", type="boolean")
        self.add("made", "create_date", format="yyyyMMddHHmmss", type="datetime")
        constant = self.add("version", "1.0", source="constant")
        self.add("place", "location", default="?")
        [row] = self.rows()
        self.assertRegex(row.pop("made"), r"^\d{14}$")
        self.assertEqual(
            row,
            {
                "code": "VIEW1",
                "name": "Shown",
                "campus_name": "Exchange Campus",
                "open": "Y",
                "version": "1.0",
                "place": "?",
            },
        )
        before = self.marks()
        self.sync()
        self.assertEqual(self.marks(), before)
        constant.active = False
        self.assertNotIn("version", self.rows()[0])
        self.assertNotEqual(self.marks(), before)
        self.view.domain = "[('code', '=', 'VIEW2')]"
        self.assertEqual(self.rows(), [])

    def test_what_cannot_be_shown_is_said_and_hinders_no_other_view(self):
        second = self.make_view("beds", "hospital.bed", name="name")
        self.sync()
        for path, value, words in (
            ("age", "display_name", "not stored"),
            ("rows", "child_ids.name", "not stored"),
            ("token", "create_uid.totp_secret", "not s"),
            ("mail", "create_uid.signature", "not shown"),
            ("Bad-Name", "name", "no name for a column"),
        ):
            with self.subTest(value=value), self.env.cr.savepoint() as savepoint:
                with patch.object(type(self.env["hospital.interface.field"]), "_check_source", lambda lines: None):
                    self.add(path, value)
                self.sync()
                self.assertIn(words, self.platform.view_problem)
                self.assertEqual(set(self.marks()), {"beds"})
                with self.assertRaises(UserError):
                    self.platform.action_refresh_views()
                savepoint.rollback()
                self.env.invalidate_all()
        self.view.domain = "[('create_date', '>', context_today())]"
        self.sync()
        self.assertIn("fixed", self.platform.view_problem)
        self.view.domain = "[]"
        second.path = "Beds; DROP SCHEMA public"
        self.sync()
        self.assertIn("no name for a view", self.platform.view_problem)
        self.assertEqual(set(self.marks()), {"departments"})

    def test_a_query_comes_with_an_addon_and_is_bound(self):
        query = "SELECT code, '100%' AS share FROM hospital_department WHERE company_id = {company_id} AND campus_id = {campus_id};"
        with self.assertRaises(AccessError):
            self.view.with_user(self.users["admin"]).view_query = query
        self.view.view_query = query
        self.assertEqual(self.rows(), [{"code": "VIEW1", "share": "100%"}])
        self.view.view_query = "SELECT code FROM hospital_department"
        self.sync()
        self.assertIn("company_id", self.platform.view_problem)
        self.view.view_query = "SELECT nothing FROM hospital_department WHERE company_id = {company_id}"
        self.sync()
        self.assertIn("nothing", self.platform.view_problem)

    def test_the_role_reads_nothing_else(self):
        self.sync()
        for query in (
            "SELECT * FROM public.hospital_patient",
            "SELECT * FROM public.res_users",
            "SELECT public.similarity('a', 'b')",
            "SELECT nextval('public.hospital_message_number')",
            "INSERT INTO hospital_view_reader.departments VALUES ('x', 'x')",
            "UPDATE hospital_view_reader.departments SET name = 'x'",
            "DELETE FROM hospital_view_reader.departments",
            "CREATE TABLE hospital_view_reader.mine (id int)",
            "CREATE TABLE public.mine (id int)",
            "CREATE TEMPORARY TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "SELECT * FROM pg_authid",
            "SELECT pg_read_file('/etc/passwd')",
            "COPY (SELECT 1) TO PROGRAM 'true'",
        ):
            with self.subTest(query=query), self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                self.as_role(query)

    def test_a_filter_of_the_reader_sees_no_hidden_row(self):
        """security_barrier: his own conditions are looked at after ours."""
        self.sync()
        self.env.cr.execute("SELECT reloptions FROM pg_class WHERE oid = 'hospital_view_reader.departments'::regclass")
        self.assertEqual(self.env.cr.fetchone(), (["security_barrier=true"],))
        hidden = (
            "SELECT * FROM hospital_view_reader.departments WHERE 1 / (CASE WHEN code = 'VIEW2' THEN 0 ELSE 1 END) = 1"
        )
        self.assertEqual(len(self.as_role(hidden)), 1)

    def test_they_go_with_the_platform(self):
        self.sync()
        store = ViewStore(self.env.cr)
        role = self.platform.view_role
        self.assertTrue(store.has_role(role))
        self.platform.mode = "disabled"
        self.sync()
        self.assertEqual((store.schemas() & {"hospital_view_reader"}, store.has_role(role)), (set(), False))
        self.platform.mode = "production"
        self.platform.code = "reader_two"
        self.sync()
        self.assertIn("hospital_view_reader_two", store.schemas())
        self.assertFalse(store.has_role(role))
        renamed = self.platform.view_role
        self.view.unlink()
        self.sync()
        self.assertEqual((store.schemas() & {"hospital_view_reader_two"}, store.has_role(renamed)), (set(), False))

    def test_uninstalling_leaves_nothing(self):
        self.sync()
        role = self.platform.view_role
        self.env["hospital.platform"]._drop_views()
        store = ViewStore(self.env.cr)
        self.assertFalse(store.schemas())
        self.assertFalse(store.has_role(role))
        self.env.cr.execute(
            "SELECT has_schema_privilege('public', 'public', 'USAGE'), "
            "has_database_privilege('public', current_database(), 'TEMPORARY')"
        )
        self.assertEqual(self.env.cr.fetchone(), (True, True))

    def test_others_keep_what_they_had(self):
        self.env.cr.execute("CREATE ROLE view_test_other; GRANT SELECT ON hospital_campus TO view_test_other")
        self.sync()
        self.env.cr.execute("SELECT has_schema_privilege('view_test_other', 'public', 'USAGE')")
        self.assertTrue(self.env.cr.fetchone()[0])

    def test_a_view_that_an_upgrade_took_along_comes_back(self):
        self.sync()
        self.add("place", "location")
        self.sync()
        sql.convert_column(self.env.cr, "hospital_department", "location", "text")
        self.assertEqual(self.marks(), {}, "PostgreSQL changes no column that a view shows")
        self.env["hospital.platform"]._register_hook()
        self.assertEqual(len(self.as_role("SELECT * FROM hospital_view_reader.departments")), 1)

    def test_the_copy_of_a_database_lets_nobody_in(self):
        self.sync()
        self.env.cr.execute(
            "CREATE ROLE view_test_first; GRANT USAGE ON SCHEMA hospital_view_reader TO view_test_first"
        )
        self.env["hospital.platform"]._sync_views()
        self.env.cr.execute("SELECT has_schema_privilege('view_test_first', 'hospital_view_reader', 'USAGE')")
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_without_the_right_to_make_roles(self):
        """The views are made; one line for the database administrator makes the role, then everything is there."""
        original = ViewStore._run

        def modest(store, statement, **names):
            if "ROLE" in statement:
                raise psycopg2.errors.InsufficientPrivilege("permission denied to create role")
            return original(store, statement, **names)

        self.platform.mode = "disabled"
        self.sync()
        self.platform.mode = "test"
        with patch.object(ViewStore, "_run", modest):
            self.sync()
            problem = self.platform.view_problem
            self.assertIn(f'CREATE ROLE "{self.platform.view_role}" LOGIN', problem)
            self.assertEqual(set(self.marks()), {"departments"})
            self.env.cr.execute(SQL("CREATE ROLE %s LOGIN", SQL.identifier(self.platform.view_role)))
            self.platform.action_refresh_views()
        self.assertFalse(self.platform.view_problem)
        self.assertEqual(len(self.as_role("SELECT * FROM hospital_view_reader.departments")), 1)

    def test_names(self):
        self.assertEqual(role_name("my-db", "lis")[:20], "hospital_view_my_db_")
        self.assertNotEqual(role_name("my-db", "lis"), role_name("my.db", "lis"))
        self.assertLessEqual(len(role_name("d" * 60, "platform")), 63)
        self.assertNotEqual(role_name("d" * 60, "a"), role_name("d" * 60, "b"))
        self.assertEqual(schema_name("lis"), "hospital_view_lis")

    def test_nothing_is_sent_to_who_only_reads(self):
        with patch.object(
            self.registry["hospital.platform"],
            "_selection_protocol",
            lambda platform: [("hospital.protocol.view", "Views")],
        ):
            self.platform.protocol = "hospital.protocol.view"
        message = self.queue(self.view, key="x")
        self.deliver(self.platform)
        self.assertEqual((message.state, message.error_kind), ("refused", "config"))
