"""What a test run consists of."""

from .. import bench, layout, lint, odoo_process, translate, ui
from . import alone, coverage
from .alone import bad_entries
from .bed import PREFIX
from .outcome import Outcome, essence

DEMO = f"{PREFIX}template_demo"
SUITE = f"{PREFIX}template_suite"
SERIALIZATION = "could not serialize access due to concurrent update"
OURS = ["-p", "no:odoo"]


def worth_a_look(log):
    """What an Odoo log warns of, as at most one problem."""
    entries = bad_entries(log.read_text(errors="replace")) if log.exists() else []
    return [essence("\n".join(entries))] if entries else []


def errors_in(log, expected=()):
    """At most one problem: ERROR entries nobody expected, and expected ones that never came.

    Each text of `expected` excuses one entry. The clash of two writers is excused always: Odoo tries again.
    """
    text = log.read_text(errors="replace") if log.exists() else ""
    entries = [entry for entry in bad_entries(text, "ERROR|CRITICAL") if SERIALIZATION not in entry]
    for wanted in expected:
        came = next((entry for entry in entries if wanted in entry), None)
        if came is None:
            entries.append(f"A test announced an error that never came: {wanted}")
        else:
            entries.remove(came)
    return [essence("\n".join(entries))] if entries else []


def lint_part(bed):
    outcome = Outcome()
    for title, problems in lint.results():
        outcome.check(title, [essence("\n".join(problems), 40)] if problems else [])
    return outcome


def scripts_part(bed):
    """Tests of the command line itself that need no database."""
    return bed.pytest("cli", *OURS, "tests/cli", folder="tests/")


def setup_part(bed):
    return bed.pytest("setup", *OURS, "tests/setup", environment=bed.environment("postgres"), folder="tests/")


def build_part(kind, demo, update):
    """A template of the whole suite; that it can be built without a warning is a test of its own."""

    def run(bed):
        outcome = Outcome()
        bed.template(kind, list(layout.suite_addons()), demo=demo, update=update)
        log = ui.log_file(f"test-template-{kind}")
        outcome.check(f"the suite installs {'with' if demo else 'without'} demo data", worth_a_look(log))
        return outcome

    return run


def addon_part(name, fast=False):
    def run(bed):
        tests = layout.ADDONS / name / "tests"
        log = ui.log_file(f"test-{name}-odoo")
        log.unlink(missing_ok=True)
        with bed.copy(DEMO, name) as database:
            outcome = bed.pytest(
                name,
                f"--odoo-database={database}",
                f"--odoo-config={bed.config}",
                "--odoo-http",
                "--odoo-log-level=warn",
                f"--odoo-extra=logfile={log}",
                *(["-p", "hospital_cli.testing.fast"] if fast else []),
                tests,
            )
        outcome.check(f"{name}: no ERROR in the log of its tests", errors_in(log))
        return outcome

    return run


def alone_part(name):
    return lambda bed: alone.run(bed, name)


def browser_part(bed):
    return _against_server(bed, "browser")


def concurrency_part(bed):
    return _against_server(bed, "concurrency")


def exchange_part(bed):
    """Servers of its own, killed on the way, against real far sides."""
    config = bed.trial_config("exchange")
    with bed.copy(SUITE, "exchange") as database, bed.copy(SUITE, "new_platform") as untouched:
        odoo_process.run(config, database, "-i", "probe_exchange", log="test-exchange-odoo")
        environment = {
            **bed.environment(database),
            "HOSPITAL_CONFIG": str(config),
            "HOSPITAL_UNTOUCHED_DB": untouched,
        }
        return bed.pytest("exchange", *OURS, "tests/exchange", environment=environment, folder="tests/")


def _against_server(bed, folder):
    announced = ui.log_file(f"test-{folder}-announced-errors")
    announced.write_text("")
    with bed.copy(DEMO, folder) as database, bed.served(database) as odoo:
        environment = {
            **bed.environment(database),
            "HOSPITAL_URL": odoo.url,
            "HOSPITAL_ANNOUNCED_ERRORS": str(announced),
        }
        outcome = bed.pytest(folder, *OURS, f"tests/{folder}", environment=environment, folder="tests/")
    outcome.check(f"{folder}: no ERROR in the server's log", errors_in(odoo.log, announced.read_text().splitlines()))
    return outcome


def translation_part(names):
    def run(bed):
        outcome = Outcome()
        with bed.copy(SUITE, "translation") as database:
            for report in translate.check(bed.config, database, names):
                outcome.check(f"{report.addon}: every term in Chinese ({report.terms} terms)", report.problems[:40])
        return outcome

    return run


def bench_part(bed):
    outcome = Outcome()
    for row in bench.measure(bed, short=True):
        title = f"{row['name']}: {row['case']}"
        outcome.check(title, [] if row["passed"] else [bench.sentence(row)])
    return outcome


def coverage_part(proofs):
    """After everything else: `proofs` are the tests that passed, or None in a partial run."""
    outcome = Outcome()
    outcome.check("requirements and their proofs", coverage.problems(proofs))
    coverage.write()
    return outcome
