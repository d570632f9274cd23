"""Nursing per bed-day: from an empty plan to a printed statement, as finance manager, nurse and finance."""

import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from .client import (
    chart_drawn,
    click_button,
    create,
    download,
    field,
    field_text,
    fill_field,
    open_action,
    open_menu,
    pick_many2one,
    rows,
    save,
    scope,
    switch_view,
    wait_idle,
)
from .test_charges import pdf_text

SINCE = "SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - 14 AS day"


def confirm(page):
    page.locator(".modal-footer .btn-primary").last.click()


def tab(page, name):
    scope(page).locator(f".o_notebook .nav-link[name='{name}']").click()
    wait_idle(page)


def pick_in_row(page, name, term):
    entry = scope(page).locator(f".o_selected_row .o_field_widget[name='{name}'] input").first
    entry.click()
    entry.press_sequentially(term)
    page.locator(".o-autocomplete--dropdown-item").filter(has_text=term).first.wait_for()
    wait_idle(page)
    page.locator(".o-autocomplete--dropdown-item").filter(has_text=term).first.click()
    wait_idle(page)


def select_in_row(page, name, label):
    cell = scope(page).locator(f".o_selected_row .o_field_widget[name='{name}']").first
    cell.locator(".o_select_menu_toggler, input").first.click()
    page.locator(".o_select_menu_item").filter(has_text=label).first.click()
    wait_idle(page)


def add_row(page, name):
    scope(page).locator(f".o_field_widget[name='{name}'] .o_field_x2many_list_row_add a").first.click()
    wait_idle(page)


@pytest.fixture
def ward(database, rpc):
    """The ward of the other campus with most patients, at a campus without a plan."""
    [found] = database(
        """SELECT ward.id, ward.name, campus.id AS campus, campus.name AS campus_name
             FROM hospital_encounter encounter JOIN hospital_ward ward ON ward.id = encounter.ward_id
             JOIN hospital_campus campus ON campus.id = ward.campus_id
             JOIN res_users nurse ON nurse.login = 'nurse2' AND nurse.hospital_campus_id = campus.id
            WHERE encounter.state = 'in_progress' AND encounter.kind = 'inpatient'
            GROUP BY ward.id, campus.id ORDER BY count(*) DESC, ward.id LIMIT 1"""
    )
    manager = rpc("finance_manager")
    plans = manager.call("hospital.nursing.plan", "search", [("campus_id", "=", found["campus"])])
    manager.call("hospital.nursing.plan", "write", plans, {"active": False})
    return found


@pytest.fixture
def inpatients(database, ward):
    """Two who have been there for some days."""
    return database(
        """SELECT encounter.id, encounter.number, patient.name FROM hospital_encounter encounter
             JOIN hospital_patient patient ON patient.id = encounter.patient_id
            WHERE encounter.state = 'in_progress' AND encounter.kind = 'inpatient' AND encounter.ward_id = %s
            ORDER BY encounter.start_at LIMIT 2""",
        ward["id"],
    )


@pytest.mark.proves("S3-5.2")
def test_from_an_empty_plan_to_a_printed_statement(as_role, ward, inpatients, database, shot):
    inpatient, chooser = inpatients
    manager = as_role("finance_manager")
    open_menu(manager, "hospital_nursing_billing.menu_hospital_nursing_plan")
    create(manager)
    fill_field(manager, "name", "整体护理收费方案")
    pick_many2one(manager, "campus_id", ward["campus_name"])
    fill_field(manager, "date_from", str(database(SINCE)[0]["day"]))
    add_row(manager, "price_ids")
    pick_in_row(manager, "product_id", "N101")
    add_row(manager, "price_ids")
    select_in_row(manager, "kind", "二级护理")
    pick_in_row(manager, "product_id", "N002")
    tab(manager, "wards")
    add_row(manager, "ward_ids")
    pick_in_row(manager, "ward_id", ward["name"])
    fill_field(manager, "default_level", "二级护理")
    tab(manager, "tiers")
    assert rows(manager).count() == 3, "the tiers of the policy are there from the start"
    tab(manager, "prices")
    save(manager)
    shot(manager, "nursing_plan")

    nurse = as_role("nurse2")
    open_action(nurse, "hospital_base.action_hospital_encounter", chooser["id"])
    tab(nurse, "nursing")
    click_button(nurse, "action_nursing_choice")
    fill_field(nurse, "mode", "整体护理（按床日）")
    fill_field(nurse, "signer", "家属")
    fill_field(nurse, "signer_name", "李家属")
    shot(nurse, "nursing_choice")
    scope(nurse).locator(".o_form_button_save").first.click()
    wait_idle(nurse)
    tab(nurse, "nursing")
    shot(nurse, "nursing_encounter")
    paper = download(
        nurse, lambda: scope(nurse).locator("[name='nursing_choice_ids'] button[name='action_print']").first.click()
    )
    text = pdf_text(paper)
    for wanted in ("知情选择书", chooser["name"], chooser["number"], "李家属", "85.00", "80.75", "76.50"):
        assert wanted in text, wanted

    open_menu(nurse, "hospital_nursing_billing.menu_hospital_nursing_check")
    pick_many2one(nurse, "encounter_id", inpatient["number"])
    click_button(nurse, "action_reckon")
    assert rows(nurse).count()
    assert not scope(nurse).locator("button[name='action_post']:visible").count(), "the ward looks, finance posts"

    finance = as_role("finance")
    open_menu(finance, "hospital_nursing_billing.menu_hospital_nursing_check")
    pick_many2one(finance, "encounter_id", inpatient["number"])
    click_button(finance, "action_reckon")
    count = rows(finance).count()
    assert count
    assert rows(finance).filter(has_text=re.compile("待补记|待冲销重记")).count()
    shot(finance, "nursing_check")
    click_button(finance, "action_post")
    confirm(finance)
    scope(finance).locator(".alert-success").wait_for()
    wait_idle(finance)
    assert rows(finance).filter(has_text="正确").count() == count
    shot(finance, "nursing_posted")
    posted = database(
        """SELECT count(*) AS days, sum(amount) AS amount FROM hospital_charge
            WHERE encounter_id = %s AND origin_ref IS NOT NULL AND state = 'unsettled'""",
        inpatient["id"],
    )[0]
    text = pdf_text(download(finance, lambda: click_button(finance, "action_print")))
    for wanted in ("床日清单", inpatient["name"], inpatient["number"], ward["name"], f"{posted['amount']:,.2f}"):
        assert "".join(wanted.split()) in text, wanted


def test_finance_posts_a_whole_campus_with_progress(as_role, ward, database, rpc, shot):
    manager = rpc("finance_manager")
    [item] = database(
        "SELECT p.id FROM product_product p JOIN product_template t ON t.id = p.product_tmpl_id WHERE t.default_code = 'N101'"
    )
    since = str(database(SINCE)[0]["day"])
    manager.call(
        "hospital.nursing.plan",
        "create",
        {
            "name": "全院方案",
            "campus_id": ward["campus"],
            "date_from": since,
            "default_level": False,
            "ward_ids": [(0, 0, {"ward_id": ward["id"]})],
            "price_ids": [(0, 0, {"kind": "whole", "product_id": item["id"], "price": 90.0})],
        },
    )
    page = as_role("finance")
    open_menu(page, "hospital_nursing_billing.menu_hospital_nursing_check")
    fill_field(page, "scope", "整个院区")
    pick_many2one(page, "campus_id", ward["campus_name"])
    click_button(page, "action_reckon")
    assert int(field_text(page, "change_count"))
    click_button(page, "action_post")
    confirm(page)
    scope(page).locator(".alert-success").wait_for()
    wait_idle(page)
    assert field(page, "outcome_text").inner_text()
    expect(rows(page).first.locator("[name='step']")).to_be_in_viewport(ratio=1)
    shot(page, "nursing_campus")
    click_button(page, "关闭")

    open_menu(page, "hospital_nursing_billing.menu_hospital_nursing_exception")
    assert page.locator(".o_group_header").count(), "days without a level and days that were settled"
    page.locator(".o_group_header").first.click()
    wait_idle(page)
    shot(page, "nursing_exceptions")

    open_menu(page, "hospital_nursing_billing.menu_hospital_nursing_summary_report")
    file = download(page, lambda: click_button(page, "action_xlsx"))
    sheet = load_workbook(io.BytesIO(Path(file).read_bytes())).active
    assert any(ward["name"] == cell.value for row in sheet for cell in row)
    click_button(page, "action_show")
    page.locator(".o_pivot table").wait_for()
    shot(page, "nursing_summary")
    switch_view(page, "graph")
    chart_drawn(page)
    shot(page, "nursing_graph")
