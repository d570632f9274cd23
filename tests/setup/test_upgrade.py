"""S2-10.7: an upgrade shows what it changes in the data structure, runs its scripts, and can be undone."""

import pytest

pytestmark = pytest.mark.proves("S2-10.7")

EDIT = """
admin = env.ref('base.user_admin')
for name, note in {'queue_of_the_hospital': 'X-ray, ground floor', 'queue_of_the_addon': 'Blood'}.items():
    env.ref(f'probe_queue.{name}').with_user(admin).name = note
env.cr.commit()
"""


@pytest.fixture
def edited(checkout):
    """An administrator has renamed two queues; then the newer version arrives."""
    checkout.run("shell", text_input=EDIT)
    checkout.use("addons_v2")
    return checkout


def queues(checkout):
    return dict(line.split("|") for line in checkout.sql("SELECT name, seconds FROM probe_queue").splitlines())


def test_the_structure_is_compared_before_anything_changes(edited):
    content = edited.content()
    shown = edited.run("upgrade", "--dry-run").stdout
    for line in (
        "~ probe_queue 19.0.1.0.0 → 19.0.2.0.0",
        "+ table probe_desk",
        "~ table probe_queue",
        "- column minutes: integer",
        "+ column seconds: integer",
        "- column colour: character varying",
        "~ column kind: character varying → character varying not null",
        "+ constraint probe_queue_seconds_positive: CHECK ((seconds >= 0))",
        "+ index probe_queue__name_index",
        "= probe_queue.queue_of_the_hospital (probe.queue): kept as the administrator left it",
        'name: "X-ray, ground floor"; the addon\'s files say "X-ray and ultrasound"',
        "! probe_queue.queue_of_the_addon (probe.queue): overwritten",
        'name: "Blood" → "Blood samples"',
    ):
        assert line in shown, shown
    assert "queue_left_alone" not in shown
    assert edited.content() == content


def test_scripts_run_and_the_administrators_record_stays(edited):
    assert "is upgraded" in edited.run("upgrade", "--yes").stdout
    assert queues(edited) == {"Blood samples": "300", "X-ray, ground floor": "600", "Pharmacy": "180"}
    assert edited.sql("SELECT count(*) FROM probe_desk") == "3"
    assert edited.sql("SELECT latest_version FROM ir_module_module WHERE name = 'probe_queue'") == "19.0.2.0.0"
    assert "up to date" in edited.run("upgrade").stdout
    with edited.serving():
        assert edited.sql("SELECT datname FROM pg_database WHERE datname ~ 'before|preview'") == ""


def test_the_backup_made_before_is_the_older_version(edited):
    content = edited.content()
    edited.run("upgrade", "--yes")
    kept = max((edited.home / "backups").glob("hospital-before-upgrade-*.zip"))
    edited.run("restore", kept, "--force")
    assert edited.content() == content


def test_nothing_happens_without_a_yes(edited):
    content = edited.content()
    refused = edited.run("upgrade", check=False)
    assert refused.returncode == 1
    assert "Nothing was changed." in refused.stderr
    assert "Mend it with:  ./hospital upgrade --yes" in refused.stderr
    assert edited.content() == content


def test_a_script_that_fails_is_found_on_the_copy(edited):
    edited.migration("raise ValueError('The new version cannot read the old queues')")
    content, files = edited.content(), edited.filestore()
    failed = edited.run("upgrade", "--yes", check=False)
    assert failed.returncode == 1
    assert "The new version cannot read the old queues" in failed.stderr
    assert "the database itself was not touched" in failed.stderr
    assert edited.content() == content
    assert edited.filestore() == files


def test_a_failure_on_the_real_database_puts_everything_back(edited):
    edited.migration(
        "cr.execute('DELETE FROM probe_queue')\n"
        "    cr.commit()\n"
        "    if not cr.dbname.endswith('_preview'):\n"
        "        raise ValueError('The disk is full')"
    )
    content, files = edited.content(), edited.filestore()
    failed = edited.run("upgrade", "--yes", check=False)
    assert failed.returncode == 1
    assert "The disk is full" in failed.stderr
    assert "Database hospital and its files are as they were before." in failed.stderr
    assert edited.content() == content
    assert edited.filestore() == files


def test_a_machine_that_loses_its_power_in_the_middle(edited):
    edited.migration(
        "import os, signal\n"
        "    if not cr.dbname.endswith('_preview'):\n"
        "        cr.execute('DELETE FROM probe_queue')\n"
        "        cr.commit()\n"
        "        os.kill(os.getppid(), signal.SIGKILL)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)"
    )
    content, files = edited.content(), edited.filestore()
    assert edited.run("upgrade", "--yes", check=False).returncode == -9
    assert edited.content() != content

    refused = edited.run("serve", check=False)
    assert "An upgrade of database hospital was interrupted." in refused.stderr
    assert "Mend it with:  ./hospital upgrade" in refused.stderr

    edited.run("upgrade", "--dry-run")
    assert edited.content() == content
    assert edited.filestore() == files
