"""Real database servers for tests, and a line to them that can be cut at any moment."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pymysql
from odoo.tools import config


def own_server():
    """How Odoo itself reaches its PostgreSQL, as psycopg2 wants it."""
    names = {"host": "db_host", "port": "db_port", "user": "db_user", "password": "db_password"}
    return {name: str(config[option]) for name, option in names.items() if config[option]}


class FarPostgreSQL:
    """A second database on the server of the tests."""

    def __init__(self):
        self.name = f"hospital_far_{os.getpid()}_{time.monotonic_ns()}"
        self.user = self.query("SELECT current_user")[0][0]
        self.query(f"CREATE DATABASE \"{self.name}\" TEMPLATE template0 ENCODING 'UTF8'")

    def query(self, statement, *values, database=None):
        connection = psycopg2.connect(**own_server(), dbname=database or "postgres")
        connection.autocommit = True
        psycopg2.extensions.register_type(psycopg2.extensions.DECIMAL, connection)
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else None

    def run(self, statement, *values):
        return self.query(statement, *values, database=self.name)

    def upstream(self):
        server = own_server()
        host, port = server.get("host") or "/var/run/postgresql", server.get("port") or "5432"
        return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, int(port))

    def address(self, line):
        return f"postgresql://{self.user}@127.0.0.1:{line.port}/{self.name}?sslmode=disable&gssencmode=disable"

    @property
    def password(self):
        return own_server().get("password") or "unused"

    def stop(self):
        self.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            self.name,
        )
        self.query(f'DROP DATABASE IF EXISTS "{self.name}"')


class FarMariaDB:
    """A MariaDB server of its own, in a folder of its own, as a user who owns nothing else."""

    name = "far"
    user = "hospital"
    password = "long enough 密码"

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="hospital-mariadb-"))
        self.folder.chmod(0o755)
        self.socket = self.folder / "far.sock"
        self.options = {"user": self._account()} if os.geteuid() == 0 else {}
        if self.options:
            os.chown(self.folder, pwd.getpwnam(self.options["user"]).pw_uid, -1)
        self.start()
        try:
            self._make_database()
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def _account():
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "mysql" if "mysql" in names else "nobody"

    @staticmethod
    def _program(name):
        found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if not found:
            raise AssertionError(f"{name} is missing. Install MariaDB: apt-get install -y mariadb-server")
        return found

    def _common(self):
        return ["--no-defaults", f"--datadir={self.folder / 'data'}"]

    def start(self):
        if not (self.folder / "data").exists():
            install = [self._program("mariadb-install-db"), *self._common(), "--auth-root-authentication-method=normal"]
            install += ["--skip-test-db", "--skip-name-resolve", f"--tmpdir={self.folder}"]
            done = subprocess.run(install, capture_output=True, text=True, check=False, **self.options)  # noqa: S603 our own words
            if done.returncode:
                raise AssertionError(f"mariadb-install-db: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        self.process = subprocess.Popen(  # noqa: S603 our own words
            [
                self._program("mariadbd"), *self._common(), f"--socket={self.socket}", "--skip-networking",
                f"--tmpdir={self.folder}", f"--pid-file={self.folder / 'pid'}", "--innodb-buffer-pool-size=16M",
                "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin",
                "--performance-schema=off", f"--log-error={self.folder / 'log'}",
            ],
            **self.options,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while True:
            try:
                self._root().close()
            except pymysql.Error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text()[-3000:]) from None
                time.sleep(0.05)
            else:
                return

    def _root(self, database=None):
        return pymysql.connect(unix_socket=str(self.socket), user="root", database=database, autocommit=True)

    def _make_database(self):
        self.query("CREATE DATABASE far CHARACTER SET utf8mb4")
        self.query(f"CREATE USER {self.user}@'%' IDENTIFIED BY '{self.password}'")
        self.query(f"CREATE USER {self.user}@'localhost' IDENTIFIED BY '{self.password}'")
        for host in ("%", "localhost"):
            self.query(f"GRANT SELECT, INSERT, UPDATE, DELETE ON far.* TO {self.user}@'{host}'")

    def query(self, statement, *values, database=None):
        with contextlib.closing(self._root(database)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return [list(row) for row in cursor.fetchall()]

    def run(self, statement, *values):
        return self.query(statement, *values, database=self.name)

    def upstream(self):
        return str(self.socket)

    def address(self, line):
        return f"mysql://{self.user}@127.0.0.1:{line.port}/{self.name}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Line:
    """A port of this machine that passes bytes on to a server, and can be cut.

    `cut("before", b"INSERT", b"COMMIT")`: the next request with COMMIT after one with INSERT never reaches the server.
    "after": the server gets it and answers, and the answer never comes back. "hang": the server gets it, and nothing
    comes back while the line stays open.
    """

    def __init__(self, upstream):
        self.upstream = upstream
        self.words, self.moment = [], None
        self.cuts = 0
        self.lines = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, moment, *words):
        self.words, self.moment = list(words), moment

    def drop(self):
        """Every connection that is open now ends."""
        for pair in self.lines:
            self._end(*pair)
        self.lines.clear()

    def stop(self):
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.drop()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _address = self.server.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    far = self._connect()
                except OSError:
                    near.close()
                    continue
                self.lines.append((near, far))
                quiet = threading.Event()
                threading.Thread(target=self._forth, args=(near, far, quiet), daemon=True).start()
                threading.Thread(target=self._back, args=(near, far, quiet), daemon=True).start()

    def _connect(self):
        if isinstance(self.upstream, tuple):
            return socket.create_connection(self.upstream)
        far = socket.socket(socket.AF_UNIX)
        far.connect(self.upstream)
        return far

    def _forth(self, near, far, quiet):
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                if self._is_awaited(data):
                    moment = self.moment
                    self.cuts += 1
                    if moment == "before":
                        break
                    quiet.set()
                    far.sendall(data)
                    if moment == "after":
                        time.sleep(0.3)  # the server has done it by then
                        break
                    continue
                far.sendall(data)
        self._end(near, far)

    def _is_awaited(self, data):
        if not self.words or self.words[0] not in data:
            return False
        self.words.pop(0)
        return not self.words

    def _back(self, near, far, quiet):
        with contextlib.suppress(OSError):
            while data := far.recv(65536):
                if not quiet.is_set():
                    near.sendall(data)
        if not quiet.is_set():
            self._end(near, far)

    @staticmethod
    def _end(*sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
