"""IT sends a note to Echo, tells the sandbox to lose the answer, and sees the message become certain by asking."""

import secrets

import pytest
from playwright.sync_api import expect

from . import client


@pytest.fixture(autouse=True)
def faults(rpc):
    """The sandbox begins without faults, and keeps none of this test."""
    it = rpc("it")

    def switch_off():
        it.call("hospital.sandbox.fault", "write", it.call("hospital.sandbox.fault", "search", []), {"active": False})

    switch_off()
    yield lambda **values: it.call("hospital.sandbox.fault", "create", [values])
    switch_off()


def new_note(page, text):
    client.open_menu(page, "hospital_sandbox.menu_hospital_echo_note")
    client.create(page)
    client.fill_field(page, "text", text)
    client.save(page)
    return client.field_text(page, "name")


def state_of(database, name):
    rows = database(
        "SELECT message.state AS state FROM hospital_message message JOIN hospital_echo_note note ON note.id = res_id "
        "WHERE res_model = 'hospital.echo.note' AND note.name = %s ORDER BY message.id DESC LIMIT 1",
        name,
    )
    return rows[0]["state"] if rows else None


def reload(page):
    page.reload()
    client.wait_idle(page)


@pytest.mark.proves("S2-1.1")
def test_send_lose_the_answer_and_become_certain(as_role, database, shot):
    page = as_role("it")
    name = new_note(page, f"夜班交接 {secrets.token_hex(3)}")
    client.click_button(page, "action_send")
    client.eventually(lambda: state_of(database, name) == "done", timeout=60)
    reload(page)
    assert client.field_text(page, "remote_ref").startswith("R")
    shot(page, "echo_note")

    client.open_menu(page, "hospital_sandbox.menu_hospital_sandbox_fault")
    client.create(page)
    client.pick_many2one(page, "platform_id", "Echo", "Echo")
    client.fill_field(page, "times", "1")
    client.save(page)
    shot(page, "sandbox_fault")

    name = new_note(page, f"三楼打印机 {secrets.token_hex(3)}")
    client.click_button(page, "action_send")
    client.eventually(lambda: state_of(database, name) in ("unknown", "done"), timeout=60)
    client.eventually(lambda: state_of(database, name) == "done", timeout=120)
    reload(page)
    assert client.field_text(page, "remote_ref").startswith("R")
    asked = database(
        "SELECT count(*) AS count FROM hospital_message_attempt attempt JOIN hospital_message message ON message.id = message_id "
        "JOIN hospital_echo_note note ON note.id = res_id AND res_model = 'hospital.echo.note' "
        "WHERE note.name = %s AND purpose = 'query'",
        name,
    )
    assert asked[0]["count"] >= 1
    done = database("SELECT count FROM hospital_sandbox_record WHERE kind = 'do' AND key = %s", name)
    assert [row["count"] for row in done] == [1]

    client.open_menu(page, "hospital_sandbox.menu_hospital_sandbox_call")
    expect(client.rows(page).first).to_be_visible()
    shot(page, "sandbox_calls")
    client.open_menu(page, "hospital_sandbox.menu_hospital_sandbox_record")
    client.search(page, name)
    expect(client.rows(page)).to_have_count(1)
    shot(page, "sandbox_records")


def test_a_no_of_the_platform_stands_on_the_note(as_role, database, faults, shot):
    page = as_role("it")
    [echo] = database("SELECT id FROM hospital_platform WHERE code = 'echo'")
    faults(platform_id=echo["id"], kind="refuse", code="A17", words="该病区不存在", times=1)
    name = new_note(page, "转三楼")
    client.click_button(page, "action_send")
    client.eventually(lambda: state_of(database, name) == "refused", timeout=60)
    reload(page)
    expect(page.locator(".o_exchange_banner[data-state=failed]")).to_be_visible()
    shot(page, "echo_refused")
    client.click_button(page, "o_exchange_banner_retry")
    client.eventually(lambda: state_of(database, name) == "done", timeout=60)
    reload(page)
    expect(page.locator(".o_exchange_banner[data-state=failed]")).not_to_be_visible()
