"""Runs benchmarks on a database made for them and prints a JSON line per case; started by `./hospital bench`."""

import argparse
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from hospital_cli import layout  # noqa: E402
from tests.bench import harness  # noqa: E402


def benchmarks():
    for path in sorted(path for path in HERE.parent.glob("*/bench_*.py") if not layout.waits(path)):
        importlib.import_module(f"tests.{path.parent.name}.{path.stem}")
    return harness.BENCHMARKS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.add_argument("--database")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("name", nargs="*")
    args = parser.parse_args()
    found = benchmarks()
    if args.list:
        listed = {key: bench for key, bench in found.items() if bench.short or not args.short}
        print(json.dumps({key: {"needs": bench.needs, "demo": bench.demo} for key, bench in listed.items()}))
        return
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(
        ["-c", args.config, "-d", args.database, "--log-level", "warn", "--no-http"],
        setup_logging=True,
    )
    for key in args.name or found:
        with Registry(args.database).cursor() as cr:
            env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"lang": "zh_CN"})
            for row in harness.run(env, key, args.short):
                print(json.dumps(row), flush=True)
            cr.rollback()


main()
