"""Open Odoo's Python shell on the suite's database, with `env` at hand."""

import subprocess

from . import database, odoo_process, postgres


def add_arguments(parser):
    parser.add_argument("--db", default=None, metavar="NAME", help="the database (default: hospital)")


def run(args):
    with postgres.choose() as server:
        name = database.name_or_default(server, args.db)
        database.require(server, name)
        database.warn_if_outdated(server, name)
        config = database.write_config(server)
        command = odoo_process.command("shell", "-c", config, "-d", name, "--no-http", "--log-level", "warn")
        return subprocess.run(command, env=odoo_process.environment(), pass_fds=server.pass_fds, check=False).returncode
