"""The top-up desk: cash, a payment code that is scanned, a QR code that the patient scans, and the receipt."""

import pytest
import requests
from playwright.sync_api import expect

from .client import click_button, field, field_text, fill_field, open_menu, pick_many2one, scope, wait_idle

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


def test_cash(as_role, database, holder):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "50")
    expect(field(page, "rule_note")).to_contain_text("60")
    fill_field(page, "cash_given", "100")
    assert "50" in field_text(page, "cash_change")
    click_button(page, "action_pay")
    expect(scope(page).locator("button[name='action_receipt']")).to_be_visible()
    assert balance(database, holder) == before + 50


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


def test_qr_code(as_role, database, holder):
    page = as_role("cashier")
    before = balance(database, holder)
    open_desk(page, holder, "30")
    choose_channel(page, "wechat", database)
    field(page, "way").locator("input[type=radio][data-value='qr']").check()
    wait_idle(page)
    click_button(page, "action_pay")
    expect(page.locator(".o_hospital_pay_qr")).to_be_visible(timeout=20_000)
    [order] = database("SELECT qr_code FROM hospital_pay_order ORDER BY id DESC LIMIT 1")
    requests.post(order["qr_code"], timeout=20).raise_for_status()
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
