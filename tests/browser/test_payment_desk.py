"""The cash desk: a cashier takes money, refunds a line and closes the shift."""

import re
import subprocess
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from .client import (
    click_button,
    download,
    expect_notification,
    field,
    field_text,
    fill_field,
    open_action,
    open_menu,
    rows,
    scope,
    wait_idle,
)


def pdf_text(path):
    """Text without blanks of all pages; every font must be in the file."""
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts, "no font in the PDF"
    assert all(" yes " in font for font in fonts), fonts
    return "".join("".join(page.extract_text().split()) for page in PdfReader(path).pages)


@pytest.fixture
def visit(database, rpc):
    """An outpatient visit of the cashier's campus with two new charges and nothing else to settle."""
    found = database(
        """SELECT encounter.id AS id, encounter.number, patient.id AS patient_id, patient.name, patient.number AS record
             FROM hospital_encounter encounter
             JOIN hospital_patient patient ON patient.id = encounter.patient_id
             JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = encounter.campus_id
            WHERE encounter.kind = 'outpatient' AND encounter.state IN ('registered', 'in_progress')
              AND NOT EXISTS (SELECT FROM hospital_charge charge
                               WHERE charge.patient_id = patient.id AND charge.state = 'unsettled')
            ORDER BY encounter.id DESC LIMIT 1"""
    )
    assert found, "the demo hospital has an open visit without unsettled charges"
    visit = dict(found[0])
    items = database(
        """SELECT product.id AS id FROM product_product product JOIN product_template item ON item.id = product.product_tmpl_id
            WHERE item.is_hospital_item AND item.active AND product.active AND item.list_price BETWEEN 5 AND 200
              AND item.hospital_price_at_entry IS NOT TRUE AND item.hospital_charge_category_id IS NOT NULL
            ORDER BY product.id LIMIT 2"""
    )
    visit["charges"] = rpc("cashier").call(
        "hospital.charge",
        "create",
        [{"encounter_id": visit["id"], "product_id": item["id"], "quantity": 2} for item in items],
    )
    return visit


def open_desk(page, text):
    open_menu(page, "hospital_payment.menu_hospital_take_payment")
    type_into_scanner(page, text)


def type_into_scanner(page, text):
    scanner = page.locator(".o_cash_desk_scan input")
    scanner.fill(text)
    scanner.press("Enter")
    wait_idle(page)


def total_of(page):
    return float(re.sub(r"[^\d.]", "", page.locator(".o_cash_desk_total strong").inner_text()))


def toggle_line(page, index):
    page.locator(".o_cash_desk_lines tbody tr").nth(index).click()
    wait_idle(page)


def show_qr(page):
    page.keyboard.press("F8")
    page.locator(".o_cash_desk_entry select[name=channel]").wait_for()
    click_button(page, "o_cash_desk_confirm")
    page.locator(".o_cash_desk_qr").wait_for()


def count_cash(page, shift):
    """Enter what there should be, biggest first."""
    page.locator(".o_notebook .nav-link[name='count']").click()
    wait_idle(page)
    left = round(shift * 10)
    for row in rows(page).all():
        value = round(float(re.sub(r"[^\d.]", "", row.locator("td[name='denomination']").inner_text())) * 10)
        pieces, left = divmod(left, value)
        if pieces:
            row.locator("td[name='pieces']").click()
            row.locator("td[name='pieces'] input").fill(str(pieces))
    scope(page).locator(".o_form_sheet h1").first.click()
    wait_idle(page)


def test_cashier_takes_cash_refunds_a_line_and_closes_the_shift(as_role, visit, database, rpc, shot):
    page = as_role("cashier")
    open_desk(page, visit["record"])
    expect(page.locator(".o_cash_desk_patient")).to_contain_text(visit["name"])
    amounts = database("SELECT amount FROM hospital_charge WHERE id = ANY(%s)", visit["charges"])
    due = float(sum(row["amount"] for row in amounts))
    assert total_of(page) == due, "all unsettled lines are chosen"

    toggle_line(page, 0)
    assert total_of(page) < due
    toggle_line(page, 0)
    assert total_of(page) == due
    shot(page, "payment_desk")

    # F2, what was given, Enter: paid, with the change on the screen and the receipt in the printer
    page.keyboard.press("F2")
    given = page.locator(".o_cash_desk_entry input[name='given']")
    expect(given).to_be_focused()
    given.fill("1")
    given.press("Enter")
    expect(page.locator(".o_cash_desk_error")).to_be_visible()
    given.fill(f"{due + 10:.2f}")
    expect(page.locator(".o_cash_desk_entry .o_cash_desk_change")).to_contain_text("10.00")
    shot(page, "payment_desk_cash")
    receipt = download(page, lambda: given.press("Enter"))
    expect(page.locator(".o_cash_desk_done")).to_contain_text(visit["name"])
    expect(page.locator(".o_cash_desk_done .o_cash_desk_change")).to_contain_text("10.00")
    shot(page, "payment_desk_done")
    [settlement] = database(
        """SELECT id, number, due_total, state, print_count, cash_change FROM hospital_settlement
            WHERE encounter_id = %s ORDER BY id DESC LIMIT 1""",
        visit["id"],
    )
    assert (settlement["state"], float(settlement["due_total"]), float(settlement["cash_change"])) == ("done", due, 10)
    assert settlement["print_count"] == 1
    text = pdf_text(receipt)
    for wanted in (settlement["number"], visit["name"], "人民币", f"{due:,.2f}"):
        assert wanted in text, wanted
    assert {
        row["state"] for row in database("SELECT state FROM hospital_charge WHERE id = ANY(%s)", visit["charges"])
    } == {"settled"}

    # a line goes back: the number on the receipt is scanned
    type_into_scanner(page, settlement["number"])
    shot(page, "payment_settlement")
    click_button(page, "action_refund_lines")
    first = scope(page).locator(".o_field_widget[name='line_ids'] .o_data_row").first
    first.locator("td[name='quantity']").click()
    wait_idle(page)
    first.locator("td[name='quantity'] input").fill("1")
    first.locator("td[name='quantity'] input").press("Tab")
    wait_idle(page)
    widget = field(page, "reason_kind")
    widget.locator(".o_select_menu_toggler, select").first.click()
    page.locator(".o_select_menu_item").first.click()
    wait_idle(page)
    back = float(re.sub(r"[^\d.]", "", field_text(page, "total")))
    assert 0 < back < due
    shot(page, "payment_refund_lines")
    click_button(page, "action_confirm")
    expect_notification(page, visit["name"])
    [refund] = database("SELECT amount, state FROM hospital_refund WHERE settlement_id = %s", settlement["id"])
    assert float(refund["amount"]) == back

    # the shift: counted by the cashier, closed by finance
    open_menu(page, "hospital_payment.menu_hospital_my_shift")
    expected = float(re.sub(r"[^\d.]", "", field_text(page, "cash_expected")))
    count_cash(page, expected)
    assert float(re.sub(r"[^\d.]", "", field_text(page, "cash_counted"))) == round(expected, 1)
    if round(expected, 1) != round(expected, 2):
        fill_field(page, "difference_note", "分币")
    shot(page, "payment_shift")
    number = scope(page).locator(".o_field_widget[name='number']").first.inner_text().strip()
    click_button(page, "action_count")
    page.locator(".o_dialog footer button.btn-primary").click()
    wait_idle(page)
    paper = download(page, lambda: click_button(page, "action_print"))
    assert number in pdf_text(paper)
    [shift] = database("SELECT id, state, taken_total FROM hospital_shift WHERE number = %s", number)
    assert shift["state"] == "counted"

    chief = as_role("finance_manager")
    open_action(chief, "hospital_payment.action_hospital_shift", shift["id"])
    click_button(chief, "action_close")
    expect(scope(chief).locator(".o_statusbar_status .o_arrow_button_current")).to_have_attribute(
        "data-value", "closed"
    )
    shot(chief, "payment_shift_closed")
    open_menu(chief, "hospital_payment.menu_hospital_shift_analysis")
    chief.locator(".o_pivot table").wait_for()
    shot(chief, "payment_shift_totals")


def test_a_phone_pays_by_scan_and_by_qr(as_role, visit, database, server, shot):
    merchants = database(
        """SELECT 1 FROM hospital_pay_merchant merchant JOIN hospital_pay_channel channel ON channel.id = merchant.channel_id
             JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = merchant.campus_id
            WHERE channel.code = 'wechat' AND merchant.active AND merchant.platform_id IS NOT NULL"""
    )
    assert merchants, "the demo hospital takes WeChat Pay at the cashier's campus"
    page = as_role("cashier")
    page.add_init_script("localStorage.setItem('hospital_cash_desk_print', 'no')")
    open_desk(page, visit["record"])
    page.locator(".o_cash_desk_foot input[type=checkbox]").set_checked(False)
    # only the first line by scan
    toggle_line(page, 1)
    due = total_of(page)
    type_into_scanner(page, "134500000000000001")
    page.locator(".o_cash_desk_done").wait_for()
    [order] = database(
        "SELECT state, business_state, amount, way FROM hospital_pay_order WHERE encounter_id = %s ORDER BY id DESC LIMIT 1",
        visit["id"],
    )
    assert (order["state"], order["business_state"], float(order["amount"]), order["way"]) == (
        "paid",
        "done",
        due,
        "code",
    )

    # the second line by a QR code that nobody scans: given up, and the charge is free again
    type_into_scanner(page, visit["record"])
    due = total_of(page)
    show_qr(page)
    shot(page, "payment_desk_qr")
    page.locator(".o_cash_desk_waiting button").click()
    page.locator(".o_cash_desk_error").wait_for()
    wait_idle(page)
    page.locator(".o_cash_desk_begun button").last.click()
    wait_idle(page)
    assert total_of(page) == due
    assert not page.locator(".o_cash_desk_begun").count()

    # shown again and scanned: the screen finds it out by itself
    show_qr(page)
    [order] = database(
        "SELECT id, qr_code FROM hospital_pay_order WHERE encounter_id = %s AND way = 'qr' ORDER BY id DESC LIMIT 1",
        visit["id"],
    )
    paid = page.request.post(server + urlsplit(order["qr_code"]).path)
    assert paid.ok
    page.locator(".o_cash_desk_done").wait_for(timeout=60000)
    wait_idle(page)
    [order] = database("SELECT state, business_state FROM hospital_pay_order WHERE id = %s", order["id"])
    assert (order["state"], order["business_state"]) == ("paid", "done")
    states = database("SELECT DISTINCT state FROM hospital_charge WHERE id = ANY(%s)", visit["charges"])
    assert [row["state"] for row in states] == ["settled"]


def test_a_payment_code_without_a_patient_is_refused(as_role):
    page = as_role("cashier")
    open_desk(page, "134500000000000001")
    expect(page.locator(".o_cash_desk_error")).to_be_visible()
    type_into_scanner(page, "没有这个人")
    expect(page.locator(".o_cash_desk_error")).to_be_visible()
