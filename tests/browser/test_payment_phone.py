"""The cash desk sees what the patient is paying on his phone, and takes the money only after that was given up."""

from playwright.sync_api import expect

from ..concurrency.test_payment_phone import phone, platforms  # noqa: F401 fixtures
from . import client


def open_desk(page, text):
    client.open_menu(page, "hospital_payment.menu_hospital_take_payment")
    scanner = page.locator(".o_cash_desk_scan input")
    scanner.fill(text)
    scanner.press("Enter")
    client.wait_idle(page)


def test_given_up_at_the_desk_then_paid_in_cash(as_role, phone, shot):  # noqa: F811 fixtures
    reply = phone.pay("A")["data"]
    page = as_role("cashier")
    open_desk(page, phone.card)
    note = page.locator(".o_cash_desk_begun")
    expect(note).to_contain_text("手机")
    expect(note).to_contain_text(reply["settlement_no"])
    expect(page.locator(".o_cash_desk_means button")).to_have_count(0)
    shot(page, "payment_desk_phone")
    note.locator("button").last.click()
    client.wait_idle(page)
    expect(note).to_have_count(0)
    page.keyboard.press("F2")
    given = page.locator(".o_cash_desk_entry input[name=given]")
    given.fill("500.125")
    given.press("Enter")
    expect(page.locator(".o_cash_desk_error")).to_contain_text("两位小数")
    given.fill("")
    page.keyboard.insert_text("５００")
    client.download(page, lambda: given.press("Enter"))
    expect(page.locator(".o_cash_desk_done")).to_contain_text(phone.due)
    assert phone.call("fees_pay_state", settlement_no=reply["settlement_no"])["data"]["state"] == "closed"
    assert [row["place"] for row in phone.live()] == ["window"]
    assert not phone.orders("paying", "unknown")
