"""Whatever goes wrong, the last line says how to mend it."""

import shutil
import subprocess

import pytest

from hospital_cli import layout, odoo_source, postgres, system, ui
from hospital_cli.cluster import Cluster


def mended_by(done):
    """The mending line of a command that failed as a person should see it: no traceback, one line at the end."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    last = done.stderr.rstrip().splitlines()[-1]
    assert last.startswith("Mend it with:  ")
    return last.removeprefix("Mend it with:  ")


@pytest.mark.parametrize(
    ("arguments", "more", "sentence", "fix"),
    [
        (["serve", "--addons", "hospital_x"], {}, "There is no addon 'hospital_x'", "name some of: probe_queue"),
        (["serve", "--db", "a b"], {}, "cannot be the name of a database", "./hospital serve --db hospital"),
        (["psql", "--db", "nowhere"], {}, "There is no database 'nowhere'", "./hospital serve --db nowhere"),
        (["shell", "--db", "nowhere"], {}, "There is no database 'nowhere'", "./hospital serve --db nowhere"),
        (["upgrade", "--db", "nowhere"], {}, "There is no database 'nowhere'", "./hospital serve --db nowhere"),
        (["backup", "x.zip", "--db", "nowhere"], {}, "There is no database 'nowhere'", "./hospital serve --db nowhere"),
        (["restore", "/nowhere/x.zip"], {}, "There is no file /nowhere/x.zip", "ls -l /nowhere"),
        (["serve"], {"ODOO_HOME": "/nowhere"}, "ODOO_HOME=/nowhere holds no Odoo", odoo_source.OWN_ODOO),
        (["serve"], {"DATABASE_URL": "mysql://h/x"}, "must begin with postgresql://", "DATABASE_URL=postgresql"),
        (["psql"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "does not answer", "unset HOSPITAL_CONFIG"),
        (["psql"], {"HOSPITAL_CONFIG": "/nowhere.conf"}, "cannot be read as a configuration", "ls -l /nowhere.conf"),
        (["psql"], {"PGHOST": "/nowhere", "PGUSER": "postgres"}, "as the database user postgres", "createuser"),
    ],
)  # fmt: skip
def test_the_line_that_mends_it(built, arguments, more, sentence, fix):
    done = built.run(*arguments, check=False, **more)
    assert sentence in done.stderr
    assert mended_by(done).startswith(fix)


def test_another_version_of_odoo(built, tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    done = built.run("serve", check=False, ODOO_HOME=str(tmp_path))
    assert "holds Odoo 18.0, the suite needs Odoo 19" in done.stderr
    assert mended_by(done) == odoo_source.OWN_ODOO


def test_an_addon_that_cannot_be_installed(checkout):
    data = checkout.path / "addons" / "probe_queue" / "data" / "probe_queue.xml"
    data.write_text(data.read_text().replace('name="minutes"', 'name="hours"'))
    done = checkout.run("serve", "--db", "broken", "--no-demo", check=False)
    assert '<field name="hours">' in done.stderr
    assert mended_by(done).startswith("less ")
    assert "There is no database 'broken'" in checkout.run("psql", "--db", "broken", check=False).stderr


def test_an_existing_postgresql_serves_as_well(checkout):
    """The cluster of the checkout, named by an address as a hospital's own server would be."""
    with checkout.serving():
        address = f"postgresql://odoo@/hospital?host={checkout.cluster_home / 'run'}"
        done = checkout.run("psql", "--", "-Atc", "SELECT current_user", DATABASE_URL=address)
    assert done.stdout.strip() == "odoo"


def test_missing_packages_are_named_in_one_line_to_others_than_root(monkeypatch):
    monkeypatch.setattr(system, "missing", lambda packages: ["postgresql", "libpango-1.0-0"])
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(ui.CliError) as caught:
        system.ensure(system.SERVE)
    assert caught.value.fix == (
        "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends postgresql libpango-1.0-0'"
    )


def test_no_debian_suite_offers_odoo(monkeypatch, tmp_path):
    monkeypatch.setattr(odoo_source, "APT", tmp_path)
    with pytest.raises(ui.CliError) as caught:
        odoo_source.unstable_suite("")
    assert caught.value.fix == odoo_source.OWN_ODOO


def test_a_machine_without_python(tmp_path):
    for program in ("id", "dirname"):
        (tmp_path / program).symlink_to(shutil.which(program))
    done = subprocess.run(
        ["/bin/sh", layout.ROOT / "hospital", "serve"],
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path)},
        check=False,
    )
    assert mended_by(done).startswith("sudo sh -c 'apt-get update && apt-get install")


def test_a_postgresql_that_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "HOME", tmp_path)
    monkeypatch.setattr("hospital_cli.cluster.BINARIES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ui.CliError) as caught:
        Cluster().program("initdb")
    assert caught.value.fix == "apt-get install -y postgresql"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://odoo:s%40cret@db.example:5433/suite", ("db.example", "5433", "odoo", "s@cret", "suite")),
        ("postgresql:///suite?host=/run/postgresql", ("/run/postgresql", "", "", "", "suite")),
    ],
)
def test_an_address_is_read(url, expected):
    server = postgres.ExistingServer.from_url(url)
    assert (server.host, server.port, server.user, server.password, server.database) == expected
