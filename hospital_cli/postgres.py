"""PostgreSQL: a private cluster of this checkout, or the server named by HOSPITAL_CONFIG, DATABASE_URL or PGHOST."""

import os
import re
import shutil
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

from . import layout, ui

FORBIDDEN = "postgres"  # Odoo refuses to connect as this user


def choose(purpose="main"):
    """The server this command works with. `purpose="test"` is a second, faster cluster that may lose data."""
    if layout.production():
        return ExistingServer.from_settings(layout.production())
    if os.environ.get("DATABASE_URL"):
        return ExistingServer.from_url(os.environ["DATABASE_URL"])
    if os.environ.get("PGHOST"):
        return ExistingServer.from_environment()
    from .cluster import Cluster

    return Cluster(purpose)


class Server:
    """What every PostgreSQL offers the other modules; use it in a `with`."""

    host = port = user = password = ""
    pass_fds = ()  # open files that keep the server up for as long as a child process has them

    def __enter__(self):
        self.ensure()
        return self

    def __exit__(self, *error):
        self.release()

    def ensure(self):
        raise NotImplementedError

    def release(self):
        """Nothing to let go of."""

    def environment(self, database="postgres"):
        """For psql, pg_dump and their like."""
        settings = {
            "PGHOST": self.host,
            "PGPORT": self.port,
            "PGUSER": self.user,
            "PGPASSWORD": self.password,
            "PGDATABASE": database,
        }
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return {**clean, **{key: value for key, value in settings.items() if value}, "PGCLIENTENCODING": "UTF8"}

    def odoo_options(self):
        """For Odoo's configuration file."""
        settings = {"db_host": self.host, "db_port": self.port, "db_user": self.user, "db_password": self.password}
        return {key: value for key, value in settings.items() if value}

    def program(self, name):
        found = shutil.which(name)
        return found or ui.fail(f"PostgreSQL's {name} is not installed.", "apt-get install -y postgresql-client")

    def query(self, sql, database="postgres", separator="\t"):
        """Rows of text columns."""
        command = [self.program("psql"), "-X", "-q", "-A", "-t", "-F", separator, "-v", "ON_ERROR_STOP=1", "-c", sql]
        answer = subprocess.run(command, capture_output=True, text=True, env=self.environment(database), check=False)
        if answer.returncode:
            ui.fail(f"PostgreSQL refused: {answer.stderr.strip()}", "./hospital psql")
        return [line.split(separator) for line in answer.stdout.splitlines()]

    def value(self, sql, database="postgres"):
        rows = self.query(sql, database, separator="\x1f")
        return rows[0][0] if rows else None

    def exists(self, name):
        return bool(self.query(f"SELECT 1 FROM pg_database WHERE datname = {literal(name)}"))

    def databases(self):
        return [
            row[0]
            for row in self.query("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
        ]

    def connections(self, name):
        return int(
            self.value(
                f"SELECT count(*) FROM pg_stat_activity WHERE datname = {literal(name)} AND pid <> pg_backend_pid()"
            )
        )

    def createdb(self, name, template=None):
        if template:
            self.query(f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(template)}")
        else:
            self.query(f"CREATE DATABASE {identifier(name)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'")

    def dropdb(self, name):
        """Our own connections to it are cut. Not `WITH (FORCE)`: that is refused while autovacuum is at work in it."""
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = {literal(name)} AND usename = current_user AND pid <> pg_backend_pid()"
        )
        self.query(f"DROP DATABASE IF EXISTS {identifier(name)}")

    def renamedb(self, name, new_name):
        self.query(f"ALTER DATABASE {identifier(name)} RENAME TO {identifier(new_name)}")


class ExistingServer(Server):
    def __init__(self, host, port, user, password, database=""):
        self.host, self.port, self.user, self.password, self.database = host, port, user, password, database

    @classmethod
    def from_url(cls, url):
        parts = urlsplit(url)
        if parts.scheme not in ("postgres", "postgresql"):
            ui.fail(
                "DATABASE_URL must begin with postgresql://.",
                "DATABASE_URL=postgresql://user:password@host:5432/hospital ./hospital serve",
            )
        query = parse_qs(parts.query)
        host = unquote(parts.hostname or "") or query.get("host", [""])[0]
        return cls(
            host,
            str(parts.port or ""),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            parts.path.lstrip("/"),
        )

    @classmethod
    def from_settings(cls, settings):
        return cls(*(settings.get(name, "") for name in ("db_host", "db_port", "db_user", "db_password", "db_name")))

    @classmethod
    def from_environment(cls):
        return cls(*(os.environ.get(name, "") for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")))

    def ensure(self):
        if self.user == FORBIDDEN:
            ui.fail(
                "Odoo refuses to work as the database user postgres.",
                "createuser --createdb odoo   (and name that user)",
            )
        command = [self.program("psql"), "-X", "-c", "SELECT 1"]
        answer = subprocess.run(command, capture_output=True, text=True, env=self.environment(), check=False)
        if answer.returncode:
            ui.fail(
                f"The PostgreSQL at {self.host or 'this machine'} does not answer: {answer.stderr.strip()}",
                "unset HOSPITAL_CONFIG DATABASE_URL PGHOST   (to use a private one)",
            )


def literal(text):
    escaped = str(text).replace("'", "''")
    return f"'{escaped}'"


def identifier(name):
    """A database name, quoted; one that could not be a folder name of the filestore is refused."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}", name):
        ui.fail(
            f"{name!r} cannot be the name of a database: use letters, digits and _ . - only.",
            "./hospital serve --db hospital",
        )
    return f'"{name}"'
