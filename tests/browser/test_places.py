"""The IT operator builds a piece of hospital: department, ward, beds, doctor; suspends him; imports from Excel."""

import io
import uuid
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import expect

from .client import (
    click_button,
    create,
    download,
    expect_error,
    field,
    field_text,
    fill_field,
    open_menu,
    open_row,
    pick_many2one,
    rows,
    save,
    scope,
    search,
    switch_view,
    wait_idle,
)

MENU = "hospital_base.menu_hospital_"


@pytest.fixture
def mark():
    """Names of one run never meet those of another."""
    return uuid.uuid4().hex[:5].upper()


def to_top(page):
    page.evaluate("document.querySelectorAll('.o_action_manager *').forEach(part => { part.scrollTop = 0; })")


def open_name(page, text):
    """Lists that are edited in the row open at the name."""
    rows(page).filter(has_text=text).first.locator("td[name='name']").click()
    wait_idle(page)


def add_row(page, one2many):
    page.locator(f".o_field_widget[name='{one2many}'] .o_field_x2many_list_row_add a").click()
    wait_idle(page)


@pytest.mark.proves("S2-1.2", "S2-5.2")
def test_department_and_ward_with_beds(as_role, shot, database, errors, mark, announce_error):
    page = as_role("it")
    open_menu(page, MENU + "department")
    shot(page, "base_data_departments")
    create(page)
    fill_field(page, "name", f"风湿免疫科{mark}")
    fill_field(page, "code", f"T{mark}")
    fill_field(page, "kind", "住院")
    pick_many2one(page, "standard_code_id", "03.08", "免疫学")
    fill_field(page, "location", "住院楼12层")
    save(page)
    assert field_text(page, "initials") == f"FSMYK{mark}"
    shot(page, "base_data_department_form")

    open_menu(page, MENU + "ward")
    create(page)
    fill_field(page, "name", f"十二病区{mark}")
    fill_field(page, "code", f"W{mark}")
    pick_many2one(page, "department_ids", f"FSMYK{mark}", "风湿免疫科")
    save(page)
    click_button(page, "批量加床")
    fill_field(page, "last", "12")
    expect(scope(page)).to_contain_text("12")
    shot(page, "base_data_add_beds")
    click_button(page, "action_create_beds")
    expect(page.locator(".o_field_widget[name='bed_ids'] .o_data_row")).to_have_count(12)
    shot(page, "base_data_ward_form")
    stored = database(
        "SELECT count(*) AS beds FROM hospital_bed b JOIN hospital_ward w ON w.id = b.ward_id WHERE w.code = %s",
        (f"W{mark}",),
    )
    assert stored[0]["beds"] == 12

    # the same code again is refused with a sentence, and nothing is stored
    open_menu(page, MENU + "department")
    create(page)
    fill_field(page, "name", "重复编码科")
    fill_field(page, "code", f"T{mark}")
    announce_error("hospital_department_campus_code_unique")
    scope(page).locator(".o_form_button_save").click()
    expect_error(page, errors, "编码")
    click_button(page, "o_form_button_cancel")


@pytest.mark.proves("S2-1.2", "S2-5.3")
def test_practitioner_is_registered_and_suspended(as_role, shot, database, errors, mark):
    page = as_role("it")
    open_menu(page, MENU + "practitioner")
    shot(page, "base_data_practitioners")
    switch_view(page, "kanban")
    shot(page, "base_data_practitioner_cards")
    create(page)
    fill_field(page, "name", f"单文静{mark}")
    fill_field(page, "code", f"D{mark}")
    fill_field(page, "sex", "女")
    pick_many2one(page, "title_id", "主治医师")
    save(page)
    assert field_text(page, "initials") == f"SWJ{mark}"

    click_button(page, "action_register")
    sentence = expect_error(page, errors, f"单文静{mark}")
    assert "执业证" in sentence

    fill_field(page, "licence_number", "110000000000001")
    add_row(page, "role_ids")
    pick_many2one(page, "department_id", "XXGNKMZ", "心血管内科门诊")
    page.get_by_role("tab", name="功能权限").click()
    for function in ("处方权", "互联网诊疗"):
        page.locator(".o_field_many2many_checkboxes").get_by_label(function, exact=True).check()
    save(page)
    click_button(page, "action_register")
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("已登记")
    to_top(page)
    shot(page, "base_data_practitioner_form")

    to_top(page)
    click_button(page, "action_suspend")
    fill_field(page, "reason", "外出进修三个月")
    shot(page, "base_data_practitioner_suspend")
    click_button(page, "action_apply")
    expect(page.locator(".alert-danger").filter(has_text="已停用")).to_be_visible()
    expect(page.locator(".o-mail-Thread")).to_contain_text("外出进修三个月")
    to_top(page)
    shot(page, "base_data_practitioner_suspended")
    stored = database("SELECT state FROM hospital_practitioner WHERE code = %s", (f"D{mark}",))
    assert stored[0]["state"] == "suspended"

    open_menu(page, MENU + "practitioner")
    search(page, f"SWJ{mark}")
    expect(rows(page)).to_have_count(1)
    open_row(page, f"单文静{mark}")
    click_button(page, "action_resume")
    fill_field(page, "reason", "进修结束")
    click_button(page, "action_apply")
    expect(field(page, "state")).to_contain_text("已登记")


@pytest.mark.proves("S2-5.1", "S2-10.1")
def test_campus_is_looked_after(as_role, shot, mark):
    page = as_role("it")
    open_menu(page, MENU + "campus")
    open_name(page, "滨江院区")
    fill_field(page, "insurance_org_code", f"H{mark}")
    save(page)
    shot(page, "base_data_campus")
    expect(page.locator(".o-mail-Thread")).to_contain_text(f"H{mark}")
    click_button(page, "action_view_departments")
    assert rows(page).count()


@pytest.mark.proves("S2-1.2")
def test_beds_and_codes(as_role, shot):
    page = as_role("it")
    open_menu(page, MENU + "bed")
    shot(page, "base_data_beds")
    switch_view(page, "kanban")
    shot(page, "base_data_beds_by_ward")
    open_menu(page, MENU + "code_set")
    shot(page, "base_data_code_sets")
    search(page, "诊断")
    rows(page).first.locator("button[name='action_view_codes']").click()
    wait_idle(page)
    search(page, "gxy")
    expect(rows(page).filter(has_text="高血压").first).to_be_visible()
    shot(page, "base_data_codes")


@pytest.mark.proves("S2-1.2", "S2-5.2")
def test_import_from_the_template(as_role, shot, database, mark):
    page = as_role("it")
    open_menu(page, MENU + "department")
    page.locator(".o_cp_action_menus button").first.click()
    page.locator(".o_import_menu").click()
    wait_idle(page)
    shot(page, "base_data_import")
    template = download(page, page.locator("a[href*='/hospital/import_template/']").first.click)
    with page.expect_file_chooser() as chooser:
        page.locator("button.o_import_button, .o_import_action button, .btn-primary").filter(
            has_text="上传"
        ).first.click()
    chooser.value.set_files(filled_template(template, mark))
    wait_idle(page)
    shot(page, "base_data_import_preview")
    page.locator("button").filter(has_text="导入").first.click()
    wait_idle(page)
    stored = database("SELECT name, kind FROM hospital_department WHERE code = %s", (f"I{mark}",))
    assert stored == [{"name": f"导入科室{mark}", "kind": "lab"}]


def filled_template(path, mark):
    """The downloaded workbook with one row of our own in place of the example."""
    book = openpyxl.load_workbook(io.BytesIO(Path(path).read_bytes()))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    sheet.delete_rows(2)
    row = {"编码": f"I{mark}", "名称": f"导入科室{mark}", "院区": "本部院区", "类别": "检验"}
    assert set(row) <= set(heads), heads
    for index, head in enumerate(heads, 1):
        sheet.cell(2, index).value = row.get(head)
    filled = f"{path}-{mark}.xlsx"
    book.save(filled)
    return filled
