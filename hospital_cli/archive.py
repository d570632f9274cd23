"""One file that holds a database and its filestore, and says itself whether it is whole."""

import datetime
import hashlib
import json
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path

from . import database, layout, odoo_source, ui

FORMAT = 1
INDEX = "backup.json"
DUMP = "database.dump"
FILES = "filestore/"
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def write(server, name, target):
    """Dump first, files after: a file the dump knows may come too often, but is never missing."""
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        dump = Path(folder, DUMP)
        ui.run(
            [server.program("pg_dump"), "--format=custom", "--no-owner", "--file", dump, name],
            "backup", f"Database {name} could not be read.", env=server.environment(name),
        )  # fmt: skip
        unfinished = Path(folder, "archive")
        sums = {}
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            sums[DUMP] = add(archive, dump, DUMP)
            store = database.filestore(name)
            for path in sorted(store.rglob("*")) if store.is_dir() else ():
                inside = path.relative_to(store)
                if path.is_file() and inside.parts[0] != "checklist":
                    member = FILES + inside.as_posix()
                    sums[member] = add(archive, path, member)
            archive.writestr(INDEX, json.dumps(index(server, name, sums), indent=1))
        unfinished.chmod(0o600)
        unfinished.replace(target)


def add(archive, path, member):
    archive.write(path, member, zipfile.ZIP_DEFLATED if member != DUMP else zipfile.ZIP_STORED)
    return checksum(path.open("rb"))


def checksum(stream):
    digest = hashlib.sha256()
    with stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def index(server, name, sums):
    return {
        "format": FORMAT,
        "database": name,
        "made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "odoo": ".".join(map(str, odoo_source.version())),
        "addons": database.installed(server, name),
        "key": key_fingerprint(),
        "sha256": sums,
    }


def key_fingerprint():
    """Tells whether secrets in the database can be read here, and nothing about the key."""
    return hashlib.sha256(b"hospital " + database.secret_key().encode()).hexdigest()[:16]


def check(path):
    """The index of an archive that is whole; anything else is refused with what is wrong with it."""
    path = Path(path)
    if not path.is_file():
        ui.fail(f"There is no file {path}.", f"ls -l {path.parent}")
    try:
        with zipfile.ZipFile(path) as archive:
            content = json.loads(archive.read(INDEX))
            members = set(archive.namelist()) - {INDEX}
            if content["format"] != FORMAT:
                refuse(path, f"it has format {content['format']}, this version reads format {FORMAT}")
            if missing := set(content["sha256"]) - members:
                refuse(path, f"{len(missing)} of its files are missing")
            if strange := members - set(content["sha256"]):
                refuse(path, f"it holds {len(strange)} files it does not list")
            for member, expected in content["sha256"].items():
                if ".." in Path(member).parts or not (member == DUMP or member.startswith(FILES)):
                    refuse(path, f"it holds a file that does not belong there: {member}")
                if checksum(archive.open(member)) != expected:
                    refuse(path, f"{member} was changed")
    except DAMAGE as error:
        refuse(path, f"it is damaged or no backup ({type(error).__name__}: {error})")
    return content


def refuse(path, reason):
    ui.fail(
        f"{path} cannot be restored: {reason}. Nothing was touched.",
        f"ls -t {layout.BACKUPS}   (and restore another one)",
    )


def read(server, path, name):
    """Restore a checked archive as the new database `name`; if that fails, nothing of it stays."""
    store = database.filestore(name)
    server.createdb(name)
    try:
        with (
            tempfile.TemporaryDirectory(dir=layout.HOME, prefix=".restore-") as folder,
            zipfile.ZipFile(path) as archive,
        ):
            dump = archive.extract(DUMP, folder)
            pg_restore = [server.program("pg_restore"), "--no-owner", "--no-acl", "--exit-on-error", "--jobs=2"]
            ui.run(
                [*pg_restore, "--dbname", name, dump],
                "restore", "The dump could not be restored.", env=server.environment(name),
            )  # fmt: skip
            archive.extractall(folder, [member for member in archive.namelist() if member.startswith(FILES)])
            shutil.rmtree(store, ignore_errors=True)
            store.parent.mkdir(parents=True, exist_ok=True)
            extracted = Path(folder, FILES)
            extracted.mkdir(exist_ok=True)
            shutil.move(extracted, store)
    except BaseException:
        database.drop(server, name)
        raise


def size(path):
    return f"{Path(path).stat().st_size / 1_000_000:.1f} MB"
