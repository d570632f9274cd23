"""Open psql on the suite's database."""

import subprocess

from . import database, postgres


def add_arguments(parser):
    parser.add_argument("--db", default=None, metavar="NAME", help="the database (default: hospital)")
    parser.add_argument("rest", nargs="*", metavar="-- ARG", help="given on to psql, after --")


def run(args):
    with postgres.choose() as server:
        name = database.name_or_default(server, args.db)
        database.require(server, name)
        return subprocess.run(
            [server.program("psql"), *args.rest], env=server.environment(name), check=False
        ).returncode
