"""Packages of the operating system: what is missing, and the one line that brings it."""

import importlib.util
import os
import platform
import shutil
import subprocess

from . import ui

SERVE = (
    "postgresql",
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "libcairo2",
    "libmagic1",
    "fonts-noto-cjk",
)
# Where libsass has no wheel, Odoo calls this program instead.
SERVE_ELSEWHERE = ("sassc",)
TEST = ("chromium-headless-shell", "poppler-utils", "gettext", "mariadb-server")
INSTEAD = {"chromium-headless-shell": "chromium"}
"""What serves as well, only slower, where a package is not to be had."""

QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def serve_packages(machine=None):
    return SERVE if (machine or platform.machine()) == "x86_64" else SERVE + SERVE_ELSEWHERE


def has_dpkg():
    return bool(shutil.which("dpkg-query") and shutil.which("apt-get"))


def _installed_names(listing):
    names = set()
    for line in listing.splitlines():
        status, _, rest = line.partition(" ")
        if status == "installed":
            names.update(part.strip().split(" ")[0] for piece in rest.split(" ", 1) for part in piece.split(","))
    return names


def missing(packages):
    """Which of the packages are installed neither by name nor by one that provides them."""
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Provides}\n"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return [package for package in packages if package not in _installed_names(listing)]


def python_packages():
    """Debian leaves out of python3 what a virtual environment needs."""
    return () if importlib.util.find_spec("ensurepip") else ("python3-venv",)


def ensure(packages):
    if not has_dpkg():
        return
    wanted = missing((*packages, *python_packages()))
    if not wanted:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(wanted)}"
    if os.geteuid():
        if not missing([INSTEAD.get(package, package) for package in wanted]):
            return
        ui.fail(f"These packages are missing: {' '.join(wanted)}.", f"sudo sh -c 'apt-get update && {line}'")
    with ui.step(f"Installing {' '.join(wanted)}"):
        if _quietly(line):
            return
        _quietly("apt-get update")  # the package lists are missing or out of date
        if _quietly(line):
            return
        others = missing([INSTEAD.get(package, package) for package in wanted])
        if others:
            line = line.replace(" ".join(wanted), " ".join(others))
            message = "apt-get could not install the packages."
            ui.run(line.split(), "apt", message, f"apt-get update && {line}", env={**os.environ, **QUIET})


def _quietly(line):
    done = subprocess.run(line.split(), capture_output=True, env={**os.environ, **QUIET}, check=False)
    return done.returncode == 0
