"""A checkout of its own for a test: the real script on a small addon, with Odoo and the packages of this one."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from hospital_cli import layout, odoo_source

HERE = Path(__file__).resolve().parent
SCRIPT = ("hospital", "hospital_cli", "requirements.txt", "requirements-dev.txt")
ADDON = "probe_queue"
ANSWER = re.compile(r"Ready after .*(http://\S+)")
SECONDS = 300
CONTENT = r"""
SELECT format('SELECT %L, md5(string_agg(r::text, '' '' ORDER BY r::text)) FROM %I r', relname, relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public' \gexec
"""


class Checkout:
    def __init__(self, path):
        self.path = path
        path.mkdir(parents=True)
        for name in SCRIPT:
            source = layout.ROOT / name
            if source.is_dir():
                shutil.copytree(source, path / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, path / name)
        self.home = path / ".hospital"
        self.home.mkdir()
        (self.home / "venv").symlink_to(layout.VENV)
        self.use("addons_v1")

    def use(self, addons):
        """Put the addons of one version into the checkout."""
        shutil.rmtree(self.path / "addons", ignore_errors=True)
        shutil.copytree(HERE / addons, self.path / "addons", ignore=shutil.ignore_patterns("__pycache__"))

    def migration(self, code, version="19.0.3.0.0"):
        """Make the addon a still newer version whose migration runs `code`."""
        addon = self.path / "addons" / ADDON
        manifest = addon / "__manifest__.py"
        manifest.write_text(re.sub(r'"version": "[^"]+"', f'"version": "{version}"', manifest.read_text()))
        script = addon / "migrations" / version / "post-migrate.py"
        script.parent.mkdir(parents=True)
        script.write_text(f"def migrate(cr, version):\n    {code}\n")

    def environment(self, **more):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "ODOO_")) and k != "DATABASE_URL"}
        return {**clean, "ODOO_HOME": str(odoo_source.site()), **more}

    def run(self, *arguments, check=True, text_input="", **more):
        done = subprocess.run(
            [self.path / "hospital", *arguments],
            capture_output=True,
            text=True,
            env=self.environment(**more),
            input=text_input,
            timeout=SECONDS,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{arguments} failed:\n{done.stdout}\n{done.stderr}")
        return done

    def sql(self, query, database="hospital"):
        done = self.run("psql", "--db", database, "--", "-At", "-v", "ON_ERROR_STOP=1", "-c", query)
        return done.stdout.strip()

    @contextlib.contextmanager
    def serving(self, *arguments):
        """The suite as a person starts it; at the end Ctrl-C. Yields its address."""
        log = self.path / "serve.out"
        with log.open("w") as stream:
            process = subprocess.Popen(
                [self.path / "hospital", "serve", "--no-demo", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=self.environment(),
                start_new_session=True,
            )
        try:
            yield self._address(process, log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(SECONDS)

    def _address(self, process, log):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if found := ANSWER.search(log.read_text()):
                return found[1]
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"The suite did not start:\n{log.read_text()}")

    @property
    def cluster_home(self):
        pointer = self.home / "postgresql-main.path"
        return Path(pointer.read_text().splitlines()[0]) if pointer.is_file() else self.home / "postgresql-main"

    def postgres_processes(self):
        data = self.cluster_home / "data"
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if working_in(folder, data)]

    def filestore(self, database="hospital"):
        """{file: content} of everything a database keeps outside itself."""
        store = self.home / "data" / "filestore" / database
        return {
            p.relative_to(store): p.read_bytes() for p in store.rglob("*") if p.is_file() and "checklist" not in p.parts
        }

    def content(self, database="hospital"):
        """The whole database as text, to compare with."""
        done = self.run("psql", "--db", database, "--", "-Atv", "ON_ERROR_STOP=1", text_input=CONTENT)
        return sorted(done.stdout.splitlines())


def working_in(process, folder):
    with contextlib.suppress(OSError):
        return (process / "cwd").resolve(strict=True) == folder.resolve()
    return False


def get(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=SECONDS) as answer:
        return answer.status, answer.read().decode()
