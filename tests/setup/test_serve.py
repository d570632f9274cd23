"""What `./hospital serve` promises to a machine on which more than one thing runs."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from .checkout import SECONDS, get


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def wait_for(condition, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def owner(pid):
    return Path(f"/proc/{pid}").stat().st_uid


def test_two_checkouts_side_by_side_never_meet(checkout, new_checkout):
    other = new_checkout()
    other.run("restore", checkout.path / "first.zip")
    with checkout.serving() as here, other.serving() as there:
        assert here != there
        assert get(f"{here}/web/login")[0] == get(f"{there}/web/login")[0] == 200
        assert not set(checkout.postgres_processes()) & set(other.postgres_processes())
        checkout.sql("UPDATE res_company SET name = 'North'")
        other.sql("UPDATE res_company SET name = 'South'")
        assert checkout.sql("SELECT name FROM res_company") == "North"
        assert other.sql("SELECT name FROM res_company") == "South"
    assert not checkout.postgres_processes()
    assert not other.postgres_processes()


def test_a_checkout_in_a_folder_only_its_owner_may_enter(new_checkout, checkout, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    hidden = new_checkout(parent=closed)
    hidden.run("restore", checkout.path / "first.zip")
    with hidden.serving() as address:
        assert get(f"{address}/web/login")[0] == 200
        processes = hidden.postgres_processes()
        assert processes
        assert all(owner(pid) != 0 for pid in processes)
        assert oct((hidden.cluster_home / "data").stat().st_mode)[-3:] == "700"


def test_a_path_too_long_for_a_socket(new_checkout, checkout, tmp_path):
    deep = new_checkout(parent=tmp_path / ("a-very-long-name-of-a-folder-" * 5), name="suite")
    deep.run("restore", checkout.path / "first.zip")
    assert deep.sql("SELECT count(*) FROM res_company") == "1"


def test_the_second_start_is_fast_and_keeps_its_address(checkout):
    with checkout.serving() as first:
        pass
    started = time.monotonic()
    with checkout.serving() as second:
        assert time.monotonic() - started < 10
    assert first == second


def test_changed_addon_files_reach_the_database(checkout):
    data = checkout.path / "addons" / "probe_queue" / "data" / "probe_queue.xml"
    data.write_text(data.read_text().replace("Blood samples", "Blood and urine samples"))
    with checkout.serving():
        assert checkout.sql("SELECT name FROM probe_queue WHERE minutes = 5") == "Blood and urine samples"


def test_every_user_works_in_chinese(checkout):
    assert checkout.sql("SELECT DISTINCT lang FROM res_partner p JOIN res_users u ON u.partner_id = p.id") == "zh_CN"
    new_user = "print(env['res.users'].create({'name': 'New', 'login': 'new'}).lang)"
    done = checkout.run("shell", text_input=new_user)
    assert done.stdout.strip().endswith("zh_CN")


def test_other_commands_leave_a_running_suite_alone(checkout):
    with checkout.serving() as address:
        checkout.sql("SELECT 1")
        checkout.run("backup", checkout.path / "meanwhile.zip")
        assert get(f"{address}/web/login")[0] == 200


def test_it_stops_when_told_to_although_a_script_started_it(checkout):
    """What a script starts with `&` is born deaf to Ctrl-C, and so would Odoo and PostgreSQL be."""
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with checkout.serving() as address:
            assert get(f"{address}/web/login")[0] == 200
    finally:
        signal.signal(signal.SIGINT, heard)
    assert not checkout.postgres_processes()


def test_a_killed_cluster_recovers(checkout):
    with checkout.serving():
        checkout.sql("UPDATE res_company SET name = 'Before the crash'")
        postmaster = int((checkout.cluster_home / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
    assert checkout.sql("SELECT name FROM res_company") == "Before the crash"


def test_a_killed_script_leaves_nothing_that_cannot_be_mended(checkout):
    with checkout.serving() as address:
        script = next(pid for pid in children_of(os.getpid()) if str(checkout.path) in command_of(pid))
        os.kill(script, signal.SIGKILL)
        checkout.sql("SELECT 1")
        assert get(f"{address}/web/login")[0] == 200
        done = checkout.run("serve", check=False)
        assert "already being served" in done.stderr
        odoo = int(re.search(r"Mend it with:  kill (\d+)", done.stderr)[1])
        os.kill(odoo, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{odoo}").exists())
    checkout.sql("SELECT 1")
    assert not checkout.postgres_processes()


def test_a_lock_file_that_names_a_stranger(checkout):
    lock = checkout.cluster_home / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{checkout.cluster_home / 'data'}\n1\n5432\n\n\n  0 0\n")
    lock.chmod(0o600)
    os.chown(lock, (checkout.cluster_home / "data").stat().st_uid, -1)
    assert checkout.sql("SELECT 1") == "1"


def test_the_port_is_taken(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = checkout.run("serve", "--port", str(port), check=False)
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr
    assert "Mend it with:  ./hospital serve --port" in done.stderr


def test_a_copied_checkout_gets_its_own_database(checkout, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(checkout.path, copy, symlinks=True)
    done = subprocess.run(
        [copy / "hospital", "psql"], capture_output=True, text=True, env=checkout.environment(), check=False
    )
    assert "There is no database 'hospital'" in done.stderr
