"""Drug trials: the GCP office from an empty project to both reports, finance, and what the doctor sees."""

import itertools
import os
from pathlib import Path

import pytest
from pypdf import PdfReader

from . import client

COUNTER = itertools.count(os.getpid() * 10)


@pytest.fixture
def transferred(database):
    """Someone who was moved to another ward, lies in hospital and takes part in no trial yet."""
    return database(
        """SELECT encounter.number, patient.name FROM hospital_encounter encounter
           JOIN hospital_patient patient ON patient.id = encounter.patient_id
           JOIN hospital_stay stay ON stay.encounter_id = encounter.id
           WHERE encounter.kind = 'inpatient' AND encounter.state = 'in_progress'
             AND NOT EXISTS (SELECT FROM hospital_gcp_subject WHERE patient_id = patient.id)
           GROUP BY encounter.id, patient.id HAVING count(DISTINCT stay.ward_id) > 1 ORDER BY encounter.id LIMIT 1"""
    )[0]


def pdf_text(path):
    return "".join("".join(page.extract_text().split()) for page in PdfReader(path).pages)


@pytest.mark.proves("S3-14.1", "S3-14.2", "S3-14.4")
def test_office_goes_from_an_empty_project_to_both_reports(as_role, transferred, database, shot):
    code = f"GCPB{next(COUNTER)}"
    page = as_role("gcp")
    client.open_menu(page, "hospital_gcp.menu_hospital_gcp_project")
    shot(page, "gcp_projects")
    client.create(page)
    client.fill_field(page, "name", f"示例片治疗示例病的Ⅱ期试验{code}")
    client.fill_field(page, "code", code)
    client.fill_field(page, "sponsor", "示例制药有限公司")
    client.fill_field(page, "phase", "Ⅱ期")
    doctors = database(
        "SELECT name, code FROM hospital_practitioner WHERE kind = 'doctor' AND active ORDER BY id LIMIT 2"
    )
    client.pick_many2one(page, "principal_id", doctors[0]["name"])
    page.get_by_role("tab", name="研究者").click()
    client.field(page, "investigator_ids").locator(".o_field_x2many_list_row_add a").click()
    client.wait_idle(page)
    client.pick_many2one(page, "practitioner_id", doctors[1]["name"])
    client.save(page)
    shot(page, "gcp_project")
    client.click_button(page, "action_start")

    client.click_button(page, "action_bind")
    client.scope(page).locator(".o_field_x2many_list_row_add a").click()
    client.wait_idle(page)
    client.pick_many2one(page, "patient_id", transferred["number"], choice=transferred["name"])
    client.scope(page).locator(".o_selected_row td[name='subject_number'] input").fill("S001")
    client.scope(page).locator(".o_selected_row td[name='is_research_ward'] input").check()
    client.wait_idle(page)
    shot(page, "gcp_binding")
    client.click_button(page, "action_confirm")
    assert client.rows(page).count() == 1
    client.open_row(page, "S001")
    client.click_button(page, "action_change_status")
    client.fill_field(page, "status", "入选")
    client.fill_field(page, "reason", "符合入选标准")
    client.click_button(page, "action_confirm")
    page.get_by_role("tab", name="受试状态").click()
    client.wait_idle(page)
    assert client.rows(page).count() == 2, "both steps stand in the history"
    shot(page, "gcp_subject")

    client.open_menu(page, "hospital_gcp.menu_hospital_gcp_research_report")
    client.fill_field(page, "project", code)
    assert client.field_text(page, "line_count") == client.field_text(page, "transferred_count") == "1"
    shot(page, "gcp_research_report")
    text = pdf_text(client.download(page, lambda: client.click_button(page, "action_print")))
    for wanted in (transferred["number"], transferred["name"], code, "是"):
        assert wanted in text, wanted
    assert Path(client.download(page, lambda: client.click_button(page, "action_xlsx"))).stat().st_size > 4000
    client.click_button(page, "action_show")
    assert client.rows(page).count() == 1
    shot(page, "gcp_research_list")

    client.open_menu(page, "hospital_gcp.menu_hospital_gcp_transfer_report")
    client.fill_field(page, "only_research_ward", True)
    client.click_button(page, "action_show")
    assert page.locator("th[data-name='is_research_ward']").is_visible()
    shot(page, "gcp_transfers")


@pytest.mark.proves("S3-14.3")
def test_doctor_sees_the_status_in_a_column_and_on_the_board(as_role, database, shot):
    page = as_role("doctor")
    client.open_menu(page, "hospital_base.menu_hospital_inpatients")
    client.clear_search(page)
    assert page.locator("th[data-name='gcp_status']").is_visible()
    client.add_filter(page, "药物试验")
    shown = client.rows(page).count()
    assert shown, "the demo hospital has inpatients in a trial at this campus"
    shot(page, "gcp_doctor_list")
    ward = client.rows(page).filter(has_text="在院").first.locator("td[name='ward_id']").inner_text()
    client.open_menu(page, "hospital_base.menu_hospital_bed_board")
    page.locator(".o_search_panel_category_value").filter(has_text=ward).locator("header").click()
    client.wait_idle(page)
    assert client.cards(page).get_by_text("GCP").first.is_visible()
    shot(page, "gcp_board")


def test_finance_finds_its_reports_and_nothing_else(as_role):
    page = as_role("finance")
    client.open_menu(page, "hospital_gcp.menu_hospital_gcp_research_report")
    client.click_button(page, "action_show")
    assert client.rows(page).count()
    with pytest.raises(AssertionError, match="no menu"):
        client.open_menu(page, "hospital_gcp.menu_hospital_gcp_project")
