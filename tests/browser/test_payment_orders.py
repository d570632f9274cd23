"""The order centre: what is not clear is asked about, what the channel says otherwise is looked at by a person."""

import pytest
from playwright.sync_api import expect

from . import client
from .test_payment_refund import COUNTER, new_card, wait_for  # noqa: F401

PAYS_AT_THE_SECOND_QUESTION = "9001"


@pytest.fixture
def order_of(rpc, database, new_card):  # noqa: F811
    """A top-up by WeChat Pay with a payment code that the cashier has scanned."""
    cashier = rpc("cashier")

    def begin(amount, code):
        card = new_card()
        [channel] = database("SELECT id FROM hospital_pay_channel WHERE code = 'wechat'")
        values = {"card_id": card["card"], "patient_id": card["patient"], "amount": amount}
        desk = cashier.call("hospital.topup", "create", {**values, "channel_id": channel["id"]})
        cashier.call("hospital.topup", "action_pay", [desk])
        [topup] = cashier.call("hospital.topup", "read", [desk], ["order_id"])
        order_id, number = topup["order_id"][0], topup["order_id"][1].split()[0]
        cashier.call("hospital.pay.order", "hospital_pay_code", [order_id], code)
        return order_id, number

    return begin


def open_orders(page, *filters):
    client.open_menu(page, "hospital_payment.menu_hospital_pay_order")
    client.clear_search(page)
    for label in filters:
        client.add_filter(page, label)


@pytest.mark.proves("S2-7.3")
def test_an_unclear_payment_is_asked_about_until_it_is_paid(as_role, order_of, database, shot):
    order_id, number = order_of(40, f"13{next(COUNTER):012}{PAYS_AT_THE_SECOND_QUESTION}")
    page = as_role("finance")
    client.open_menu(page, "hospital_payment.menu_hospital_pay_order")
    shot(page, "payment_orders")
    open_orders(page)
    client.search(page, number)
    assert client.rows(page).count() == 1
    client.open_row(page, number)
    for _question in range(4):
        [order] = database("SELECT state FROM hospital_pay_order WHERE id = %s", order_id)
        if order["state"] == "paid":
            break
        assert order["state"] in ("paying", "unknown")
        client.click_button(page, "action_check")
    wait_for(database, "SELECT 1 FROM hospital_pay_order WHERE id = %s AND business_state = 'done'", order_id)
    page.reload()
    client.wait_idle(page)
    expect(client.scope(page).locator(".o_statusbar_status .o_arrow_button_current")).to_have_attribute(
        "data-value", "paid"
    )
    shot(page, "payment_order_paid")


def test_another_amount_is_a_task_for_a_person(as_role, database, shot):
    found = database("SELECT id, number, state FROM hospital_pay_order WHERE is_attention AND error LIKE '%%而不是%%'")
    assert found, "the demo hospital has an order of which the channel says another amount"
    order = found[0]
    page = as_role("finance")
    open_orders(page, "待处理")
    assert client.rows(page).filter(has_text=order["number"]).count() == 1
    shot(page, "payment_orders_attention")
    client.open_row(page, order["number"])
    expect(client.scope(page).locator(".alert-warning").first).to_contain_text("而不是 100.00 元")
    shot(page, "payment_order_attention")
    client.click_button(page, "action_attended")
    assert not database("SELECT 1 FROM hospital_pay_order WHERE id = %s AND is_attention", order["id"])
    open_orders(page, "待处理")
    assert not client.rows(page).filter(has_text=order["number"]).count(), "who looked at it takes it off the list"
    [row] = database("SELECT state, business_state FROM hospital_pay_order WHERE id = %s", order["id"])
    assert row == {"state": order["state"], "business_state": "none"}, "nothing is booked on another amount"
