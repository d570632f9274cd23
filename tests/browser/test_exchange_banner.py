"""The banner of a document that goes out: what happened, send again, and it follows by itself."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from ..rpc import RpcError
from . import client

DELIVERED = 60_000  # the scheduler of the server under test takes the message


@pytest.fixture
def echo_refuses(rpc):
    """Echo says no to the next registration, and to no other."""
    it = rpc("it")
    [platform] = it.call("hospital.platform", "search", [("code", "=", "echo")])
    [interface] = it.call("hospital.interface", "search", [("platform_id", "=", platform), ("code", "=", "do")])
    words = f"缺少科室编码 {uuid.uuid4().hex[:6]}"
    [fault] = it.call(
        "hospital.sandbox.fault",
        "create",
        [
            {
                "platform_id": platform,
                "interface_id": interface,
                "kind": "refuse",
                "code": "E42",
                "words": words,
                "times": 1,
            }
        ],
    )
    yield words
    it.call("hospital.sandbox.fault", "write", [fault], {"active": False})


@pytest.fixture
def note(as_role):
    page = as_role("it")
    client.open_action(page, "hospital_sandbox.action_hospital_echo_note")
    client.create(page)
    client.fill_field(page, "text", f"夜班交接 {uuid.uuid4().hex[:6]}")
    client.save(page)
    return page


@pytest.mark.proves("S2-10.6")
def test_refused_corrected_and_sent_again(echo_refuses, note, shot):
    banner = note.locator(".o_exchange_banner")
    expect(banner).to_have_count(0)
    client.click_button(note, "action_send")
    expect(banner).to_be_visible()
    expect(banner).to_have_attribute("data-state", "failed", timeout=DELIVERED)  # nobody touched the page
    shot(note, "exchange_banner_failed")
    retry = note.locator(".o_exchange_banner_retry")
    client.fill_field(note, "text", "夜班交接，已补科室编码")
    retry.click()
    expect(banner).to_have_attribute("data-state", re.compile("waiting|done"))
    expect(banner).to_have_attribute("data-state", "done", timeout=DELIVERED)
    expect(client.field(note, "text").locator("textarea")).to_have_value("夜班交接，已补科室编码")
    assert client.field_text(note, "remote_ref"), "the form followed the banner"
    words = re.sub(r"Echo|E42", "", banner.inner_text())
    assert not re.findall(r"[A-Za-z]{3,}", words), "not everything is translated"


def test_what_is_being_typed_is_never_lost(echo_refuses, note):
    banner = note.locator(".o_exchange_banner")
    client.click_button(note, "action_send")
    client.fill_field(note, "text", "正在输入的内容")
    expect(banner).to_have_attribute("data-state", "failed", timeout=DELIVERED)
    expect(client.field(note, "text").locator("textarea")).to_have_value("正在输入的内容")
    assert echo_refuses.split()[0] in banner.inner_text() or banner.inner_text().strip()


def test_operators_go_to_the_messages(note):
    client.click_button(note, "action_put")
    note.locator(".o_exchange_banner_messages").click()
    client.wait_idle(note)
    assert client.rows(note).count() == 1


def test_a_retry_without_anything_to_retry_is_a_sentence(rpc):
    it = rpc("it")
    [made] = it.call("hospital.echo.note", "create", [{"text": "nothing was sent"}])
    with pytest.raises(RpcError) as caught:
        it.call("hospital.echo.note", "action_exchange_retry", [made])
    assert caught.value.sentence
