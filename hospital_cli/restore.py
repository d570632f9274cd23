"""Read a database and its filestore back from a file written by `backup`."""

from pathlib import Path

from . import archive, database, postgres, ui


def add_arguments(parser):
    parser.add_argument("file", type=Path, help="the archive to read")
    parser.add_argument("--db", metavar="NAME", help="the database to make (default: the one that was backed up)")
    parser.add_argument("--force", action="store_true", help="replace a database that exists")


def run(args):
    with ui.step(f"Checking {args.file}"):
        content = archive.check(args.file)
    with postgres.choose() as server:
        name = args.db or content["database"]
        exists = server.exists(name)
        if exists and not args.force:
            ui.fail(
                f"There already is a database {name!r}.",
                f"./hospital restore {args.file} --db {name}_restored   (or --force to replace it)",
            )
        if exists:
            database.require_unused(server, name)
        fresh = f"{name}_restoring"
        database.drop(server, fresh)
        with ui.step(f"Restoring {name}"):
            archive.read(server, args.file, fresh)
            database.replace(server, name, by=fresh)
    print(f"\nDatabase {name} is as it was on {content['made_at']}.")
    if content["key"] != archive.key_fingerprint():
        print(
            f"It was made with another key: put that key into {database.KEY}, or stored secrets must be entered again."
        )
