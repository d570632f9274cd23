"""A private PostgreSQL cluster of this checkout.

It listens on a unix socket only, in a folder nobody else may enter, and never runs as root. Every command that uses it
holds a shared lock; whoever lets go last stops it.
"""

import contextlib
import fcntl
import functools
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import layout, ui
from .postgres import Server

ROLE = "odoo"
PORT = "5432"  # names the socket, nothing listens on it
LONGEST_SOCKET = 107
OUTSIDE = Path("/var/lib/hospital-suite")
BINARIES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/pgsql*/bin", "/usr/local/pgsql*/bin")
# A statement that fails, and the values it failed for, may be a patient's: they do not belong into a log.
DISCREET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
DURABLE = {**DISCREET, "jit": "off", "max_connections": "120", "shared_buffers": "'256MB'"}
FAST = {**DURABLE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster(Server):
    user = ROLE
    port = PORT

    def __init__(self, purpose="main"):
        self.purpose = purpose
        self.settings = DURABLE if purpose == "main" else FAST
        self.account = unprivileged_account()
        self._lock = None

    # Where it lies

    @property
    def pointer(self):
        """Says where the cluster lies when that is outside the checkout, and whose it is."""
        return layout.HOME / f"postgresql-{self.purpose}.path"

    @property
    def inside(self):
        return layout.HOME / f"postgresql-{self.purpose}"

    @functools.cached_property
    def home(self):
        """In the checkout, or beside the system's own clusters when the account cannot get into the checkout."""
        if self.pointer.is_file():
            home, checkout = self.pointer.read_text().splitlines()
            moved = not Path(checkout).exists()
            if moved or Path(checkout) == layout.ROOT:
                return self._remember(Path(home))
        if (self.inside / "data").exists() or self._may_enter(layout.HOME):
            return self.inside
        return self._remember(OUTSIDE / f"{layout.CHECKOUT}-{self.purpose}-{secrets.token_hex(4)}")

    def _remember(self, home):
        self.pointer.write_text(f"{home}\n{layout.ROOT}\n")
        return home

    @property
    def data(self):
        return self.home / "data"

    @property
    def log(self):
        return self.home / "postgresql.log"

    @property
    def host(self):
        inside = self.home / "run"
        if len(f"{inside}/.s.PGSQL.{PORT}.lock") <= LONGEST_SOCKET:
            return str(inside)
        return f"/tmp/hospital-{layout.CHECKOUT}-{self.purpose}"

    @property
    def pass_fds(self):
        return (self._lock.fileno(),) if self._lock else ()

    def _may_enter(self, folder):
        enter = ["/bin/sh", "-c", 'test -x "$1"', "sh", folder]
        return not self.account or subprocess.run(enter, **self._as_account(), check=False).returncode == 0

    def _as_account(self):
        """Options that make subprocess run something as the cluster's account."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
        clean["LANG"] = "C.UTF-8"
        if not self.account:
            return {"cwd": "/", "env": clean}
        clean.update(HOME=self.account.pw_dir, USER=self.account.pw_name)
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": [], "cwd": "/", "env": clean}

    # Use

    def ensure(self):
        """Make it when it is missing, start it when it is down, and hold it."""
        layout.HOME.mkdir(exist_ok=True)
        if not self._lock:
            self._lock = (layout.HOME / f"postgresql-{self.purpose}.users").open("a")
        with self._alone():
            fcntl.flock(self._lock, fcntl.LOCK_SH)
            if not (self.data / "PG_VERSION").is_file():
                with ui.step("Creating the private PostgreSQL"):
                    self._create()
            if not self._answers():
                self.start()

    def release(self):
        """Let go of it; the last one to do so stops it."""
        if not self._lock:
            return
        with self._alone():
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.stop()
            self._lock.close()
            self._lock = None

    def start(self):
        self._clear_remains()
        self._folder(Path(self.host))
        self._configure()
        self._pg_ctl("start", "-l", self.log)
        self._let_make_roles()

    def _let_make_roles(self):
        """Platforms read views with roles of their own; a cluster from before that learns it here."""
        command = [self.program("psql"), "-X", "-q", "-c", f"ALTER ROLE {ROLE} CREATEROLE"]
        environment = {**self.environment(), "PGUSER": "postgres"}
        subprocess.run(command, capture_output=True, env=environment, check=False)

    def stop(self):
        if self._postmaster():
            self._pg_ctl("stop", "-m", "fast")

    def program(self, name):
        found = self._binaries() / name
        return str(found) if found.exists() else super().program(name)

    def _answers(self):
        command = [self.program("psql"), "-X", "-q", "-t", "-c", "SELECT 1"]
        return subprocess.run(command, capture_output=True, env=self.environment(), check=False).returncode == 0

    @contextlib.contextmanager
    def _alone(self):
        """No two commands of this checkout start or stop it at once."""
        with (layout.HOME / f"postgresql-{self.purpose}.starting").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # Making it

    def _create(self):
        if self.data.exists():
            shutil.rmtree(self.data)  # a creation that was interrupted
        self._folder(self.home)
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        initdb = ["initdb", "-D", unfinished, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]
        self._pg(*initdb, message="The private PostgreSQL could not be created.")
        self._pg(
            "postgres", "--single", "-D", unfinished, "postgres",
            message="The database user could not be created.", input=f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE\n".encode(),
        )  # fmt: skip
        unfinished.rename(self.data)

    def _configure(self):
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.host}'",
            "unix_socket_permissions": "0700",
            **self.settings,
        }
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        own = self.data / "hospital.conf"
        own.write_text("".join(lines))
        main = self.data / "postgresql.conf"
        include = "include 'hospital.conf'\n"
        if include not in (text := main.read_text()):
            main.write_text(f"{text}\n{include}")
        self._give(own, main)

    def _folder(self, path):
        """A folder that only the cluster's account may enter, and that nobody else has put there."""
        if path.parent == OUTSIDE:
            OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        owner = path.stat().st_uid
        if path.is_symlink() or owner not in (os.geteuid(), self.account.pw_uid if self.account else os.geteuid()):
            ui.fail(f"{path} belongs to somebody else.", f"rm -r {path}")
        self._give(path)
        path.chmod(0o700)

    def _give(self, *paths):
        if self.account:
            for path in paths:
                os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _binaries(self):
        """The newest PostgreSQL, or the one that made the data."""
        marker = self.data / "PG_VERSION"
        major = marker.read_text().strip() if marker.is_file() else None
        found = {}
        for pattern in BINARIES:
            for folder in Path("/").glob(pattern.lstrip("/")):
                if (folder / "initdb").exists() and (number := re.search(r"(\d+)/bin$", str(folder))):
                    found[number[1]] = folder
        if not found and (on_path := shutil.which("initdb")):
            return Path(on_path).resolve().parent
        if not found:
            ui.fail("PostgreSQL is not installed.", "apt-get install -y postgresql")
        if major and major not in found:
            ui.fail(
                f"PostgreSQL {major}, which made the data, is not installed.", f"apt-get install -y postgresql-{major}"
            )
        return found[major or max(found, key=int)]

    def _pg(self, program, *arguments, message, **options):
        command = [self._binaries() / program, *arguments]
        options.update(self._as_account(), start_new_session=True)
        ui.run(command, f"postgresql-{self.purpose}", message, f"tail {self.log}", **options)

    def _pg_ctl(self, action, *arguments):
        message = f"PostgreSQL did not {action}; see {self.log}."
        self._pg("pg_ctl", action, "-D", self.data, "-w", "-t", "60", "-s", *arguments, message=message)

    # After a crash

    def _postmaster(self):
        """The process id of the running server, if it really is ours."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            if self._is_ours(pid):
                return pid
        return None

    def _is_ours(self, pid):
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.data.resolve()
        return False

    def _processes(self):
        """Every process that works in the data folder, as all of PostgreSQL's do."""
        return [pid for folder in Path("/proc").glob("[0-9]*") if self._is_ours(pid := int(folder.name))]

    def _clear_remains(self):
        """After `kill -9` there may be a lock file that names a stranger, and orphans that still hold shared memory."""
        if self._postmaster():
            return
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._processes():
            time.sleep(0.1)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        Path(self.host, f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def unprivileged_account():
    """PostgreSQL refuses to run as root: then it runs as its own account."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return ui.fail("There is no account under which PostgreSQL could run.", "apt-get install -y postgresql")
