"""Export the terms of every addon, merge them into i18n/zh_CN.po and list what is missing."""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import layout, odoo_process, odoo_source, po, ui

# A field that a module outside an addon's dependencies puts on its models comes and goes with the order of
# installation, and its words are that module's own.
EXPORT = """
from pathlib import Path
from odoo.tools.translate import trans_export
for addon in {addons!r}:
    module = env["ir.module.module"].search([("name", "=", addon)])
    known = {{addon, "base", *module.upstream_dependencies(exclude_states=("uninstallable",)).mapped("name")}}
    owned = [("module", "=", addon), ("model", "=", "ir.model.fields")]
    for name in env["ir.model.data"].search(owned):
        field = env["ir.model.fields"].browse(name.res_id)
        modules = env[field.model]._fields[field.name]._modules
        if modules and not known.intersection(modules):
            name.unlink()
    with Path({folder!r}, addon + ".pot").open("wb") as stream:
        trans_export(None, [addon], stream, "po", env)
"""
LANGUAGE = "zh_CN"
HEADER = (
    "Project-Id-Version: Odoo Server 19.0\n"
    "Report-Msgid-Bugs-To: \n"
    "Language: {language}\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)


@dataclass
class Report:
    addon: str
    terms: int = 0
    missing: list = field(default_factory=list)
    stale: list = field(default_factory=list)
    broken: list = field(default_factory=list)

    @property
    def problems(self):
        return (
            [f"{self.addon}: not translated: {term!r}" for term in self.missing]
            + [f"{self.addon}: no longer in the addon: {term!r}" for term in self.stale]
            + [f"{self.addon}: other placeholders in the translation: {term!r}" for term in self.broken]
        )


def odoo_terms():
    """What Odoo itself already says in Chinese, for the terms it puts into every addon (ID, Created on …)."""
    known = {}
    for addon in ("product", "mail", "web", "base"):
        for folder in (odoo_source.site() / "odoo" / "addons", *odoo_source.addons_paths()):
            path = folder / addon / "i18n" / f"{LANGUAGE}.po"
            if path.exists():
                known.update({msgid: entry.msgstr for msgid, entry in po.read(path).items() if entry.translated})
    return known


def export(config, database, addons):
    """{addon: {msgid: entry}} as Odoo itself finds them in a database without demo data."""
    with tempfile.TemporaryDirectory(dir=layout.HOME) as folder:
        code = EXPORT.format(addons=list(addons), folder=folder)
        odoo_process.script(config, database, code, "translate", "Odoo could not export the terms.")
        found = {addon: Path(folder, f"{addon}.pot") for addon in addons}
        return {addon: po.read(path) if path.stat().st_size else {} for addon, path in found.items()}


def check(config, database, addons):
    """A report per addon; nothing is changed."""
    for addon, template in export(config, database, addons).items():
        path = po_path(addon)
        yield compare(addon, template, po.read(path) if path.exists() else {})


def pot_path(addon):
    return layout.ADDONS / addon / "i18n" / f"{addon}.pot"


def po_path(addon):
    return layout.ADDONS / addon / "i18n" / f"{LANGUAGE}.po"


def compare(addon, template, translated):
    """What the translation lacks, has too much or gets wrong, measured by the exported template."""
    report = Report(addon)
    terms = [msgid for msgid in template if msgid]
    report.terms = len(terms)
    for msgid in terms:
        entry = translated.get(msgid)
        if po.needs_translation(msgid) and not (entry and entry.translated):
            report.missing.append(msgid)
        elif entry and po.broken_placeholders(entry):
            report.broken.append(msgid)
    report.stale = [msgid for msgid in translated if msgid and msgid not in template]
    return report


def merge(addon, template, dictionary):
    """Write the template and the translation: what was there, else the dictionary, else Odoo's own word."""
    known = po.read(po_path(addon)) if po_path(addon).exists() else {}
    fallback = odoo_terms()
    entries = []
    for msgid, entry in sorted(template.items()):
        if not msgid:
            continue
        old = known.get(msgid)
        msgstr = (old.msgstr if old else "") or dictionary.get(msgid) or fallback.get(msgid, "")
        if not msgstr and not po.needs_translation(msgid):
            msgstr = msgid
        entries.append(po.Entry(msgid, msgstr, entry.comments))
    title = [f"# {addon}: translation into Chinese (simplified)"]
    po.write(po_path(addon), [po.Entry("", HEADER.format(language=LANGUAGE), title), *entries])
    bare = [po.Entry(entry.msgid, "", entry.comments) for entry in entries]
    po.write(pot_path(addon), [po.Entry("", HEADER.format(language=""), [f"# {addon}: terms"]), *bare])
    return {entry.msgid: entry for entry in entries}


def read_dictionaries(paths):
    words = {}
    for path in paths:
        try:
            words.update(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            ui.fail(f"{path} is no dictionary: {error}", 'write it as {"English": "中文"}')
    return words


def add_arguments(parser):
    parser.add_argument("addons", nargs="*", metavar="addon", help="only these addons")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing or stale")
    parser.add_argument(
        "--dictionary", nargs="+", type=Path, default=[], metavar="FILE", help='JSON {"English": "中文"}'
    )


def run(args):
    from . import postgres, serve
    from .testing.bed import Bed

    words = read_dictionaries(args.dictionary)
    addons = layout.choose_addons(args.addons)
    serve.prepare()
    with postgres.choose("test") as server, Bed(server) as bed:
        with ui.step("Installing the suite without demo data"):
            template = bed.template("suite", list(layout.suite_addons()), update=True)
        with ui.step(f"Exporting the terms of {', '.join(addons)}"), bed.copy(template, "translate") as database:
            exported = export(bed.config, database, addons)
    problems = []
    for addon, template in exported.items():
        if args.check:
            translated = po.read(po_path(addon)) if po_path(addon).exists() else {}
        else:
            translated = merge(addon, template, words)
        report = compare(addon, template, translated)
        problems += report.problems
        print(f"  {addon}: {report.terms} terms, {len(report.missing)} without a translation")
    for problem in problems:
        print(f"    {problem}")
    if problems:
        ui.fail(f"{len(problems)} terms need a hand.", "./hospital translate --dictionary FILE")
    return 0
