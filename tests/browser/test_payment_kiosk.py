"""The self-service refund: a patient puts his card on the reader of the machine in the hall."""

import re

import pytest
from playwright.sync_api import expect

from . import client
from .test_payment_refund import new_card, pdf_text, topup, wait_for  # noqa: F401 fixtures

SCREEN = ".o_hospital_refund_kiosk"


@pytest.fixture
def spend(rpc, database):
    """A visit that is paid from the card; gives what it cost."""

    def pay(card):
        [place] = database(
            """SELECT department.id AS department, department.campus_id AS campus FROM hospital_department department
                 JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = department.campus_id
                WHERE department.kind = 'clinic' ORDER BY department.id LIMIT 1"""
        )
        visit = rpc("registrar").call(
            "hospital.encounter",
            "create",
            {
                "patient_id": card["patient"],
                "kind": "outpatient",
                "campus_id": place["campus"],
                "department_id": place["department"],
            },
        )
        [item] = database(
            """SELECT product.id FROM product_product product JOIN product_template item ON item.id = product.product_tmpl_id
                WHERE item.is_hospital_item AND item.active AND product.active AND item.list_price BETWEEN 5 AND 50
                  AND item.hospital_price_at_entry IS NOT TRUE AND item.hospital_charge_category_id IS NOT NULL
                ORDER BY product.id LIMIT 1"""
        )
        cashier = rpc("cashier")
        [charge] = cashier.call(
            "hospital.charge", "create", [{"encounter_id": visit, "product_id": item["id"], "quantity": 1}]
        )
        amount = float(database("SELECT amount FROM hospital_charge WHERE id = %s", charge)[0]["amount"])
        [account] = database("SELECT id FROM hospital_account WHERE card_id = %s", card["card"])
        [channel] = database("SELECT id FROM hospital_pay_channel WHERE code = 'card_account'")
        tender = {"channel_id": channel["id"], "amount": amount, "account_id": account["id"]}
        values = {"encounter_id": visit, "charge_ids": [charge], "expected": amount, "tenders": [tender]}
        cashier.call("hospital.cash.desk", "pay", values)
        return amount

    return pay


def put_card(page, number):
    expect(page.locator(".o_hospital_kiosk_scanner")).to_be_focused()
    page.keyboard.insert_text(number)
    page.keyboard.press("Enter")
    client.wait_idle(page)


@pytest.mark.proves("S3-12.3")
def test_a_patient_takes_his_money_back(as_role, new_card, topup, spend, database, shot):  # noqa: F811 fixtures
    card = new_card()
    topup(card, 100)
    left = 100 - spend(card)
    page = as_role("kiosk")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_kiosk")
    screen = page.locator(SCREEN)
    expect(screen).to_have_attribute("data-step", "start")
    shot(page, "payment_kiosk_start")
    put_card(page, card["number"])
    expect(screen).to_have_attribute("data-step", "offer")
    expect(screen.locator(".o_hospital_refund_kiosk_amount")).to_contain_text(f"{left:.2f}")
    expect(screen.locator(".o_hospital_refund_kiosk_roads tbody tr")).to_have_count(1)
    assert card["name"] not in screen.inner_text(), "the screen is public"
    shot(page, "payment_kiosk_offer")
    screen.locator(".o_hospital_refund_kiosk_yes").click()
    expect(screen).to_have_attribute("data-step", re.compile("sent|done"))
    paper = client.download(page, lambda: screen.locator(".o_hospital_refund_kiosk_print").click())
    [refund] = database("SELECT number, source, place FROM hospital_refund ORDER BY id DESC LIMIT 1")
    assert (refund["source"], refund["place"]) == ("self", "kiosk")
    text = pdf_text(paper)
    for wanted in (refund["number"], card["number"], f"{left:.2f}", "退款单"):
        assert wanted in text, text
    expect(screen).to_have_attribute("data-step", "done", timeout=60000)
    shot(page, "payment_kiosk_done")
    expect(screen).to_have_attribute("data-step", "start", timeout=30000)
    [account] = database("SELECT balance FROM hospital_account WHERE card_id = %s", card["card"])
    assert account["balance"] == 0
    put_card(page, card["number"])
    expect(screen).to_have_attribute("data-step", "no")


@pytest.mark.proves("S3-12.3")
def test_why_it_does_not_go_back(as_role, new_card, topup, shot):  # noqa: F811 fixtures
    page = as_role("kiosk")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_kiosk")
    screen = page.locator(SCREEN)
    put_card(page, "3300000000")
    expect(screen).to_have_attribute("data-step", "error")
    expect(screen.locator("h1")).to_contain_text("就诊卡")
    card = new_card()
    topup(card, 80)
    put_card(page, card["number"])
    expect(screen).to_have_attribute("data-step", "no")
    expect(screen.locator(".o_hospital_refund_kiosk_why")).to_contain_text("收费窗口")
    expect(screen.locator(".o_hospital_refund_kiosk_balance")).to_contain_text("80.00")
    expect(screen.locator(".o_hospital_refund_kiosk_yes")).to_have_count(0)
    shot(page, "payment_kiosk_no")
    screen.locator(".o_hospital_refund_kiosk_end").click()
    expect(screen).to_have_attribute("data-step", "start")
