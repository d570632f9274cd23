"""Where everything lies, and which addons the suite has."""

import ast
import configparser
import functools
import hashlib
import os
from pathlib import Path

from . import ui

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".hospital"
VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
ODOO_UNPACKED = HOME / "odoo"
ODOO_SITE = ODOO_UNPACKED / "usr" / "lib" / "python3" / "dist-packages"
ADDONS = ROOT / "addons"
# Addons that exist only to try the suite with; no hospital ever gets them.
TRIAL_ADDONS = (ROOT / "tests" / "bench" / "addons", ROOT / "tests" / "exchange" / "addons")
LOGS = HOME / "logs"
BACKUPS = HOME / "backups"

# Names this checkout apart from every other one on the machine.
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]

# What cannot change a database that was built from the addon.
NOT_IN_DATABASE = {"tests", "static", "readme", "__pycache__"}


@functools.cache
def production():
    """The settings of the production configuration named by HOSPITAL_CONFIG, if any."""
    path = os.environ.get("HOSPITAL_CONFIG")
    if not path:
        return {}
    parser = configparser.RawConfigParser()
    if not parser.read(path) or not parser.has_section("options"):
        ui.fail(f"HOSPITAL_CONFIG={path} cannot be read as a configuration of Odoo.", f"ls -l {path}")
    return dict(parser.items("options"))


def data():
    """Odoo's data folder: filestore and sessions."""
    return Path(production().get("data_dir") or HOME / "data")


class Addon:
    def __init__(self, path):
        self.path = path
        self.name = path.name
        self.manifest = ast.literal_eval((path / "__manifest__.py").read_text(encoding="utf-8"))
        self.version = self.manifest.get("version", "1.0")
        self.depends = self.manifest.get("depends", [])

    def __repr__(self):
        return f"<{self.name} {self.version}>"

    @functools.cached_property
    def digest(self):
        """Changes when anything changes that an update would bring into a database."""
        digest = hashlib.sha256()
        for path in sorted(self.path.rglob("*")):
            inside = path.relative_to(self.path)
            if path.is_file() and not NOT_IN_DATABASE.intersection(inside.parts):
                digest.update(f"{inside}\0".encode())
                digest.update(path.read_bytes())
        return digest.hexdigest()


@functools.cache
def suite_addons():
    """{name: Addon} of every installable addon of the suite, each after those it depends on."""
    found = {path.parent.name: Addon(path.parent) for path in sorted(ADDONS.glob("*/__manifest__.py"))}
    found = {name: addon for name, addon in found.items() if addon.manifest.get("installable", True)}
    ordered = {}

    def place(name, chain=()):
        if name in chain:
            circle = " → ".join((*chain, name))
            ui.fail(
                f"These addons depend on each other in a circle: {circle}.", f"edit {found[name].path}/__manifest__.py"
            )
        for dependency in found[name].depends:
            if dependency in found and dependency not in ordered:
                place(dependency, (*chain, name))
        ordered[name] = found[name]

    for name in found:
        if name not in ordered:
            place(name)
    return ordered


def below(name):
    """Everything an addon of the suite depends on, also through others of the suite, the lowest first."""
    known = suite_addons()
    found = {}
    for dependency in known[name].depends:
        found.update(dict.fromkeys((*(below(dependency) if dependency in known else ()), dependency)))
    return list(found)


def choose_addons(names):
    """The named addons, or all; an unknown name is refused with the list of those there are."""
    known = suite_addons()
    if not names:
        return list(known)
    for name in names:
        if name not in known:
            ui.fail(f"There is no addon {name!r} in {ADDONS}.", f"name some of: {','.join(known)}")
    return [name for name in known if name in names]


def waits(path):
    """Whether a file of tests or benchmarks is named after an addon that is in the tree but not installable yet."""
    names = [f"hospital_{word}" for word in path.stem.split("_")]
    return any((ADDONS / name).is_dir() and name not in suite_addons() for name in names)
