"""The Python environment: Odoo on its path, and the pinned packages."""

import hashlib
import os
import shutil
import sys

from . import layout, odoo_source, ui

RUNTIME = layout.ROOT / "requirements.txt"
DEVELOPMENT = layout.ROOT / "requirements-dev.txt"
OPTIONS = ("--no-deps", "--no-input", "--disable-pip-version-check", "--progress-bar", "off")


def ensure(development=False):
    """Build what is missing or no longer what the pinned lists say."""
    lists = [RUNTIME, DEVELOPMENT] if development else [RUNTIME]
    stamps = [layout.VENV / f".{path.stem}" for path in lists]
    wanted = [stamp_of(path) for path in lists]
    if [read(stamp) for stamp in stamps] == wanted:
        return
    if read(layout.VENV / ".python") != interpreter():
        create()
    site_packages().joinpath("odoo_source.pth").write_text(f"{odoo_source.site()}\n")
    with ui.step(f"Installing Python packages of {' and '.join(path.name for path in lists)}"):
        arguments = [argument for path in lists for argument in ("-r", path)]
        ui.run(
            [layout.PYTHON, "-m", "pip", "install", *OPTIONS, *arguments],
            "pip", "pip could not install the packages.", "./hospital serve   (again, once the network is there)",
            env={**os.environ, "PYTHONNOUSERSITE": "1"},
        )  # fmt: skip
    for stamp, value in zip(stamps, wanted, strict=True):
        stamp.write_text(value)


def create():
    with ui.step("Making the Python environment"):
        shutil.rmtree(layout.VENV, ignore_errors=True)
        ui.run(
            [sys.executable, "-m", "venv", layout.VENV],
            "venv",
            "Python could not make a virtual environment.",
            "apt-get install -y python3-venv",
        )
        (layout.VENV / ".python").write_text(interpreter())


def interpreter():
    return f"{sys.version_info.major}.{sys.version_info.minor} {sys.base_prefix}"


def site_packages():
    return layout.VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def stamp_of(path):
    return hashlib.sha256(path.read_bytes() + f"{interpreter()} {odoo_source.site()}".encode()).hexdigest()


def read(path):
    return path.read_text() if path.is_file() else None
