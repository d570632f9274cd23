"""What a part of the test run found: counts, and the essence of what failed."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

ESSENCE_LINES = 12


@dataclass
class Outcome:
    passed: int = 0
    failures: list = field(default_factory=list)  # (test, essence)
    proofs: set = field(default_factory=set)  # (path, test) of tests that passed
    seconds: float = 0.0
    broken: bool = False  # what builds on it need not start

    @property
    def failed(self):
        return len(self.failures)

    def fail(self, test, essence):
        self.failures.append((test, essence))

    def check(self, test, problems):
        """One test that passes when there are no problems."""
        problems = list(problems)
        if problems:
            self.fail(test, "\n".join(problems))
        else:
            self.passed += 1

    def add(self, other):
        self.passed += other.passed
        self.failures += other.failures
        self.proofs |= other.proofs


def essence(text, lines=ESSENCE_LINES):
    """The end of a traceback, where it says what went wrong."""
    kept = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(kept[-lines:])


def read_junit(path, folder=""):
    """Outcome of a pytest run from its junit file; a test that did not run counts as failed."""
    outcome = Outcome()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        file = f"{folder}{case.get('file') or ''}"
        names = [part for part in case.get("classname", "").split(".") if part[:1].isupper()]
        test = ".".join((*names, case.get("name", "")))
        trouble = [child for child in case if child.tag in ("failure", "error", "skipped")]
        if not trouble:
            outcome.passed += 1
            outcome.proofs.add((file, re.sub(r"\[.*", "", test)))
        for child in trouble[:1]:
            words = f"did not run: {child.get('message')}" if child.tag == "skipped" else essence(child.text or "")
            outcome.fail(f"{file}::{test}", words or child.get("message", ""))
    return outcome
