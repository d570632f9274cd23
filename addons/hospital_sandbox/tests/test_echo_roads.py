import shutil
from urllib.parse import parse_qsl, urlsplit

import psycopg2
from odoo.sql_db import connection_info_for
from odoo.tests import tagged

from ..tools.far import Asked
from .sandbox_common import SandboxCase


@tagged("post_install", "-at_install")
class TestEchoRoads(SandboxCase):
    """Echo beside the calls: its tables and its view."""

    def query(self, statement, *values):
        """As somebody outside sees what is committed."""
        _dbname, info = connection_info_for(self.env.cr.dbname)
        connection = psycopg2.connect(**info)
        connection.autocommit = True
        self.addCleanup(connection.close)
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    def test_table_of_the_other_side_is_made_from_the_field_lines(self):
        platform = self.env.ref("hospital_sandbox.platform_echo_table")
        platform.mode = "sandbox"
        self.addCleanup(self.query, "DROP SCHEMA IF EXISTS hospital_sandbox_echo_table CASCADE")
        interface = self.env.ref("hospital_sandbox.interface_echo_table")
        note = self.env["hospital.echo.note"].create({"text": "into a table"})
        for text in ("into a table", "and again"):
            note.text = text
            message = interface._queue(note)
            self.deliver(platform)
            self.assertEqual(message.state, "done", message.error_detail)
        rows = self.query("SELECT text FROM hospital_sandbox_echo_table.notes WHERE id = %s", note.name)
        self.assertEqual(rows, [("and again",)])
        reply = self.env.ref("hospital_sandbox.interface_echo_table_read")._call(note)
        self.assertEqual(reply["rows"][0]["text"], "and again")

    def test_sandbox_tables_stay_in_their_schema(self):
        platform = self.env.ref("hospital_sandbox.platform_echo_table")
        platform.mode = "sandbox"
        self.addCleanup(self.query, "DROP SCHEMA IF EXISTS hospital_sandbox_echo_table CASCADE")
        interface = self.env["hospital.interface"].create(
            {
                "platform_id": platform.id,
                "code": "sneaky",
                "name": "Sneaky",
                "direction": "table",
                "effect": "read",
                "path": "public.res_users",
            }
        )
        message = interface._queue(payload={"login": "admin"}, key="x")
        self.deliver(platform)
        self.assertIn(message.error_kind, ("config", "business"))

    def test_view_shows_the_lines(self):
        interface = self.env.ref("hospital_sandbox.interface_echo_view")
        note = self.env["hospital.echo.note"].create({"text": "to be looked at"})
        self.env.flush_all()
        rows = self.env.execute_query(interface._view_sql())
        self.assertIn((note.name, "to be looked at", note.campus_id.code or None), rows)

    def test_link_leads_to_a_page_that_knows_who_comes(self):
        echo = self.env.ref("hospital_sandbox.platform_echo")
        echo.mode = "sandbox"
        self.env["hospital.sandbox"]._make_keys(echo)
        note = self.env["hospital.echo.note"].create({"text": "to be looked at"})
        url = urlsplit(note.action_open_there()["url"])
        query = dict(parse_qsl(url.query))
        visit = Asked("GET", "page", f"{url.path}?{url.query}", {}, query=query)
        told = self.env["hospital.sandbox"]._serve("echo", visit)
        self.assertEqual(told.status, 200)
        self.assertIn(note.name, told.body.decode())
        self.assertIn(self.env.user.login, told.body.decode())
        forged = Asked("GET", "page", visit.target, {}, query={**query, "ticket": query["ticket"][:-4] + "AAAA"})
        self.assertEqual(self.env["hospital.sandbox"]._serve("echo", forged).status, 403)

    def test_file_lies_in_a_folder_of_our_own(self):
        platform = self.env.ref("hospital_sandbox.platform_echo_file")
        platform.mode = "sandbox"
        folder = self.env["hospital.protocol.file"]._sandbox_folder(platform)
        self.addCleanup(shutil.rmtree, folder)
        note = self.env["hospital.echo.note"].create({"text": "into a file"})
        message = self.env.ref("hospital_sandbox.interface_echo_file")._queue(note)
        self.deliver(platform)
        self.assertEqual(message.state, "done", message.error_detail)
        self.assertIn("into a file", (folder / "out" / f"{note.name}.csv").read_text(encoding="utf-8"))
