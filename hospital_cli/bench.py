"""Measure the suite against yardsticks: each benchmark is a ratio of two times taken in the same run."""

import json
import subprocess

from . import layout, odoo_process, postgres, serve, ui

PROGRAM = layout.ROOT / "tests" / "bench" / "run.py"


def needs(names, short):
    """{benchmark: its trial addons, and whether it wants demo data}; unknown names are refused."""
    command = [layout.PYTHON, PROGRAM, "--list", *(["--short"] if short else [])]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=layout.ROOT, check=False)
    if answer.returncode:
        ui.fail(f"The benchmarks cannot be read:\n{answer.stderr}", f"{layout.PYTHON} {PROGRAM} --list")
    known = json.loads(answer.stdout)
    for name in names:
        if name not in known:
            ui.fail(f"There is no benchmark {name!r}.", f"./hospital bench {' '.join(known)}")
    return {name: known[name] for name in names or known}


def measure(bed, short, names=()):
    """A row per case, as tests/bench/harness.py makes them."""
    wanted = needs(names, short)
    suite = list(layout.suite_addons())
    config = bed.trial_config("bench")
    log = ui.log_file("bench")
    log.unlink(missing_ok=True)
    for name, what in wanted.items():
        template = bed.template("demo" if what["demo"] else "suite", suite, demo=what["demo"], update=True)
        with bed.copy(template, "bench") as database:
            if what["needs"]:
                message = f"{name}: its addons do not install."
                odoo_process.run(config, database, "-i", ",".join(what["needs"]), log="bench", message=message)
            command = [layout.PYTHON, PROGRAM, "--config", config, "--database", database]
            yield from _rows([*command, *(["--short"] if short else []), name], log, name)


def _rows(command, log, name):
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=layout.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            env=odoo_process.environment(),
            text=True,
        )
        for line in process.stdout:
            if line.startswith("{"):
                yield json.loads(line)
        if process.wait():
            ui.fail(
                f"Benchmark {name} ended with code {process.returncode}. The end of {log}:\n{ui.tail(log)}",
                f"less {log}",
            )


def duration(seconds):
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def sentence(row):
    return (
        f"{row['name']}, {row['case']}, {row['size']:,} rows: {duration(row['seconds'])} is {row['ratio']:.2f} × "
        f"{row['yardstick']} ({duration(row['yardstick_seconds'])}); the limit is {row['limit']} ×"
    )


def add_arguments(parser):
    parser.add_argument("names", nargs="*", metavar="name", help="only these benchmarks")
    parser.add_argument("--short", action="store_true", help="small sizes, as ./hospital test uses them")


def run(args):
    from .testing.bed import Bed

    serve.prepare(development=True)
    failed = 0
    with postgres.choose("test") as server, Bed(server) as bed:
        print(f"  {'benchmark':44} {'size':>10} {'time':>11} {'yardstick':>11} {'ratio':>7} {'limit':>6}")
        for row in measure(bed, args.short, args.names):
            failed += not row["passed"]
            columns = (
                f"{row['name']}: {row['case']}".ljust(44),
                f"{row['size']:,}".rjust(10),
                duration(row["seconds"]).rjust(11),
                duration(row["yardstick_seconds"]).rjust(11),
                f"{row['ratio']:.2f}".rjust(7),
                f"{row['limit']}".rjust(6),
                "" if row["passed"] else " TOO SLOW",
            )
            print(" ", *columns, flush=True)
    if failed:
        ui.fail(f"{failed} benchmarks are over their limit.", "./hospital bench NAME   (again, on a quiet machine)")
    return 0
