"""docs/coverage.md: which test proves which requirement, read from the marks on the tests themselves."""

import ast
import csv
from collections import defaultdict
from dataclasses import dataclass

from .. import layout

REQUIREMENTS = layout.ROOT / "docs" / "requirements.csv"
COVERAGE = layout.ROOT / "docs" / "coverage.md"
COMPLETE = "Production/Stable"
PARTS = ("bench", "browser", "cli", "concurrency", "exchange", "setup")  # the folders of tests/ that a run includes


@dataclass(frozen=True)
class Requirement:
    id: str
    title: str
    addon: str


@dataclass(frozen=True)
class Proof:
    requirement: str
    path: str
    test: str


def requirements():
    with REQUIREMENTS.open(encoding="utf-8", newline="") as stream:
        return [Requirement(**row) for row in csv.DictReader(stream)]


def _marks(node):
    """The requirement ids of @proves("…") and @pytest.mark.proves("…")."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            name = (
                decorator.func.attr if isinstance(decorator.func, ast.Attribute) else getattr(decorator.func, "id", "")
            )
            if name == "proves":
                yield from (argument.value for argument in decorator.args)


def _module_marks(tree):
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "pytestmark" for target in node.targets):
            calls = [call for call in ast.walk(node.value) if isinstance(call, ast.Call)]
            for call in calls:
                if isinstance(call.func, ast.Attribute) and call.func.attr == "proves":
                    yield from (argument.value for argument in call.args)


def _run_as(node, body):
    """A class with tests for others to inherit runs as each of these; any other class as itself."""
    if node.bases or node.name.startswith("Test"):
        return [node.name]
    classes = [other for other in body if isinstance(other, ast.ClassDef)]
    return [other.name for other in classes if any(getattr(base, "id", "") == node.name for base in other.bases)]


def proofs_in(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    where = str(path.relative_to(layout.ROOT))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)

    def visit(body, above, prefix):
        for node in body:
            if isinstance(node, ast.ClassDef):
                for name in _run_as(node, body):
                    yield from visit(node.body, (*above, *_marks(node)), f"{name}.")
            elif isinstance(node, functions) and node.name.startswith("test"):
                for requirement in dict.fromkeys((*above, *_marks(node))):
                    yield Proof(requirement, where, f"{prefix}{node.name}")

    yield from visit(tree.body, tuple(_module_marks(tree)), "")


def proofs():
    folders = [layout.ADDONS / name / "tests" for name in layout.suite_addons()]
    folders += [layout.ROOT / "tests" / part for part in PARTS]
    paths = [path for folder in folders for path in folder.rglob("test_*.py") if not layout.waits(path)]
    return [proof for path in sorted(paths) for proof in proofs_in(path)]


def problems(passed=None):
    """Marks that name no requirement, complete addons with unproven requirements, and proofs that did not pass.

    `passed` holds (path, test) of every test that passed in a whole run.
    """
    known = {requirement.id: requirement for requirement in requirements()}
    found = proofs()
    proven = {proof.requirement for proof in found}
    for proof in found:
        if proof.requirement not in known:
            yield f"{proof.path} {proof.test}: there is no requirement {proof.requirement}"
        elif passed is not None and (proof.path, proof.test) not in passed:
            yield f"{proof.path} {proof.test}: claims {proof.requirement} and did not pass"
    for name, addon in layout.suite_addons().items():
        if addon.manifest.get("development_status") == COMPLETE:
            for requirement in known.values():
                if requirement.addon == name and requirement.id not in proven:
                    yield f"{name} claims to be complete, and no test proves {requirement.id} {requirement.title}"


def _cell(text):
    return text.replace("|", "\\|")


def text():
    tests = defaultdict(list)
    for proof in proofs():
        tests[proof.requirement].append(f"`{proof.path}` {proof.test}")
    addons = defaultdict(list)
    for requirement in requirements():
        addons[requirement.addon or "—"].append(requirement)
    known = [name for name in layout.suite_addons() if name in addons]
    elsewhere = {name: [one for one in addons[name] if tests[one.id]] for name in sorted(addons) if name not in known}
    lines = [
        "# Which test proves which requirement",
        "",
        "Written by `./hospital test` from the marks on the tests (`proves`). Do not edit.",
        "",
        "| addon | requirements | proven |",
        "|---|---|---|",
    ]
    for name in (*known, *elsewhere):
        count = sum(1 for requirement in addons[name] if tests[requirement.id])
        lines.append(f"| {name} | {len(addons[name])} | {count} |")
    for name in (*known, *(name for name, proven in elsewhere.items() if proven)):
        lines += ["", f"## {name}", "", "| requirement | | proven by |", "|---|---|---|"]
        for requirement in addons[name] if name in known else elsewhere[name]:
            by = "<br>".join(sorted(set(tests[requirement.id]))) or "not yet"
            lines.append(f"| {requirement.id} | {_cell(requirement.title)} | {_cell(by)} |")
    return "\n".join(lines) + "\n"


def write():
    COVERAGE.write_text(text(), encoding="utf-8")
