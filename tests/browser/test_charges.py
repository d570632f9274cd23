"""The charge desk, prints and lists as a cashier and as finance see them."""

import subprocess

import pytest
from pypdf import PdfReader

from .client import (
    click_button,
    download,
    expect_error,
    expect_notification,
    export_list,
    field,
    field_text,
    fill_field,
    open_action,
    open_menu,
    pick_many2one,
    print_paper,
    rows,
    scope,
    wait_idle,
)


def pdf_text(path):
    """Text without blanks of all pages, and whether every font is in the file."""
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(path).pages)
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts, "no font in the PDF"
    assert all(" yes " in font for font in fonts), fonts
    return text


@pytest.fixture
def visit(database):
    """An outpatient visit of the cashier's campus that is open and has no charge of this test yet."""
    return database(
        """SELECT encounter.number, patient.name, encounter.id AS id FROM hospital_encounter encounter
           JOIN hospital_patient patient ON patient.id = encounter.patient_id
           JOIN res_users cashier ON cashier.login = 'cashier' AND cashier.hospital_campus_id = encounter.campus_id
           WHERE encounter.kind = 'outpatient' AND encounter.state IN ('registered', 'in_progress')
           ORDER BY encounter.id DESC LIMIT 1"""
    )[0]


def items_of_demo(database, count):
    """(code, initials, price) of some items of the price list that is there."""
    found = database(
        f"""SELECT default_code, initials, list_price FROM product_template
            WHERE is_hospital_item AND active AND default_code IS NOT NULL AND hospital_price_at_entry IS NOT TRUE AND list_price > 0
            ORDER BY length(initials) DESC, id LIMIT {count}"""
    )
    return [(row["default_code"], row["initials"], float(row["list_price"])) for row in found]


def add_line(page, term, code):
    """As a clerk does: type initials, Enter, quantity stays 1."""
    scope(page).locator(".o_hospital_charge_lines .o_field_x2many_list_row_add a").first.click()
    wait_idle(page)
    entry = scope(page).locator(".o_selected_row .o_field_widget[name='product_id'] input")
    entry.press_sequentially(term)
    page.locator(".o-autocomplete--dropdown-item").filter(has_text=code).first.wait_for()
    wait_idle(page)
    page.locator(".o-autocomplete--dropdown-item").filter(has_text=code).first.click()
    wait_idle(page)


def test_cashier_enters_cancels_prints_and_exports(as_role, visit, database, shot):
    number, name, encounter_id = visit["number"], visit["name"], visit["id"]
    items = items_of_demo(database, 3)
    page = as_role("cashier")

    open_menu(page, "hospital_base.menu_hospital_charge_entry")
    pick_many2one(page, "encounter_id", number)
    for code, initials, _price in items:
        add_line(page, initials[:8].lower(), code)
    scope(page).locator(".modal-title").click()
    wait_idle(page)
    total = f"{sum(price for *_rest, price in items):,.2f}"
    assert total in field_text(page, "total"), "the sum stands below the lines before anything is charged"
    shot(page, "charge_entry")
    click_button(page, "action_confirm")
    expect_notification(page, name)
    charged = database(
        f"SELECT quantity, amount, state FROM hospital_charge WHERE encounter_id = {encounter_id} ORDER BY id DESC LIMIT 3"
    )
    assert f"{sum(row['amount'] for row in charged):,.2f}" == total
    assert {row["state"] for row in charged} == {"unsettled"}

    open_menu(page, "hospital_base.menu_hospital_charge_cancel")
    pick_many2one(page, "encounter_id", number)
    fill_field(page, "reason_kind", "项目错误")
    first = scope(page).locator(".o_field_widget[name='line_ids'] .o_data_row").first
    first.locator("td[name='quantity']").click()
    wait_idle(page)
    first.locator("td[name='quantity'] input").fill("1")
    first.locator("td[name='quantity'] input").press("Tab")
    wait_idle(page)
    preview = field_text(page, "total")
    shot(page, "charge_cancel")
    click_button(page, "action_confirm")
    expect_notification(page, name)
    back = database(
        """SELECT -amount AS amount, reason, state FROM hospital_charge
           WHERE encounter_id = %s AND quantity < 0 ORDER BY id DESC LIMIT 1""",
        encounter_id,
    )[0]
    assert f"{back['amount']:,.2f}" in preview
    assert (back["reason"], back["state"]) == ("项目错误", "reversed")

    open_action(page, "hospital_base.action_hospital_encounter", encounter_id)
    paper = print_paper(page, "费用清单")
    text = pdf_text(paper)
    for wanted in ("费用清单", name, number, "小计", "合计", "已退", "第1页，共1页"):
        assert wanted in text, wanted


def test_finance_looks_at_charges_and_takes_them_to_excel(as_role, shot, rpc, database):
    page = as_role("finance")
    open_menu(page, "hospital_base.menu_hospital_charge")
    assert rows(page).count(), "the demo hospital has unsettled charges"
    assert "未结算" in page.locator(".o_searchview").inner_text()
    shot(page, "charge_list")
    sheet = export_list(page)
    assert sheet.max_row > 2
    assert any("金额" in str(cell.value) for cell in sheet[1])

    open_menu(page, "hospital_base.menu_hospital_charge_analysis")
    page.locator(".o_pivot table").wait_for()
    shot(page, "charge_analysis")


def test_price_list_is_edited_by_who_may(as_role, shot, database, rpc):
    page = as_role("finance_manager")
    open_menu(page, "hospital_base.menu_hospital_item")
    assert rows(page).count() > 20
    shot(page, "price_list")
    item = database(
        """SELECT id, list_price FROM product_template WHERE is_hospital_item AND active AND default_code IS NOT NULL
           ORDER BY default_code, id LIMIT 1"""
    )[0]
    product, price = item["id"], float(item["list_price"])
    cell = rows(page).first.locator("td[name='list_price']")
    cell.click()
    cell.locator("input").fill(str(price + 1))
    page.locator(".o_list_button_save").first.click()
    wait_idle(page)
    change = database(
        "SELECT old_price, new_price FROM hospital_price_change WHERE product_tmpl_id = %s ORDER BY id DESC LIMIT 1",
        product,
    )[0]
    assert (float(change["old_price"]), float(change["new_price"])) == (price, price + 1)
    rpc("finance_manager").call("product.template", "write", [product], {"list_price": price})

    clerk = as_role("cashier")
    open_menu(clerk, "hospital_base.menu_hospital_item")
    assert not clerk.locator(".o_list_button_add").count(), "a cashier reads the price list"


def test_nurse_prints_the_daily_lists_of_the_ward(as_role, shot, database):
    ward = database(
        """SELECT ward.name AS name FROM hospital_encounter encounter JOIN hospital_ward ward ON ward.id = encounter.ward_id
           JOIN res_users nurse ON nurse.login = 'nurse' AND nurse.hospital_campus_id = encounter.campus_id
           WHERE encounter.state = 'in_progress' AND encounter.kind = 'inpatient' GROUP BY 1 ORDER BY count(*) LIMIT 1"""
    )[0]["name"]
    page = as_role("nurse")
    open_menu(page, "hospital_base.menu_hospital_daily_list")
    pick_many2one(page, "ward_id", ward)
    count = int(field_text(page, "patient_count"))
    assert count
    shot(page, "daily_list")
    paper = download(page, lambda: click_button(page, "action_print"))
    text = pdf_text(paper)
    assert "住院费用一日清单" in text
    assert len(PdfReader(paper).pages) <= count * 2


def test_what_cannot_be_charged_is_said(as_role, errors, database, visit):
    page = as_role("cashier")
    open_menu(page, "hospital_base.menu_hospital_charge_entry")
    pick_many2one(page, "encounter_id", visit["number"])
    code, initials, _price = items_of_demo(database, 1)[0]
    add_line(page, initials[:8].lower(), code)
    quantity = scope(page).locator(".o_selected_row td[name='quantity'] input")
    quantity.fill("100000")
    quantity.press("Tab")
    wait_idle(page)
    click_button(page, "action_confirm")
    expect_error(page, errors, "超过单条费用上限")
    assert field(page, "encounter_id").is_visible(), "nothing is lost: the clerk corrects the line"


def test_administrator_opens_the_print_templates(as_role, shot):
    page = as_role("admin")
    open_menu(page, "hospital_base.menu_hospital_print")
    assert rows(page).filter(has_text="费用清单").count()
    shot(page, "print_templates")
