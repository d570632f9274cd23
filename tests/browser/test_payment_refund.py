"""Refunds on the screen: finance approves, balances go back in a batch, a patient's online request is paid out."""

import itertools
import json
import os
import time
from pathlib import Path

import pytest
import requests
from openpyxl import load_workbook
from playwright.sync_api import expect
from pypdf import PdfReader

from ..exchange.partner import sign
from . import client

KEY = "the key of the mini-program and the hospital"
COUNTER = itertools.count(os.getpid() * 100)
PAYS_AT_ONCE = "0001"


def pdf_text(path):
    return "".join("".join(page.extract_text().split()) for page in PdfReader(path).pages)


@pytest.fixture
def new_card(rpc):
    """A new patient of the cashier's campus with a card and nothing on it."""
    registrar = rpc("registrar")

    def make():
        number = next(COUNTER)
        patient = registrar.call("hospital.patient", "create", {"name": f"退费{number % 100000}", "sex": "1"})
        card = registrar.call("hospital.card", "create", {"patient_id": patient, "number": f"33{number:010}"})
        return {"patient": patient, "card": card, "number": f"33{number:010}", "name": f"退费{number % 100000}"}

    return make


@pytest.fixture
def topup(rpc, database):
    """Tops a card up: in cash, or by WeChat with a payment code that its far side pays at once."""
    cashier = rpc("cashier")

    def pay(card, amount, channel="wechat"):
        [row] = database("SELECT id FROM hospital_pay_channel WHERE code = %s", channel)
        values = {"card_id": card["card"], "patient_id": card["patient"], "amount": amount, "channel_id": row["id"]}
        desk = cashier.call("hospital.topup", "create", values)
        cashier.call("hospital.topup", "action_pay", [desk])
        [order] = cashier.call("hospital.topup", "read", [desk], ["order_id"])
        order_id = order["order_id"][0]
        if channel != "cash":
            cashier.call("hospital.pay.order", "hospital_pay_code", [order_id], f"13{next(COUNTER):012}{PAYS_AT_ONCE}")
        wait_for(
            database,
            "SELECT 1 FROM hospital_pay_order WHERE id = %s AND business_state = 'done'",
            order_id,
            again=lambda: cashier.call("hospital.pay.order", "hospital_poll", [order_id]),
        )
        [account] = database("SELECT id FROM hospital_account WHERE card_id = %s", card["card"])
        return account["id"]

    return pay


@pytest.fixture
def call_in(rpc, server):
    """A platform outside calls an interface of ours over HTTP, signed with a key that admin has just set."""
    admin = rpc("admin")
    ready = set()

    def prepare(code):
        [platform] = admin.call("hospital.platform", "search", [("code", "=", code)])
        address = {"mode": "test", "url_test": "http://127.0.0.1:9", "allowed_addresses": "127.0.0.1"}
        admin.call("hospital.platform", "write", [platform], address)
        known = admin.call("hospital.secret", "search", [("platform_id", "=", platform), ("name", "=", "sign_key")])
        if known:
            admin.call("hospital.secret", "write", known, {"value": KEY})
        else:
            admin.call("hospital.secret", "create", {"platform_id": platform, "name": "sign_key", "value": KEY})
        ready.add(code)

    def call(platform, operation, payload, number):
        if platform not in ready:
            prepare(platform)
        path = f"/exchange/{platform}/{operation}"
        body = json.dumps(payload).encode()
        headers = {**sign(KEY, "POST", path, body, number), "Content-Type": "application/json"}
        reply = requests.post(server + path, data=body, headers=headers, timeout=60).json()
        assert reply["code"] == "0", reply
        return reply["data"]

    return call


@pytest.fixture
def online_request(call_in, new_card, topup):
    """The mini-program files a request for money that came in cash; gives the card and the refund number."""

    def file(amount):
        card = new_card()
        topup(card, float(amount), "cash")
        number = f"A{next(COUNTER)}"
        asked = {"apply_no": number, "card_no": card["number"], "patient_name": card["name"], "amount": amount}
        return card, call_in("mini_program", "refund_apply", asked, number)["refund_no"]

    return file


def wait_for(database, query, *values, again=lambda: None, seconds=60):
    """Until the query finds something: deliveries run behind the screen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := database(query, *values):
            return found
        again()
    raise AssertionError(f"nothing came of {query} {values}")


def ask_back(clerk, account, amount):
    [reason] = clerk.call("hospital.refund.reason", "search", [("needs_note", "=", False)], limit=1)
    values = {"kind": "account", "account_id": account, "amount": amount, "reason_id": reason}
    ask = clerk.call("hospital.refund.ask", "create", values)
    return clerk.call("hospital.refund.ask", "action_ask", [ask])["res_id"]


@pytest.mark.proves("S2-5.23", "S2-6.4")
def test_finance_asks_and_another_approves(as_role, new_card, topup, database, shot, errors):
    card = new_card()
    account = topup(card, 100)
    page = as_role("finance")
    client.open_menu(page, "hospital_payment.menu_hospital_refund")
    client.click_button(page, "o_hospital_refund_ask")
    client.pick_many2one(page, "account_id", card["number"], choice=card["name"])
    client.fill_field(page, "amount", "60")
    client.pick_many2one(page, "reason_id", "余额", choice="")
    shot(page, "payment_refund_ask")
    client.click_button(page, "action_ask")
    number = client.field_text(page, "number")
    assert number.startswith("R")

    page = as_role("finance_manager")
    client.open_menu(page, "hospital_payment.menu_hospital_refund")
    shot(page, "payment_refund_list")
    client.open_row(page, number)
    client.click_button(page, "action_approve")
    wait_for(
        database,
        "SELECT 1 FROM hospital_refund WHERE number = %s AND state IN ('executing', 'done')",
        number,
    )
    shot(page, "payment_refund_form")
    assert database("SELECT balance FROM hospital_account WHERE id = %s", account)[0]["balance"] == 40


def test_nobody_approves_what_he_asked_for(as_role, rpc, new_card, topup, shot):
    account = topup(new_card(), 50)
    refund = ask_back(rpc("finance_manager"), account, 50)
    page = as_role("finance_manager")
    client.open_action(page, "hospital_payment.action_hospital_refund", refund)
    assert client.field(page, "why_not_approve").is_visible()
    expect(client.scope(page).locator("button[name='action_approve']")).to_have_count(0)
    shot(page, "payment_refund_own")


@pytest.mark.proves("S3-12.1", "S3-12.2")
def test_card_balances_go_back_in_a_batch(as_role, new_card, topup, database, shot):
    made = [new_card() for _card in range(3)]
    accounts = [topup(card, 20 + place) for place, card in enumerate(made)]
    page = as_role("finance")
    client.open_menu(page, "hospital_payment.menu_hospital_account_balance")
    shot(page, "payment_card_balances")
    for card in made:
        client.search(page, card["number"])
    assert client.rows(page).count() == 3
    client.scope(page).locator("thead .o_list_record_selector input").check()
    client.wait_idle(page)
    client.click_button(page, "action_balance_batch")
    number = client.field_text(page, "number")
    assert client.rows(page).count() == 3
    assert client.field(page, "why_not_confirm").is_visible()

    page = as_role("finance_manager")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_batch")
    client.open_row(page, number)
    shot(page, "payment_refund_batch")
    client.click_button(page, "action_confirm")
    page.locator(".modal-footer button.btn-primary").first.click()
    client.wait_idle(page)
    wait_for(database, "SELECT 1 FROM hospital_refund_batch WHERE number = %s AND state = 'done'", number)
    expect(page.locator(".o_hospital_progress")).to_have_count(0)
    client.wait_idle(page)
    balances = database("SELECT sum(balance) AS left FROM hospital_account WHERE id = ANY(%s)", accounts)
    assert balances[0]["left"] == 0
    wait_for(
        database,
        """SELECT 1 FROM hospital_refund_batch batch JOIN hospital_refund_batch_line line ON line.batch_id = batch.id
             JOIN hospital_refund refund ON refund.batch_line_id = line.id
            WHERE batch.number = %s GROUP BY batch.id HAVING bool_and(refund.state IN ('executing', 'done'))""",
        number,
    )
    client.open_action(page, "hospital_payment.action_hospital_refund_batch")
    client.clear_search(page)
    client.open_row(page, number)
    shot(page, "payment_refund_batch_done")
    text = pdf_text(client.download(page, lambda: client.click_button(page, "action_print")))
    for wanted in (number, *(card["number"] for card in made), "63.00"):
        assert wanted in text, wanted
    text = pdf_text(client.download(page, lambda: client.click_button(page, "action_print")))
    assert "第2次打印" in text
    assert Path(client.download(page, lambda: client.click_button(page, "action_xlsx"))).stat().st_size > 4000

    # all that are due at once; nobody confirms it, so nothing moves
    page = as_role("finance")
    client.open_menu(page, "hospital_payment.menu_hospital_account_balance")
    client.click_button(page, "action_balance_batch_all")
    number = client.field_text(page, "number")
    assert client.rows(page).count() > 1
    client.click_button(page, "action_cancel")
    wait_for(database, "SELECT 1 FROM hospital_refund_batch WHERE number = %s AND state = 'cancelled'", number)


@pytest.mark.proves("S3-13.2", "S3-13.3")
def test_an_online_request_is_approved_and_paid_out_once(as_role, online_request, database, shot, errors):
    card, number = online_request("30.00")
    page = as_role("finance_manager")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_online")
    shot(page, "payment_refund_online")
    client.open_row(page, number)
    client.click_button(page, "action_approve")

    page = as_role("cashier")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_online_print")
    shot(page, "payment_refund_online_print")
    client.rows(page).filter(has_text=number).locator("button[name='action_pay_out']").click()
    client.wait_idle(page)
    shot(page, "payment_refund_payout")
    text = pdf_text(client.download(page, lambda: client.click_button(page, "action_confirm")))
    for wanted in (number, card["name"], card["number"], "30.00", "人民币叁拾元整"):
        assert wanted in text, wanted
    assert "第2次打印" not in text
    [row] = database("SELECT state, done_amount, print_count FROM hospital_refund WHERE number = %s", number)
    assert (row["state"], float(row["done_amount"]), row["print_count"]) == ("done", 30.0, 1)
    client.open_menu(page, "hospital_payment.menu_hospital_refund_online_print")
    assert not client.rows(page).filter(has_text=number).count(), "what is paid out waits no more"


@pytest.mark.proves("S3-13.2")
def test_an_online_request_is_rejected_with_a_reason(as_role, online_request, database):
    _card, number = online_request("10.00")
    page = as_role("finance_manager")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_online")
    client.open_row(page, number)
    client.click_button(page, "action_reject")
    client.fill_field(page, "reason", "请本人持身份证到窗口办理")
    client.click_button(page, "action_confirm")
    [row] = database("SELECT state, decision FROM hospital_refund WHERE number = %s", number)
    assert row == {"state": "rejected", "decision": "请本人持身份证到窗口办理"}


@pytest.mark.proves("S3-12.4")
def test_the_report_of_self_service_refunds(as_role, rpc, new_card, topup, call_in, database, shot):
    card = new_card()
    account = topup(card, 100)
    refund = ask_back(rpc("finance"), account, 65)
    manager = rpc("finance_manager")
    manager.call("hospital.refund", "action_approve", [refund])
    wait_for(
        database,
        "SELECT 1 FROM hospital_refund WHERE id = %s AND state = 'done'",
        refund,
        again=lambda: (manager.call("hospital.refund", "action_check", [refund]), time.sleep(1)),
    )
    asked = {"card_no": card["number"]}
    offer = call_in("self_service", "self_refund_offer", asked, f"A{next(COUNTER)}")
    assert (offer["amount"], offer["why_not"]) == ("35.00", ""), "less than the last top-up goes back by itself"
    reply = call_in("self_service", "self_refund", {**asked, "amount": "35.00"}, f"A{next(COUNTER)}")
    number = reply["refund_no"]
    wait_for(database, "SELECT 1 FROM hospital_refund WHERE number = %s AND state IN ('executing', 'done')", number)
    assert database("SELECT balance FROM hospital_account WHERE id = %s", account)[0]["balance"] == 0

    page = as_role("finance")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_self")
    count = int(client.field_text(page, "refund_count"))
    assert count
    shot(page, "payment_refund_self_report")
    book = load_workbook(client.download(page, lambda: client.click_button(page, "action_xlsx")).open("rb"))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell is not None]
    assert number in cells
    assert card["number"] in cells
    client.click_button(page, "action_show")
    assert client.rows(page).count() == count
    shot(page, "payment_refund_self")
