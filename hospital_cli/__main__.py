import argparse
import importlib
import importlib.util
import signal
import sys

from . import ui

COMMANDS = {
    "serve": "serve",
    "test": "testing",
    "lint": "lint",
    "bench": "bench",
    "translate": "translate",
    "shell": "shell",
    "psql": "psql",
    "backup": "backup",
    "restore": "restore",
    "upgrade": "upgrade",
}


def parser():
    root = argparse.ArgumentParser(prog="./hospital", description="The hospital suite for Odoo 19.")
    commands = root.add_subparsers(dest="command", metavar="command", required=True)
    for command, module_name in COMMANDS.items():
        if not importlib.util.find_spec(f"hospital_cli.{module_name}"):
            continue
        module = importlib.import_module(f"hospital_cli.{module_name}")
        if not hasattr(module, "run"):
            continue
        summary = (module.__doc__ or "").strip().split("\n")[0]
        sub = commands.add_parser(command, help=summary, description=module.__doc__)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return root


def main(argv=None):
    if sys.version_info < (3, 11):  # noqa: UP036 this is where an older one is told so
        print(f"Python {sys.version.split()[0]} is too old: the suite needs 3.11 or newer.", file=sys.stderr)
        print("Mend it with:  PYTHON=/path/to/python3.11 ./hospital serve", file=sys.stderr)
        return 1
    ui.prepare_output()
    for stopping in (signal.SIGINT, signal.SIGTERM):  # a script's `&` has it ignored, and so would all we start
        signal.signal(stopping, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup leaves it
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    args = parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except ui.CliError as error:
        error.show()
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
