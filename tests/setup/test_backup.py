"""S1-9.2: what was backed up comes back whole, and nothing else is ever restored."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.proves("S1-9.2")

ADD_A_LEAFLET = """
import base64
env['probe.queue'].search([], limit=1).leaflet = base64.b64encode({content!r})
env.cr.commit()
"""


@pytest.fixture
def archive(checkout):
    checkout.run("shell", text_input=ADD_A_LEAFLET.format(content=b"Please do not eat before." * 100))
    path = checkout.path / "kept.zip"
    checkout.run("backup", path)
    return path


@pytest.fixture(scope="module")
def moved_on(built):
    """A database that changed after its first backup, so that restoring any of it would show."""
    built.use("addons_v1")
    built.run("restore", built.path / "first.zip", "--force")
    built.run("shell", text_input=ADD_A_LEAFLET.format(content=b"Please do not eat before." * 100))
    return built


def test_backup_change_restore_compare(checkout, archive):
    content, files = checkout.content(), checkout.filestore()
    assert any(b"do not eat" in text for text in files.values())

    checkout.sql("DELETE FROM probe_queue; UPDATE res_company SET name = 'Changed'; DROP TABLE res_groups_users_rel")
    shutil.rmtree(checkout.home / "data" / "filestore" / "hospital")
    assert checkout.content() != content

    checkout.run("restore", archive, "--force")
    assert checkout.content() == content
    assert checkout.filestore() == files
    with checkout.serving():
        assert checkout.content() == content


def test_restore_beside_the_old_one(checkout, archive):
    checkout.run("restore", archive, "--db", "yesterday")
    assert checkout.content("yesterday") == checkout.content()
    assert checkout.filestore("yesterday") == checkout.filestore()
    refused = checkout.run("restore", archive, "--db", "yesterday", check=False)
    assert "already is a database 'yesterday'" in refused.stderr
    assert "Mend it with:" in refused.stderr


def test_a_database_in_use_is_not_replaced(checkout, archive):
    with checkout.serving():
        refused = checkout.run("restore", archive, "--force", check=False)
    assert refused.returncode == 1
    assert "Somebody is working in database hospital" in refused.stderr


def cut_short(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)


def not_an_archive(path):
    path.write_text("Dear colleague, please find the backup attached.")


def empty(path):
    path.write_bytes(b"")


def rewrite(path, change):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def without_the_dump(path):
    rewrite(path, lambda members: members.pop("database.dump"))


def with_a_stranger(path):
    rewrite(path, lambda members: members.update({"filestore/../../odoo.conf": b"[options]"}))


def with_another_dump(path):
    rewrite(path, lambda members: members.update({"database.dump": b"PGDMP"}))


def of_a_later_format(path):
    def change(members):
        index = json.loads(members["backup.json"])
        members["backup.json"] = json.dumps({**index, "format": 99}).encode()

    rewrite(path, change)


@pytest.mark.parametrize(
    "damage",
    [
        cut_short, flip_a_byte, not_an_archive, empty,
        without_the_dump, with_a_stranger, with_another_dump, of_a_later_format,
    ],
)  # fmt: skip
def test_a_damaged_archive_is_refused_before_anything_is_touched(moved_on, tmp_path, damage):
    archive = Path(shutil.copy2(moved_on.path / "first.zip", tmp_path))
    content, files = moved_on.content(), moved_on.filestore()
    damage(archive)
    refused = moved_on.run("restore", archive, "--force", check=False)
    assert refused.returncode == 1
    assert "cannot be restored" in refused.stderr
    assert "Nothing was touched." in refused.stderr
    assert "Mend it with:" in refused.stderr
    assert moved_on.content() == content
    assert moved_on.filestore() == files
