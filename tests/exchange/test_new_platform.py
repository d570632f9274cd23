"""The addon that docs/new-platform.md makes, made from the page, installed and tested."""

import os
import re
import subprocess
import sys

import pytest

from .conftest import ROOT

PAGE = ROOT / "docs" / "new-platform.md"
FILE = re.compile(r"^```\w+ title=\"(?P<name>[^\"]+)\"\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def untouched(registry):
    return os.environ.get("HOSPITAL_UNTOUCHED_DB") or pytest.exit("HOSPITAL_UNTOUCHED_DB: a database of the suite", 2)


@pytest.mark.proves("S1-3.1")
def test_the_page_makes_an_addon_that_works(untouched, config, tmp_path):
    from odoo.tools import config as odoo_config

    files = {match["name"]: match["text"] for match in FILE.finditer(PAGE.read_text(encoding="utf-8"))}
    assert len(files) >= 10
    for name, text in files.items():
        path = tmp_path / "hospital_bell" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folders = ",".join([*odoo_config["addons_path"], str(tmp_path)])
    command = [sys.executable, "-m", "odoo", "-c", config, "-d", untouched, f"--addons-path={folders}"]
    command += ["-i", "hospital_bell", "--test-tags=/hospital_bell", "--stop-after-init", "--max-cron-threads=0"]
    run = subprocess.run(
        [*command, "--no-http", "--log-level=info"], capture_output=True, text=True, cwd=ROOT, check=False, timeout=300
    )
    log = run.stderr + run.stdout
    wrong = [line for line in log.splitlines() if re.search(r" (ERROR|CRITICAL) ", line)]
    assert not wrong, log[-6000:]
    assert run.returncode == 0, log[-6000:]
    assert re.search(r"hospital_bell: [1-9]\d* tests", log), log[-3000:]
