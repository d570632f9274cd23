"""The long form of what the tests show in short."""

import os
import subprocess
import sys

from .conftest import ROOT

TEST = "tests/exchange/test_sandbox.py::test_sandbox_loses_requests_and_answers_and_processes_are_killed"


def exactly_once(config, database, size=10_000):
    """`size` messages that must happen once, on three platforms of the sandbox, 2 % lost before and 2 % after the work,
    a process killed five times. Raises AssertionError unless each was done exactly once; gives what the run said."""
    environment = {
        **os.environ,
        "HOSPITAL_CONFIG": str(config),
        "HOSPITAL_DB": database,
        "HOSPITAL_EXCHANGE_MESSAGES": str(size),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-s", TEST]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise AssertionError(run.stdout[-5000:] + run.stderr[-2000:])
    return run.stdout
