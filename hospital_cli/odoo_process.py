"""Odoo as a process: one-off commands, scripts in its shell, and a server that is waited for."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import layout, ui

# Odoo takes settings from these before it looks into its configuration file.
FOREIGN = ("PG", "ODOO_", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def environment():
    clean = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    return {**clean, "LANG": "C.UTF-8", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


def command(*arguments):
    return [str(part) for part in (layout.PYTHON, "-m", "odoo", *arguments)]


def run(config, database, *arguments, log="odoo-setup", message="Odoo could not do it.", fix=None):
    """Run Odoo to its end without serving anything; ERROR lines count as failure, whatever its exit code says."""
    path = ui.log_file(log)
    begin = path.stat().st_size if path.exists() else 0
    ui.run(
        command("-c", config, "-d", database, "--no-http", "--stop-after-init", "--max-cron-threads=0", *arguments),
        log, message, fix, env=environment(),
    )  # fmt: skip
    if errors := error_lines(path, begin):
        ui.fail(f"{message} The log {path} says:\n" + "\n".join(errors[-ui.TAIL_LINES :]), fix or f"less {path}")


def error_lines(path, begin=0):
    with path.open("rb") as stream:
        stream.seek(begin)
        text = stream.read().decode(errors="replace")
    return [f"    {line}" for line in text.splitlines() if " ERROR " in line or " CRITICAL " in line]


def script(config, database, code, log="odoo-setup", message="Odoo could not do it."):
    """Run Python with `env` in Odoo's shell; the code commits what it wants kept."""
    ui.run(
        command("shell", "-c", config, "-d", database, "--no-http", "--max-cron-threads=0"),
        log, message, env=environment(), input=code.encode(),
    )  # fmt: skip


def running(pidfile):
    """The process id of the server that wrote the file, if it is still there and of this checkout."""
    try:
        pid = int(pidfile.read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(layout.HOME).encode() in words else None


class OdooServer:
    """A serving Odoo in a session of its own, so that Ctrl-C reaches it only through `stop`."""

    def __init__(self, config, database, port, *arguments, log="odoo", pass_fds=()):
        self.url = f"http://127.0.0.1:{port}"
        self.log = ui.log_file(log)
        self._command = command(
            "-c", config, "-d", database, "--http-interface", "127.0.0.1", "--http-port", port, *arguments
        )
        self._pass_fds = pass_fds
        self.process = None

    def start(self):
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                env=environment(), start_new_session=True, pass_fds=self._pass_fds,
            )  # fmt: skip
        return self

    def wait_until_it_answers(self, seconds=120):
        deadline = time.monotonic() + seconds
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                ui.fail(f"Odoo stopped at once. The end of {self.log}:\n{ui.tail(self.log)}", f"less {self.log}")
            try:
                with opener.open(f"{self.url}/web/login", timeout=seconds):
                    return
            except urllib.error.HTTPError as error:
                ui.fail(f"Odoo answers {error.code}. The end of {self.log}:\n{ui.tail(self.log)}", f"less {self.log}")
            except OSError:
                time.sleep(0.2)
        ui.fail(f"Odoo did not answer within {seconds} seconds.", f"less {self.log}")

    def wait(self):
        return self.process.wait()

    def stop(self, seconds=20):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()
