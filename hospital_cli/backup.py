"""Write the database and its filestore into one file. The suite may go on serving meanwhile."""

from pathlib import Path

from . import archive, database, postgres, ui


def add_arguments(parser):
    parser.add_argument("file", type=Path, help="the archive to write")
    parser.add_argument("--db", metavar="NAME", help="the database (default: hospital)")


def run(args):
    with postgres.choose() as server:
        name = database.name_or_default(server, args.db)
        database.require(server, name)
        with ui.step(f"Backing up {name} into {args.file}"):
            archive.write(server, name, args.file)
    print(f"\n{args.file} holds database {name} and its files ({archive.size(args.file)}).")
    print(f"It does not hold {database.KEY}: keep that key in another place, without it stored secrets cannot be read.")
