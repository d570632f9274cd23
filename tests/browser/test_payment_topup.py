"""The top-up desk: cash, a payment code that is scanned, a QR code that the patient scans, and the receipt."""

from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

from .client import (
    click_button,
    download,
    field,
    field_text,
    fill_field,
    open_menu,
    pick_many2one,
    rows,
    scope,
    search,
    wait_idle,
)
from .test_payment_desk import pdf_text

CODES = {"微信支付": "130000000000000001"}


@pytest.fixture
def holder(database):
    """Somebody with exactly one card that may hold money."""
    [row] = database(
        """SELECT patient.name, patient.number AS record, account.id AS account, account.balance, card.number AS card
             FROM hospital_account account
             JOIN hospital_card card ON card.id = account.card_id AND card.state = 'in_use'
             JOIN hospital_patient patient ON patient.id = account.patient_id
            WHERE account.state = 'open'
              AND NOT EXISTS (SELECT FROM hospital_card other WHERE other.patient_id = patient.id AND other.id <> card.id)
            ORDER BY account.id DESC LIMIT 1"""
    )
    return row


def balance(database, holder):
    return database("SELECT balance FROM hospital_account WHERE id = %s", holder["account"])[0]["balance"]


def choose_channel(page, code, database):
    [channel] = database("SELECT id FROM hospital_pay_channel WHERE code = %s", code)
    field(page, "channel_id").locator(f"input[type=radio][data-value='{channel['id']}']").check()
    wait_idle(page)


def open_desk(page, holder, amount):
    open_menu(page, "hospital_payment.menu_hospital_topup")
    pick_many2one(page, "patient_id", holder["card"], holder["name"])
    assert holder["card"] in field_text(page, "card_id")
    fill_field(page, "amount", amount)


def test_cash(as_role, database, holder, shot):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "50")
    expect(field(page, "rule_note")).to_contain_text("60")
    fill_field(page, "cash_given", "100")
    assert "50" in field_text(page, "cash_change")
    shot(page, "payment_topup")
    click_button(page, "action_pay")
    expect(scope(page).locator("button[name='action_receipt']")).to_be_visible()
    assert balance(database, holder) == before + 50
    shot(page, "payment_topup_done")
    [order] = database("SELECT id, number FROM hospital_pay_order ORDER BY id DESC LIMIT 1")
    text = pdf_text(download(page, lambda: click_button(page, "action_receipt")))
    for wanted in (order["number"], holder["name"], "50.00"):
        assert wanted in text, wanted
    again = pdf_text(download(page, lambda: click_button(page, "action_receipt")))
    assert again != text, "the second print says that it is a copy"


def test_payment_code(as_role, database, holder):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "66.60")
    choose_channel(page, "wechat", database)
    click_button(page, "action_pay")
    scanner = page.locator(".o_hospital_pay_order input")
    expect(scanner).to_be_focused()
    page.keyboard.type("999")
    page.keyboard.press("Enter")
    expect(page.locator(".o_hospital_pay_order .alert-danger")).to_be_visible()
    expect(scanner).to_be_enabled()
    scanner.fill(CODES["微信支付"])
    scanner.press("Enter")
    expect(scope(page).locator("button[name='action_receipt']")).to_be_visible(timeout=20_000)
    assert float(balance(database, holder)) == float(before) + 66.6


def test_payer_has_no_money_and_pays_cash(as_role, database, holder):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "20")
    choose_channel(page, "wechat", database)
    click_button(page, "action_pay")
    scanner = page.locator(".o_hospital_pay_order input")
    scanner.fill("130000000000009003")
    scanner.press("Enter")
    expect(scope(page).locator("button[name='action_pay']")).to_be_visible(timeout=20_000)
    choose_channel(page, "cash", database)
    click_button(page, "action_pay")
    expect(scope(page).locator("button[name='action_receipt']")).to_be_visible()
    assert balance(database, holder) == before + 20


def test_qr_code(as_role, database, holder, server, shot):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "30")
    choose_channel(page, "wechat", database)
    field(page, "way").locator("input[type=radio][data-value='qr']").check()
    wait_idle(page)
    click_button(page, "action_pay")
    expect(page.locator(".o_hospital_pay_qr")).to_be_visible(timeout=20_000)
    shot(page, "payment_topup_qr")
    [order] = database("SELECT qr_code FROM hospital_pay_order ORDER BY id DESC LIMIT 1")
    requests.post(server + urlsplit(order["qr_code"]).path, timeout=20).raise_for_status()
    expect(scope(page).locator("button[name='action_receipt']")).to_be_visible(timeout=40_000)
    assert balance(database, holder) == before + 30


def test_give_up(as_role, database, holder):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "30")
    choose_channel(page, "wechat", database)
    field(page, "way").locator("input[type=radio][data-value='qr']").check()
    wait_idle(page)
    click_button(page, "action_pay")
    expect(page.locator(".o_hospital_pay_qr")).to_be_visible(timeout=20_000)
    page.locator(".o_hospital_give_up").click()
    expect(scope(page).locator("button[name='action_pay']")).to_be_visible(timeout=20_000)
    assert balance(database, holder) == before


def test_low_deposits_and_a_top_up_of_a_stay(as_role, database, shot):
    nurse = as_role("nurse")
    open_menu(nurse, "hospital_payment.menu_hospital_deposit_low")
    shot(nurse, "payment_deposit_low")
    assert rows(nurse).count()
    expect(scope(nurse).locator("button[name='action_topup']")).to_have_count(0)

    page = as_role("cashier")
    open_menu(page, "hospital_payment.menu_hospital_deposit_low")
    number = rows(page).first.locator("td[name='number']").inner_text().strip()
    [stay] = database(
        """SELECT encounter.id, encounter.number, account.balance
             FROM hospital_encounter encounter LEFT JOIN hospital_account account ON account.encounter_id = encounter.id
            WHERE encounter.number = %s""",
        number,
    )
    search(page, stay["number"])
    rows(page).filter(has_text=stay["number"]).locator("button[name='action_topup']").click()
    wait_idle(page)
    assert stay["number"] in field_text(page, "encounter_id")
    fill_field(page, "amount", "50000")
    choose_channel(page, "bank_card", database)
    fill_field(page, "reference", "004711")
    shot(page, "payment_topup_stay")
    click_button(page, "action_pay")
    expect(scope(page).locator("button[name='action_receipt']")).to_be_visible()
    scope(page).locator("footer button[special='cancel'], .modal-footer button.btn-secondary").last.click()
    wait_idle(page)
    [account] = database("SELECT balance FROM hospital_account WHERE encounter_id = %s", stay["id"])
    assert account["balance"] == (stay["balance"] or 0) + 50000
    open_menu(page, "hospital_payment.menu_hospital_deposit_low")
    search(page, stay["number"])
    assert not rows(page).count(), "a deposit that covers the charges is no longer low"
