"""Phone and cash desk: what is being paid there is not taken here, and what the patient wants back waits for a decision."""

import pytest
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


@pytest.mark.proves("S2-2.49")
def test_the_cash_desk_accepts_what_the_patient_wants_back(as_role, phone, database, shot):  # noqa: F811 fixtures
    reply = phone.pay("A")["data"]
    phone.scan(reply)
    phone.until("done", settlement_no=reply["settlement_no"])
    who = {"apply_no": f"R{phone.card}", "charges": [{"charge_no": str(phone.charges[1])}], "reason": "不再需要"}
    answer = phone.call("fees_refund_apply", **who)
    assert answer["code"] == "0", answer
    page = as_role("cashier")
    client.open_menu(page, "hospital_payment.menu_hospital_refund_wish")
    client.open_row(page, answer["data"]["wish_no"])
    expect(client.field(page, "reason")).to_contain_text("不再需要")
    shot(page, "payment_refund_wish")
    client.click_button(page, "action_accept")
    page.locator(".modal-footer .btn-primary").click()
    client.wait_idle(page)
    [wish] = database("SELECT state, refund_id FROM hospital_refund_wish WHERE number = %s", answer["data"]["wish_no"])
    assert wish["state"] == "accepted"
    [line] = database(
        """SELECT line.way, paid.number FROM hospital_refund_line line JOIN hospital_pay_order paid ON paid.id = line.order_id
            WHERE line.refund_id = %s
            UNION ALL SELECT 'requested', '' FROM hospital_refund WHERE id = %s AND state = 'requested'""",
        wish["refund_id"],
        wish["refund_id"],
    )
    assert (line["way"], line["number"]) in (("original", reply["order_no"]), ("requested", ""))
    state = phone.call("fees_refund_state", apply_no=who["apply_no"])["data"]["state"]
    assert state in ("accepted", "refunded")
