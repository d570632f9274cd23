"""Bring the database to the version of the addons in this checkout, safely.

The upgrade is first run on a copy; what it changes in the data structure is shown and agreed to; a backup is made; then
it is run on the database. If anything fails, database and files are put back as they were.
"""

import datetime

from . import archive, catalogue, database, edited_records, layout, odoo_process, postgres, ui


def add_arguments(parser):
    parser.add_argument("--db", metavar="NAME", help="the database (default: hospital)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")


def run(args):
    with postgres.choose() as server:
        name = database.name_or_default(server, args.db)
        put_back_interrupted(server, name)
        database.require(server, name)
        addons = database.outdated(server, name)
        if not addons:
            print(f"Database {name} is up to date.")
            return 0
        database.require_unused(server, name)
        config = database.write_config(server)
        for line in preview(server, name, addons, config):
            print(line)
        if args.dry_run:
            print("\nNothing was changed.")
            return 0
        if not (args.yes or ui.ask("\nUpgrade now?")):
            ui.fail("\nNothing was changed.", "./hospital upgrade --yes")
        upgrade(server, name, addons, config)
    print(f"\nDatabase {name} is upgraded.")
    return 0


def preview(server, name, addons, config):
    """Upgrade a copy and tell what became different."""
    copy = f"{name}_preview"
    present = database.installed(server, name)
    before = catalogue.snapshot(server, name)
    records = edited_records.find(server, name, present)
    now = edited_records.values(server, name, records)
    database.drop(server, copy)
    try:
        with ui.step(f"Trying the upgrade of {', '.join(addons)} on a copy"):
            database.copy(server, name, copy)
            update(
                config,
                copy,
                addons,
                "The upgrade fails on a copy of the database; the database itself was not touched.",
            )
            after = catalogue.snapshot(server, copy)
            upgraded = edited_records.values(server, copy, records)
        shipped = upgraded
        if records:
            with ui.step("Comparing edited records with the addons' files"):
                message = "The addons' files could not be read on a copy."
                odoo_process.run(config, copy, "--reinit", ",".join(addons), log="upgrade", message=message)
                shipped = edited_records.values(server, copy, records)
        new_versions = database.installed(server, copy)
    finally:
        database.drop(server, copy)
    return [
        *section("Addons", compare_versions(addons, present, new_versions)),
        *section("Data structure", catalogue.compare(before, after)),
        *section("Records an administrator edited", edited_records.compare(records, now, upgraded, shipped)),
    ]


def compare_versions(addons, old, new):
    lines = [
        f"~ {addon} {old.get(addon, 'new')} → {version}" for addon, version in new.items() if old.get(addon) != version
    ]
    return lines or [f"~ {addon}: same version, other files" for addon in addons]


def section(title, lines):
    return ["", title, *(f"  {line}" for line in lines or ["no difference"])]


def upgrade(server, name, addons, config):
    moment = datetime.datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    kept = layout.BACKUPS / f"{name}-before-upgrade-{moment}.zip"
    with ui.step(f"Backing up into {kept}"):
        archive.write(server, name, kept)
    before = database.before_upgrade(name)
    try:
        with ui.step(f"Upgrading {', '.join(addons)}"):
            database.copy(server, name, before)
            update(config, name, addons, "The upgrade failed.")
            database.remember(server, name, addons)
    except ui.CliError as error:
        put_back(server, name)
        ui.fail(f"{error.message}\n\nDatabase {name} and its files are as they were before.", error.fix)
    except BaseException:
        put_back(server, name)
        raise
    database.drop(server, before)


def update(config, name, addons, message):
    odoo_process.run(config, name, "-u", ",".join(addons), log="upgrade", message=message)


def put_back(server, name):
    before = database.before_upgrade(name)
    if server.exists(before):
        with ui.step("Putting everything back"):
            database.replace(server, name, by=before)


def put_back_interrupted(server, name):
    """A machine may lose its power during an upgrade: then the database is half-way between two versions."""
    if server.exists(database.before_upgrade(name)):
        database.require_unused(server, name)
        print(f"An upgrade of {name} was interrupted.")
        put_back(server, name)
