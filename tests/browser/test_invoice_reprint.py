"""Bills at the window: found and printed again by the outpatient and the inpatient cashier."""

import re
import subprocess

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from .client import (
    click_button,
    download,
    eventually,
    expect_error,
    fill_field,
    open_action,
    open_menu,
    open_row,
    rows,
    scope,
    search,
    wait_idle,
)

BILL = """SELECT bill.id, bill.number, bill.bill_number, bill.check_code, bill.amount, bill.print_count, patient.name,
                 patient.initials, patient.number AS record, encounter.number AS visit,
                 (SELECT card.number FROM hospital_card card WHERE card.patient_id = patient.id AND card.state = 'in_use'
                   ORDER BY card.id LIMIT 1) AS card
            FROM hospital_invoice bill
            JOIN hospital_invoice_kind kind ON kind.id = bill.kind_id
            JOIN hospital_patient patient ON patient.id = bill.patient_id
            JOIN hospital_encounter encounter ON encounter.id = bill.encounter_id
            JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = bill.campus_id
           WHERE bill.colour = 'blue' AND bill.state = 'issued' """


def pdf_text(path):
    """Text without blanks of all pages; every font must be in the file."""
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts, "no font in the PDF"
    assert all(" yes " in font for font in fonts), fonts
    return "".join("".join(page.extract_text().split()) for page in PdfReader(path).pages)


def stored(database, bill):
    [row] = database("SELECT state, print_count, paper_id FROM hospital_invoice WHERE id = %s", bill["id"])
    return row


def print_row(page, bill):
    return rows(page).filter(has_text=bill["bill_number"]).locator("button[name='action_print']").first


@pytest.fixture
def outpatient_bill(database):
    found = database(BILL + "AND kind.code = 'outpatient' AND bill.print_count = 0 ORDER BY bill.id DESC LIMIT 1")
    assert found, "the demo hospital has a bill that was never printed"
    return dict(found[0])


@pytest.mark.proves("S3-1.5")
def test_outpatient_cashier_prints_again(as_role, outpatient_bill, database, shot):
    bill = outpatient_bill
    page = as_role("cashier")
    open_menu(page, "hospital_invoice.menu_hospital_invoice_reprint_outpatient")
    for term in (bill["record"], bill["name"], bill["initials"], bill["visit"], bill["bill_number"], bill["card"]):
        if not term:
            continue
        search(page, term)
        expect(rows(page).filter(has_text=bill["bill_number"])).to_have_count(1)
        page.locator(".o_searchview_facet .o_facet_remove").first.click()
        wait_idle(page)
    search(page, bill["name"])
    shot(page, "invoice_reprint_list")

    # never printed: at once
    paper = pdf_text(download(page, print_row(page, bill).click))
    for wanted in (bill["bill_number"], bill["check_code"], bill["name"], f"{bill['amount']:,.2f}", "人民币"):
        assert wanted in paper, wanted
    assert stored(database, bill)["print_count"] == 1

    # printed before: with the reason
    open_menu(page, "hospital_invoice.menu_hospital_invoice_reprint_outpatient")
    search(page, bill["bill_number"])
    print_row(page, bill).click()
    wait_idle(page)
    shot(page, "invoice_reprint_reason")
    fill_field(page, "note", "报销用")
    again = pdf_text(download(page, lambda: scope(page).locator("footer button[name='action_print']").click()))
    assert bill["bill_number"] in again
    assert "第2次打印" in again or "Printno.2" in again
    expect(page.locator(".o_dialog")).to_have_count(0)
    assert stored(database, bill)["print_count"] == 2
    [last] = database(
        "SELECT reason, place FROM hospital_invoice_print WHERE invoice_id = %s ORDER BY id DESC LIMIT 1", bill["id"]
    )
    assert "报销用" in last["reason"]
    assert last["place"] == "window"
    open_row(page, bill["bill_number"])
    page.locator(".o_notebook .nav-link[name='timeline']").click()
    wait_idle(page)
    expect(scope(page).locator(".o_field_widget[name='print_ids']")).to_contain_text("报销用")
    shot(page, "invoice_form")


@pytest.mark.proves("S3-1.10")
def test_inpatient_cashier_prints_several_in_one_run(as_role, database, shot):
    stay = database(
        """SELECT encounter.number AS visit, count(*) AS bills FROM hospital_invoice bill
             JOIN hospital_encounter encounter ON encounter.id = bill.encounter_id
             JOIN hospital_invoice_kind kind ON kind.id = bill.kind_id
             JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = bill.campus_id
            WHERE kind.code = 'deposit' AND bill.state = 'issued' AND bill.colour = 'blue'
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""
    )[0]
    numbers = [
        row["bill_number"]
        for row in database(BILL + "AND kind.code = 'deposit' AND encounter.number = %s", stay["visit"])
    ]
    page = as_role("cashier")
    open_menu(page, "hospital_invoice.menu_hospital_invoice_reprint_inpatient")
    search(page, stay["visit"])
    for number in numbers:
        expect(rows(page).filter(has_text=number)).to_have_count(1)
    shot(page, "invoice_reprint_inpatient")
    page.locator(".o_list_table thead .o_list_record_selector input").check()
    wait_idle(page)
    before = sum(
        row["print_count"]
        for row in database("SELECT print_count FROM hospital_invoice WHERE bill_number = ANY(%s)", numbers)
    )

    def press():
        page.locator(".o_control_panel button[name='action_print']").first.click()
        wait_idle(page)
        if page.locator(".o_dialog").count():
            scope(page).locator("footer button[name='action_print']").click()

    text = pdf_text(download(page, press))
    shown = rows(page).count()
    assert shown >= len(numbers)
    for number in numbers:
        assert number in text
    after = sum(
        row["print_count"]
        for row in database("SELECT print_count FROM hospital_invoice WHERE bill_number = ANY(%s)", numbers)
    )
    assert after == before + len(numbers)


@pytest.mark.proves("S3-1.10")
def test_inpatient_cashier_prints_a_discharge_again_with_the_reason(as_role, errors, database, shot):
    [bill] = database(BILL + "AND kind.code = 'inpatient' ORDER BY bill.id LIMIT 1")
    page = as_role("cashier")

    def find():
        open_menu(page, "hospital_invoice.menu_hospital_invoice_reprint_inpatient")
        search(page, bill["visit"])

    find()
    if not bill["print_count"]:
        assert bill["bill_number"] in pdf_text(download(page, print_row(page, bill).click))
        find()
    before = stored(database, bill)["print_count"]
    print_row(page, bill).click()
    wait_idle(page)
    fill_field(page, "reason_kind", "其他原因")
    click_button(page, "action_print")
    expect_error(page, errors, "备注")
    assert stored(database, bill)["print_count"] == before, "another reason has to be said"
    fill_field(page, "note", "医保零星报销")
    fill_field(page, "layout", "票据（A5）")
    shot(page, "invoice_reprint_stay")
    text = pdf_text(download(page, lambda: scope(page).locator("footer button[name='action_print']").click()))
    for wanted in (bill["bill_number"], bill["check_code"], bill["name"], f"{bill['amount']:,.2f}", bill["visit"]):
        assert wanted in text, wanted
    assert stored(database, bill)["print_count"] == before + 1
    [last] = database(
        "SELECT reason FROM hospital_invoice_print WHERE invoice_id = %s ORDER BY id DESC LIMIT 1", bill["id"]
    )
    assert last["reason"] == "医保零星报销"


def test_the_number_on_the_sheet_is_the_number_on_the_screen(as_role, database, shot):
    """Put on paper: with a wrong sheet it does not go on, skipped forms are voided, then the numbers agree."""
    [bill] = database(
        BILL
        + """AND kind.code = 'outpatient' AND bill.user_id = cashier.id AND bill.print_count > 0
                  ORDER BY bill.id LIMIT 1"""
    )
    page = as_role("cashier")
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    click_button(page, "action_turn_paper")
    expected = scope(page).locator(".o_field_widget[name='expected_number']").inner_text().strip()
    assert re.fullmatch(r"\d{10}", expected)
    wrong = f"{int(expected) + 2:010d}"
    fill_field(page, "sheet_number", wrong)
    expect(scope(page).locator(".alert-warning")).to_be_visible()
    expect(scope(page).locator("button[name='action_confirm']")).to_be_hidden()
    shot(page, "invoice_turn_skipped")
    fill_field(page, "reason", "卡纸")
    click_button(page, "action_void_skipped")
    expect(scope(page).locator(".o_field_widget[name='expected_number']")).to_contain_text(wrong)
    expect(scope(page).locator(".alert-success")).to_be_visible()
    shot(page, "invoice_turn")
    click_button(page, "action_confirm")
    expect(page.locator(".o_dialog")).to_have_count(0)
    eventually(lambda: stored(database, bill)["state"] == "on_paper", timeout=90)
    void = database(
        "SELECT number FROM hospital_invoice_paper WHERE state = 'void' AND reason = '卡纸' ORDER BY number"
    )
    assert [row["number"] for row in void][-2:] == [expected, f"{int(expected) + 1:010d}"]
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    text = pdf_text(download(page, lambda: click_button(page, "action_print_paper")))
    assert wrong in text


@pytest.mark.proves("S3-1.3")
def test_a_settlement_leads_to_its_bill(as_role, database, rpc, shot):
    """Paid at the window: the bill issues itself, and the settlement shows the way to it."""
    [visit] = database(
        """SELECT encounter.id FROM hospital_encounter encounter
             JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = encounter.campus_id
            WHERE encounter.kind = 'outpatient' AND encounter.state IN ('registered', 'in_progress')
              AND NOT EXISTS (SELECT FROM hospital_charge charge
                               WHERE charge.encounter_id = encounter.id AND charge.state = 'unsettled')
            ORDER BY encounter.id DESC LIMIT 1"""
    )
    [item] = database(
        """SELECT product.id FROM product_product product JOIN product_template item ON item.id = product.product_tmpl_id
            WHERE item.is_hospital_item AND item.active AND product.active AND item.list_price BETWEEN 5 AND 200
              AND item.hospital_kind = 'lab' AND item.hospital_price_at_entry IS NOT TRUE ORDER BY product.id LIMIT 1"""
    )
    desk = rpc("cashier")
    charges = desk.call(
        "hospital.charge", "create", [{"encounter_id": visit["id"], "product_id": item["id"], "quantity": 1}]
    )
    [due] = database("SELECT sum(amount) AS amount FROM hospital_charge WHERE id = ANY(%s)", charges)
    [cash] = database("SELECT id FROM hospital_pay_channel WHERE code = 'cash'")
    payment = {
        "encounter_id": visit["id"],
        "charge_ids": charges,
        "expected": float(due["amount"]),
        "tenders": [{"channel_id": cash["id"]}],
        "key": False,
    }
    settlement = desk.call("hospital.cash.desk", "pay", payment)["settlement"]["id"]
    issued = "SELECT id, bill_number FROM hospital_invoice WHERE settlement_id = %s AND state = 'issued'"
    [bill] = eventually(lambda: database(issued, settlement), timeout=90)
    page = as_role("cashier")
    open_action(page, "hospital_payment.action_hospital_settlement", settlement)
    shot(page, "invoice_settlement")
    page.locator("button[name='action_invoices']").first.click()
    wait_idle(page)
    expect(scope(page)).to_contain_text(bill["bill_number"])
    text = pdf_text(download(page, lambda: click_button(page, "action_print")))
    assert bill["bill_number"] in text
    assert f"{due['amount']:,.2f}" in text
