"""What a person sees: steps with the time they took, and failures with the line that mends them."""

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path

from . import layout

TAIL_LINES = 15


class CliError(Exception):
    """Something a person can mend; `fix` is the one line that does."""

    def __init__(self, message, fix):
        super().__init__(message)
        self.message = message
        self.fix = fix

    def show(self):
        print(f"\n{self.message}", file=sys.stderr)
        print(f"Mend it with:  {self.fix}", file=sys.stderr, flush=True)


def fail(message, fix):
    raise CliError(message, fix)


def prepare_output():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")


@contextlib.contextmanager
def step(text):
    """Say what is being done, count the seconds where a person watches, and say how long it took."""
    started = time.monotonic()
    watched = sys.stdout.isatty()
    ended = threading.Event()

    def tick():
        while not ended.wait(1):
            print(f"\r  … {text} {time.monotonic() - started:.0f} s", end="", flush=True)

    if watched:
        print(f"  … {text}", end="", flush=True)
        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
    outcome = "failed after"
    try:
        yield
        outcome = ""
    finally:
        ended.set()
        if watched:
            ticker.join()
            print("\r\033[K", end="")
        words = [" ", text, outcome, f"{time.monotonic() - started:.1f} s"]
        print(" ".join(word for word in words if word), flush=True)


def log_file(name):
    layout.LOGS.mkdir(parents=True, exist_ok=True)
    return layout.LOGS / f"{name}.log"


def tail(path, lines=TAIL_LINES):
    if not path.is_file():
        return ""
    return tail_since(path, max(0, path.stat().st_size - 16384), lines)


def run(command, log, message=None, fix=None, **options):
    """Run `command` with all its output in the log file `log`; on failure show the end of it."""
    path = log_file(log)
    shown = " ".join(str(part) for part in command)
    with path.open("ab") as stream:
        stream.write(f"\n$ {shown}\n".encode())
        stream.flush()
        begin = stream.tell()
        try:
            if "input" not in options:
                options.setdefault("stdin", subprocess.DEVNULL)
            result = subprocess.run(
                [str(part) for part in command], stdout=stream, stderr=subprocess.STDOUT, check=False, **options
            )
        except FileNotFoundError:
            fail(f"{command[0]} is not installed.", fix or "./hospital serve")
    if result.returncode:
        fail(
            f"{message or Path(command[0]).name + ' failed.'} The end of {path}:\n{tail_since(path, begin)}",
            fix or f"less {path}",
        )
    return result


def tail_since(path, begin, lines=TAIL_LINES):
    with path.open("rb") as stream:
        stream.seek(begin)
        text = stream.read().decode(errors="replace")
    telling = [line for line in text.splitlines() if " INFO " not in line]  # Odoo goes on talking after a failure
    return "\n".join(f"    {line}" for line in telling[-lines:])


def ask(question):
    """True only for a spoken yes; without a person at the keyboard the answer is no."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
