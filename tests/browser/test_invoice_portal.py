"""A patient with a phone looks at his bills."""

import pytest
from playwright.sync_api import expect

from .test_invoice_reprint import pdf_text

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser, server, errors):
    context = browser.new_context(
        base_url=server,
        viewport=PHONE,
        is_mobile=True,
        has_touch=True,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.set_default_timeout(60000)
    page = context.new_page()
    errors.watch(page)
    page.goto("/web/login?redirect=/my/bills")
    page.fill("#login", "patient")
    page.fill("#password", "patient")
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_url("**/my/bills**", timeout=180_000)
    yield page
    context.close()


def keep(page, name):
    from . import shots

    shots.store(name, page.screenshot(animations="disabled", caret="hide"))


@pytest.mark.proves("S2-2.23", "S3-1.20")
def test_patient_sees_and_downloads_a_bill(phone, database):
    own = database(
        """SELECT bill.number, bill.bill_number, bill.amount, bill.colour, bill.state FROM hospital_invoice bill
             JOIN hospital_patient patient ON patient.id = bill.patient_id
             JOIN res_users portal ON portal.login = 'patient' AND portal.partner_id = patient.partner_id
            WHERE bill.state <> 'void' ORDER BY bill.id DESC"""
    )
    cards = phone.locator(".o_hospital_bill")
    expect(cards).to_have_count(len(own))
    for row in own:
        expect(phone.locator(f".o_hospital_bill[href='/my/bills/{row['number']}']")).to_contain_text(
            f"{row['amount']:,.2f}"
        )
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing hangs over the edge"
    keep(phone, "invoice_portal_list")
    bill = next(row for row in own if row["colour"] == "blue" and row["bill_number"])
    phone.locator(f".o_hospital_bill[href='/my/bills/{bill['number']}']").click()
    expect(phone.locator(".o_hospital_bill_page")).to_contain_text(bill["bill_number"])
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], "nothing hangs over the edge"
    keep(phone, "invoice_portal_bill")
    with phone.expect_download() as waiting:
        phone.locator(f"a[href='/my/bills/{bill['number']}/pdf']").click()
    text = pdf_text(waiting.value.path())
    assert bill["bill_number"] in text
    assert "人民币" in text


def test_the_bill_of_another_leads_back_to_the_list(phone, database):
    [other] = database(
        """SELECT bill.number FROM hospital_invoice bill JOIN hospital_patient patient ON patient.id = bill.patient_id
            WHERE patient.partner_id IS NULL ORDER BY bill.id LIMIT 1"""
    )
    phone.goto(f"/my/bills/{other['number']}")
    assert phone.url.endswith("/my/bills")
    expect(phone.locator("body")).not_to_contain_text(other["number"])
