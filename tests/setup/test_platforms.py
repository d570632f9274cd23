"""S2-8.3: the suite installs on domestic machines: ARM processors (Kunpeng, Phytium) and systems with glibc 2.28."""

import importlib.metadata
import re
import subprocess
import tempfile

import pytest

from hospital_cli import layout, venv

PLATFORMS = (
    "manylinux_2_28_aarch64",
    "manylinux_2_27_aarch64",
    "manylinux_2_26_aarch64",
    "manylinux_2_17_aarch64",
    "manylinux2014_aarch64",
)


def pinned():
    lines = venv.RUNTIME.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_pure(requirement):
    """Installed as the same files on every processor."""
    name = requirement.partition("==")[0]
    wheel = importlib.metadata.distribution(name).read_text("WHEEL")
    return bool(re.search(r"^Tag: \S+-none-any$", wheel, re.MULTILINE))


def test_every_requirement_is_pinned():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in pinned())


@pytest.mark.proves("S2-8.3")
def test_every_requirement_installs_on_arm_with_glibc_2_28():
    compiled = [requirement for requirement in pinned() if not is_pure(requirement)]
    assert compiled
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                layout.PYTHON, "-m", "pip", "install", "--dry-run", "--target", folder, "--no-deps", "--only-binary=:all:",
                "--python-version=3.11", *(f"--platform={platform}" for platform in PLATFORMS), *compiled,
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
