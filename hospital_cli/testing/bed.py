"""The databases a test run works with: cached templates, copies that go away, and the processes that use them."""

import collections
import contextlib
import fcntl
import hashlib
import itertools
import os
import signal
import subprocess
import threading
from pathlib import Path

from .. import database, layout, odoo_process, odoo_source, serve, ui
from ..postgres import identifier, literal
from .outcome import Outcome, essence, read_junit

PREFIX = f"t_{layout.CHECKOUT[:8]}_"
COPY = f"{PREFIX}copy_"


class Bed:
    """Everything it makes is gone when it is left, but for the templates."""

    def __init__(self, server):
        self.server = server
        self.config = layout.HOME / "odoo-test.conf"
        self.stopping = False
        self._numbers = itertools.count(1)
        self._templates = threading.Lock()
        self._builds = collections.defaultdict(threading.Lock)
        self._ports = threading.Lock()
        self._port = serve.FIRST_PORT + serve.PORTS + int(layout.CHECKOUT, 16) % serve.PORTS

    def __enter__(self):
        self._only_one()
        database.write_config(self.server, self.config, log_level="info")
        self._clear()
        return self

    def __exit__(self, *error):
        self._clear()
        self._lock.close()

    def _only_one(self):
        self._lock = open(layout.HOME / "test.lock", "w")  # noqa: SIM115 held as long as the bed
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            ui.fail("Another ./hospital test is running in this checkout.", "wait until it has ended, then try again")

    def _clear(self):
        for name in self.server.databases():
            if name.startswith(COPY):
                database.drop(self.server, name)

    def stop(self):
        """End the programs this run has started; called when a person has had enough."""
        self.stopping = True
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int(status.read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid():
                    os.kill(int(status.parent.name), signal.SIGINT)

    # Databases

    def fingerprint(self, addons, *more):
        """What a template was built from."""
        known = layout.suite_addons()
        wanted = [known[name].digest for name in sorted(addons) if name in known]
        files = (layout.ROOT / "requirements.txt", Path(database.__file__))
        parts = [*wanted, *sorted(addons), *map(str, more), str(odoo_source.site()), str(odoo_source.version())]
        return hashlib.sha256(b"".join(map(Path.read_bytes, files)) + "\0".join(parts).encode()).hexdigest()

    def _comment(self, name):
        return self.server.value(
            f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {literal(name)}"
        )

    def _mark(self, name, comment):
        self.server.query(f"COMMENT ON DATABASE {identifier(name)} IS {literal(comment)}")

    def template(self, kind, addons, **how):
        """The name of a template database with these addons; it is built when it is not there or not the newest.

        `update=True` brings an old one up to date instead, which is faster and less of a proof. `options` are given to
        Odoo when it is built. With `start` it grows from that template.
        """
        with self._builds[kind]:
            return self._template(f"{PREFIX}template_{kind}", kind, addons, **how)

    def _template(self, name, kind, addons, demo=False, update=False, options=(), start=None):
        wanted = self.fingerprint(addons, demo, *options)
        exists = self.server.exists(name)
        if exists and self._comment(name) in (wanted, f"{wanted} updated" if update else wanted):
            return name
        log = f"test-template-{kind}"
        ui.log_file(log).unlink(missing_ok=True)
        if exists and update and set(database.installed(self.server, name)) <= set(addons):
            present = database.installed(self.server, name)
            missing = [addon for addon in addons if addon not in present]
            changed = database.outdated(self.server, name)
            self._mark(name, "being updated")
            arguments = [
                *(["-i", ",".join(missing)] if missing else []),
                *(["-u", ",".join(changed)] if changed else []),
            ]
            if arguments:
                odoo_process.run(self.config, name, *arguments, log=log, message=f"{name} could not be updated.")
                database.remember(self.server, name, [*missing, *changed])
            self._mark(name, f"{wanted} updated")
            return name
        if exists:
            database.drop(self.server, name)
        if start:
            self._grow(start, name, addons, log, options)
        else:
            database.build(self.server, name, addons, demo=demo, config=self.config, log=log, options=options)
        self._mark(name, wanted)
        return name

    def _grow(self, start, name, addons, log, options):
        with self._templates:
            database.copy(self.server, start, name)
        try:
            odoo_process.run(
                self.config, name, "-i", ",".join(addons), *options, log=log, message=f"{name} could not be built."
            )
            database.remember(self.server, name, addons)
        except BaseException:
            database.drop(self.server, name)
            raise

    def with_addon(self, name):
        """A template with one addon and what it depends on, nothing else."""
        return self.template(f"with_{name}", [*layout.below(name), name], start=self.below(name))

    def below(self, name, options=()):
        """A template with what an addon depends on, nothing else: grown from the addon that has all others below it."""
        below = layout.below(name)
        known = layout.suite_addons()
        top = next(
            (one for one in below if one in known and set(below) & set(known) <= {one, *layout.below(one)}), None
        )
        start = self.with_addon(top) if top else None
        if top and set(below) <= {top, *layout.below(top)}:
            return start
        return self.template(f"below_{name}", below, options=options, start=start)

    @contextlib.contextmanager
    def copy(self, template, what):
        """A copy of a template for as long as the `with` lasts."""
        name = f"{COPY}{os.getpid()}_{next(self._numbers)}_{what}"[:60]
        with self._templates:
            database.copy(self.server, template, name)
        try:
            yield name
        finally:
            database.drop(self.server, name)

    # Programs

    def trial_config(self, what):
        """A configuration that also knows the addons that exist only to try the suite with."""
        path = ",".join(map(str, (*layout.TRIAL_ADDONS, layout.ADDONS, *odoo_source.addons_paths())))
        return database.write_config(self.server, layout.HOME / f"odoo-{what}.conf", addons_path=path, log_level="warn")

    def environment(self, name):
        """For tests that look into a database themselves."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(odoo_process.FOREIGN)}
        return {
            **clean,
            **{key: value for key, value in self.server.environment(name).items() if key.startswith("PG")},
            "HOSPITAL_DB": name,
            "LANG": "C.UTF-8",
            "PYTHONNOUSERSITE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def free_port(self):
        with self._ports:
            self._port = serve.first_free(self._port + 1)
            return self._port

    @contextlib.contextmanager
    def served(self, name, *arguments):
        """A server on the database; gives its address."""
        log = f"test-server-{name.removeprefix(COPY).split('_', 2)[-1]}"
        ui.log_file(log).unlink(missing_ok=True)
        options = (f"--db-filter=^{name}$", *arguments)
        with odoo_process.OdooServer(
            self.config, name, self.free_port(), *options, log=log, pass_fds=self.server.pass_fds
        ) as odoo:
            odoo.wait_until_it_answers()
            yield odoo

    def pytest(self, what, *arguments, environment=None, folder=""):
        """Run pytest; gives the outcome, in which a run without a single test is a failure."""
        junit = layout.LOGS / f"test-{what}.xml"
        junit.unlink(missing_ok=True)
        log = ui.log_file(f"test-{what}")
        command = [layout.PYTHON, "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={junit}"]
        command += ["-p", "no:cacheprovider", *arguments]
        with log.open("wb") as stream:
            code = subprocess.run(
                [str(part) for part in command],
                cwd=layout.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
                check=False,
            ).returncode
        output = log.read_text(errors="replace")
        outcome = read_junit(junit, folder) if junit.exists() else None
        if outcome is None or (code not in (0, 1) and not outcome.failed):
            outcome = outcome or Outcome()
            reason = "no test was found" if code == 5 else f"pytest ended with code {code}"
            outcome.fail(what, f"{reason}; see {log}\n{essence(output)}")
        elif not outcome.passed and not outcome.failed:
            outcome.fail(what, f"no test was found; see {log}")
        return outcome
