"""Check the code: ruff, pylint-odoo, and the rules of this project that no tool knows."""

import ast
import csv
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter

from . import layout, ui

LONGEST = 500
CODE = {".py", ".js", ".xml", ".scss", ".css"}
TEXT = CODE | {".md", ".txt", ".toml", ".cfg", ".ini", ".conf", ".csv", ".yaml", ".yml", ".sh", ".json", ""}
GROWING = {"data", "demo", "i18n"}

# A letter in brackets here and there, so that this file keeps its own rules.
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
SKIPPED = re.compile(r"(unittest|pytest)\.(mark\.)?([s]kip|[x]fail)\w*|\.[s]kipTest\(|^\s*@[s]kip\b", re.MULTILINE)
OUTSIDE = re.compile(r"\.\./[s]hared\b|(?<![\w.])/[w]ork/")
REGISTRY = re.compile(
    r"\b((files\.)?[p]ypi\.org|files\.[p]ythonhosted\.org|(deb|security|snapshot|ftp)\.[d]ebian\.org"
    r"|registry\.[n]pmjs\.org|registry\.[y]arnpkg\.com|[g]hcr\.io|[d]ocker\.io|[q]uay\.io"
    r"|mirrors?\.[a-z0-9-]+\.[a-z]{2,}(\.[a-z]{2,})?)\b"
)

ID_PREFIXES = {
    "ir.ui.view": ("view_",),
    "ir.ui.menu": ("menu_",),
    "ir.rule": ("rule_",),
    "ir.cron": ("ir_cron_",),
    "res.groups": ("group_",),
    "res.groups.privilege": ("privilege_",),
    "ir.actions.act_window": ("action_",),
    "ir.actions.client": ("action_",),
    "ir.actions.server": ("action_",),
    "ir.actions.report": ("action_report_", "report_"),
}


def project_files():
    """Files git keeps or would keep; without git, everything but what the script makes."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=layout.ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        paths = [
            path for path in layout.ROOT.rglob("*") if layout.HOME not in path.parents and ".git" not in path.parts
        ]
    else:
        paths = [layout.ROOT / name for name in listed.stdout.split("\0") if name]
    return sorted(path for path in paths if path.is_file())


def text_files():
    return [(path, path.read_text(encoding="utf-8")) for path in project_files() if path.suffix in TEXT]


def show(path):
    return str(path.relative_to(layout.ROOT))


def tool(*command):
    """The lines a linter prints when it is not content."""
    result = subprocess.run(command, cwd=layout.ROOT, capture_output=True, text=True)
    if result.returncode:
        yield from (result.stdout + result.stderr).strip().splitlines()


def check_ruff():
    """ruff"""
    yield from tool(layout.VENV / "bin" / "ruff", "check", "--output-format", "concise", "--no-cache", "--quiet")


def check_format():
    """ruff format"""
    yield from tool(layout.VENV / "bin" / "ruff", "format", "--check", "--no-cache", "--quiet")


def check_pylint():
    """pylint-odoo"""
    paths = [addon.path for addon in layout.suite_addons().values()]
    if paths:
        yield from tool(layout.VENV / "bin" / "pylint", "--rcfile", layout.ROOT / "pyproject.toml", *paths)


def check_words():
    """nothing unfinished, skipped or from outside"""
    rules = (
        (UNFINISHED, "a note of unfinished work"),
        (SKIPPED, "a test that does not run"),
        (OUTSIDE, "a place outside the project"),
        (REGISTRY, "a registry's host"),
    )
    for path, text in text_files():
        for pattern, what in rules:
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{show(path)}:{line}: {what}: {found[0].strip()}"


def check_length():
    """no file of code over 500 lines"""
    for path, text in text_files():
        lines = text.count("\n")
        if path.suffix in CODE and lines >= LONGEST and not GROWING.intersection(path.parts):
            yield f"{show(path)}: {lines} lines: split it"


def check_shell():
    """shell scripts parse"""
    for path, text in text_files():
        if text.startswith("#!") and re.search(r"\b(ba)?sh\b", text.splitlines()[0]):
            shell = "bash" if "bash" in text.splitlines()[0] else "sh"
            yield from tool(shell, "-n", path)


def _records(root):
    """(id, model) of everything in a data file that gets an XML id."""
    for node in root.iter():
        name = node.get("id")
        if not name:
            continue
        if node.tag == "record":
            yield name, node.get("model")
        elif node.tag == "menuitem":
            yield name, "ir.ui.menu"
        elif node.tag == "template":
            yield name, "template"


def _data_files(addon):
    return [path for key in ("data", "demo") for path in addon.manifest.get(key, [])]


def check_xml():
    """XML is well-formed, ids are unique and say what they are"""
    for path in project_files():
        if path.suffix != ".xml":
            continue
        try:
            ElementTree.parse(path)
        except ElementTree.ParseError as error:
            yield f"{show(path)}: {error}"
    for addon in layout.suite_addons().values():
        seen = Counter()
        for name in _data_files(addon):
            if name.endswith(".xml") and (addon.path / name).exists():
                yield from _check_ids(addon, name, seen)


def _check_ids(addon, name, seen):
    try:
        records = list(_records(ElementTree.parse(addon.path / name).getroot()))
    except ElementTree.ParseError:
        return
    for record, model in records:
        if "." in record:
            continue
        seen[record] += 1
        if seen[record] == 2:
            yield f"{addon.name}/{name}: the id {record} is given twice in the addon"
        prefixes = ID_PREFIXES.get(model)
        if prefixes and not record.startswith(prefixes):
            yield f"{addon.name}/{name}: the id {record} of a {model} should begin with {' or '.join(prefixes)}"


def check_manifests():
    """every data file is named in its manifest, and exists"""
    for addon in layout.suite_addons().values():
        named = set(_data_files(addon))
        for name in sorted(named):
            if not (addon.path / name).exists():
                yield f"{addon.name}: the manifest names {name}, which is not there"
        for folder in ("security", "data", "demo", "reports", "wizards", "views"):
            for path in sorted((addon.path / folder).glob("*")):
                name = str(path.relative_to(addon.path))
                if path.suffix in (".xml", ".csv") and name not in named:
                    yield f"{addon.name}: {name} is in no list of the manifest"


def check_access():
    """access rights are named after model and group"""
    for addon in layout.suite_addons().values():
        path = addon.path / "security" / "ir.model.access.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as stream:
                names = [row["id"] for row in csv.DictReader(stream)]
            yield from (
                f"{show(path)}: {name} should begin with access_" for name in names if not name.startswith("access_")
            )
            yield from (f"{show(path)}: {name} is given twice" for name, count in Counter(names).items() if count > 1)


def _model_names(tree):
    """Of the models that are new here; a model that inherits itself is one that gets a mixin."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            values = {
                statement.targets[0].id: ast.literal_eval(statement.value)
                for statement in node.body
                if isinstance(statement, ast.Assign)
                and getattr(statement.targets[0], "id", "") in ("_name", "_inherit")
            }
            name, inherited = values.get("_name"), values.get("_inherit", ())
            if name and name not in (inherited if isinstance(inherited, list) else [inherited]):
                yield name


def check_models():
    """one model per file, and the file is named after it"""
    for addon in layout.suite_addons().values():
        for path in sorted(addon.path.glob("models/*.py")):
            try:
                names = list(_model_names(ast.parse(path.read_text(encoding="utf-8"))))
            except (SyntaxError, ValueError) as error:
                yield f"{show(path)}: {error}"
                continue
            if len(names) > 1:
                yield f"{show(path)}: {len(names)} models in one file: {', '.join(names)}"
            elif names and names[0].removeprefix("hospital.").replace(".", "_") != path.stem.removeprefix("hospital_"):
                yield f"{show(path)}: the model is {names[0]}"


CHECKS = (
    check_ruff,
    check_format,
    check_pylint,
    check_words,
    check_length,
    check_shell,
    check_xml,
    check_manifests,
    check_access,
    check_models,
)


def results():
    """[(what was checked, problems)]"""
    return [(check.__doc__, list(check())) for check in CHECKS]


def add_arguments(parser):
    parser.add_argument("--fix", action="store_true", help="let ruff mend what it can, first")


def run(args):
    from . import venv

    venv.ensure(development=True)
    if args.fix:
        for mend in (["check", "--fix-only"], ["format"]):
            subprocess.run([layout.VENV / "bin" / "ruff", *mend, "--quiet"], cwd=layout.ROOT, check=False)
    failed = 0
    for title, problems in results():
        failed += bool(problems)
        print(f"  {'no' if problems else 'ok'}  {title}")
        for problem in problems:
            print(f"      {problem}")
    if failed:
        ui.fail(f"{failed} of {len(CHECKS)} checks failed.", "./hospital lint --fix")
    return 0
