"""S2-8.3: the suite installs on domestic machines: ARM processors (Kunpeng, Phytium) and systems with glibc 2.28."""

import importlib.metadata
import re
import subprocess
import tempfile

import pytest
from packaging.requirements import Requirement

from hospital_cli import layout, system, venv

PLATFORMS = (
    "manylinux_2_28_aarch64",
    "manylinux_2_27_aarch64",
    "manylinux_2_26_aarch64",
    "manylinux_2_17_aarch64",
    "manylinux2014_aarch64",
)


def pinned():
    lines = venv.RUNTIME.read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def needed_on(machine):
    return [r for r in pinned() if not r.marker or r.marker.evaluate({"platform_machine": machine})]


def is_pure(requirement):
    """Installed as the same files on every processor."""
    wheel = importlib.metadata.distribution(requirement.name).read_text("WHEEL")
    return bool(re.search(r"^Tag: \S+-none-any$", wheel, re.MULTILINE))


def test_every_requirement_is_pinned():
    assert all(re.fullmatch(r"==[a-z0-9.]+", str(requirement.specifier)) for requirement in pinned())


@pytest.mark.proves("S2-8.3")
def test_every_requirement_installs_on_arm_with_glibc_2_28():
    compiled = [f"{r.name}{r.specifier}" for r in needed_on("aarch64") if not is_pure(r)]
    assert compiled
    with tempfile.TemporaryDirectory() as folder:
        pip_install = [layout.PYTHON, "-m", "pip", "install", "--dry-run", "--target", folder, "--no-deps"]
        platform = ["--only-binary=:all:", "--python-version=3.11", *(f"--platform={name}" for name in PLATFORMS)]
        done = subprocess.run([*pip_install, *platform, *compiled], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.proves("S2-8.3")
def test_what_has_no_wheel_for_arm_comes_from_the_system():
    """Odoo compiles its styles with libsass, or with the program sassc where that is missing."""
    left_out = {r.name for r in pinned()} - {r.name for r in needed_on("aarch64")}
    assert left_out == {"libsass"}
    assert "sassc" in system.serve_packages("aarch64")
    assert "sassc" not in system.serve_packages("x86_64")
