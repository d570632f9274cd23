"""Views of ours for others: their schemas and their roles in PostgreSQL."""

import contextlib
import hashlib
from dataclasses import dataclass, field

import psycopg2.extensions
from odoo.tools import SQL
from psycopg2.errors import DependentObjectsStillExist, InsufficientPrivilege

PREFIX = "hospital_view_"
LONGEST = 63
LOCK = 0x68_76_69_65  # "hvie"


@dataclass
class Wanted:
    """What one platform is to read."""

    schema: str
    role: str
    password: str = ""
    connections: int = 5
    seconds: int = 60
    views: dict = field(default_factory=dict)
    """name → the query as `SQL`"""


def shorten(name):
    """A name as PostgreSQL keeps it; two long ones stay two."""
    if len(name.encode()) <= LONGEST:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name.encode()[: LONGEST - 9].decode(errors='ignore')}_{mark}"


def schema_name(code):
    return shorten(f"{PREFIX}{code}")


def role_name(database, code):
    """Roles are shared by all databases of a cluster, so the name says which database it is for."""
    plain = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in database)
    if plain != database:
        plain = f"{plain}_{hashlib.sha256(database.encode()).hexdigest()[:6]}"
    return shorten(f"{PREFIX}{plain}_{code}")


def create_line(role, connections):
    """What a database administrator runs where we may not make roles."""
    return f"CREATE ROLE \"{role}\" LOGIN NOINHERIT CONNECTION LIMIT {connections} PASSWORD '…';"


class ViewStore:
    def __init__(self, cr):
        self.cr = cr

    def _run(self, statement, **names):
        self.cr.execute(SQL(statement, **{name: self._part(value) for name, value in names.items()}))

    @staticmethod
    def _part(value):
        return value if isinstance(value, (SQL, int)) else SQL.identifier(value)

    def _rows(self, query, *values):
        self.cr.execute(SQL(query, *values))
        return self.cr.fetchall()

    def lock(self):
        """One at a time: PostgreSQL refuses two that change the rights of a role at once."""
        self._rows("SELECT pg_advisory_xact_lock(%s)", LOCK)

    # === WHAT IS THERE ===

    def schemas(self):
        """The names of all our schemas in this database."""
        rows = self._rows("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", PREFIX)
        return {row[0] for row in rows}

    def marks(self, schema):
        """{view: mark of its definition}"""
        return dict(
            self._rows(
                "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class "
                "WHERE relkind = 'v' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)",
                schema,
            )
        )

    def has_role(self, role):
        return bool(self._rows("SELECT FROM pg_roles WHERE rolname = %s", role))

    def _readers(self, schema):
        """Roles that were let into the schema, other than its owner."""
        rows = self._rows(
            "SELECT DISTINCT pg_get_userbyid(acl.grantee) FROM pg_namespace, aclexplode(nspacl) acl "
            "WHERE nspname = %s AND acl.grantee <> nspowner",
            schema,
        )
        return {row[0] for row in rows}

    # === MAKE AND DROP ===

    def make(self, wanted):
        """Schema, views, role and rights as wanted; gives False when there is no such role and we may not make it."""
        if self._readers(wanted.schema) - {wanted.role}:  # the copy of a database brings the readers of the first along
            self.drop_schema(wanted.schema)
        self._run("CREATE SCHEMA IF NOT EXISTS %(schema)s", schema=wanted.schema)
        self._make_views(wanted)
        is_there = self._make_role(wanted)
        if is_there:
            self._grant(wanted)
        return is_there

    def _make_views(self, wanted):
        marks = self.marks(wanted.schema)
        for name, mark in marks.items():
            if name not in wanted.views or mark != self.mark(wanted.views[name]):
                self._run("DROP VIEW %(view)s CASCADE", view=SQL.identifier(wanted.schema, name))
        for name, query in wanted.views.items():
            mark = self.mark(query)
            if marks.get(name) == mark:
                continue
            view = SQL.identifier(wanted.schema, name)
            self._run("CREATE VIEW %(view)s WITH (security_barrier) AS %(definition)s", view=view, definition=query)
            self._run("COMMENT ON VIEW %(view)s IS %(mark)s", view=view, mark=SQL("%s", mark))

    def mark(self, query):
        return hashlib.sha256(self.cr.mogrify(query)).hexdigest()

    def _make_role(self, wanted):
        try:
            with self.cr.savepoint(flush=False):
                if not self.has_role(wanted.role):
                    self._run("CREATE ROLE %(role)s", role=wanted.role)
        except InsufficientPrivilege:
            return False
        with contextlib.suppress(InsufficientPrivilege):  # a database administrator has made it and set it up as well
            with self.cr.savepoint(flush=False):
                self._set_role(wanted)
        return True

    def _set_role(self, wanted):
        login = SQL("NOLOGIN")
        if wanted.password:
            # hashed here, so that no log of the server has it
            hashed = psycopg2.extensions.encrypt_password(
                wanted.password, wanted.role, scope=self.cr._cnx, algorithm="scram-sha-256"
            )
            login = SQL("LOGIN PASSWORD %s", hashed)
        self._run(
            "ALTER ROLE %(role)s NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT %(connections)s %(login)s",
            role=wanted.role,
            connections=wanted.connections,
            login=login,
        )
        for name, value in (
            ("search_path", wanted.schema),
            ("default_transaction_read_only", "on"),
            ("statement_timeout", f"{wanted.seconds}s"),
            ("idle_in_transaction_session_timeout", f"{wanted.seconds}s"),
        ):
            self._run(
                "ALTER ROLE %(role)s IN DATABASE %(database)s SET %(name)s = %(value)s",
                role=wanted.role,
                database=self.cr.dbname,
                name=SQL(name),
                value=SQL("%s", value),
            )

    def _grant(self, wanted):
        schema, role = wanted.schema, wanted.role
        self._run("REVOKE ALL ON ALL TABLES IN SCHEMA %(schema)s FROM %(role)s", schema=schema, role=role)
        self._run("GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=schema, role=role)
        for name in wanted.views:
            self._run("GRANT SELECT ON %(view)s TO %(role)s", view=SQL.identifier(schema, name), role=role)

    def drop_schema(self, schema):
        self._run("DROP SCHEMA IF EXISTS %(schema)s CASCADE", schema=schema)

    def drop_role(self, role):
        """A role that a database administrator has made stays, without any right of ours."""
        if not self.has_role(role):
            return
        with contextlib.suppress(InsufficientPrivilege):  # its sessions see nothing any more
            with self.cr.savepoint(flush=False):
                self._run("GRANT %(role)s TO CURRENT_USER", role=role)  # only its own kind may end its sessions
                self._rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", role)
        with contextlib.suppress(InsufficientPrivilege, DependentObjectsStillExist):
            with self.cr.savepoint(flush=False):
                self._run("DROP ROLE %(role)s", role=role)

    # === WHAT EVERYBODY MAY ===

    def close_public(self):
        """Take from PUBLIC what PostgreSQL gives to every role; gives what was taken.

        Roles that were given something in the schema public by name keep what they had.
        """
        taken = []
        if not self._owns_public():
            return taken
        named = self._named_roles()
        if self._public_may("has_schema_privilege", "public", "USAGE"):
            for role in named:
                self._run("GRANT USAGE ON SCHEMA public TO %(role)s", role=role)
            self._run("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
            taken.append("usage")
        if self._public_may("has_database_privilege", self.cr.dbname, "TEMPORARY"):
            for role in named:
                self._run("GRANT TEMPORARY ON DATABASE %(database)s TO %(role)s", database=self.cr.dbname, role=role)
            self._run("REVOKE TEMPORARY ON DATABASE %(database)s FROM PUBLIC", database=self.cr.dbname)
            taken.append("temporary")
        return taken

    def open_public(self, taken):
        """Give back what was taken."""
        if "usage" in taken:
            self._run("GRANT USAGE ON SCHEMA public TO PUBLIC")
        if "temporary" in taken:
            self._run("GRANT TEMPORARY ON DATABASE %(database)s TO PUBLIC", database=self.cr.dbname)

    def _owns_public(self):
        [[owns]] = self._rows(
            "SELECT pg_has_role(datdba, 'USAGE') AND "
            "(SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public') "
            "FROM pg_database WHERE datname = current_database()"
        )
        return owns

    def _public_may(self, function, name, privilege):
        [[may]] = self._rows("SELECT %s('public', %s, %s)", SQL(function), name, privilege)
        return may

    def _named_roles(self):
        rows = self._rows(
            "SELECT DISTINCT pg_get_userbyid(acl.grantee) FROM pg_class, aclexplode(relacl) acl "
            "WHERE relnamespace = 'public'::regnamespace AND acl.grantee NOT IN (0, relowner)"
        )
        return sorted(row[0] for row in rows)
