"""The inpatient life through the screens: registrar, nurse, doctor, finance."""

import io
import itertools
import os
import time

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from . import client

COUNTER = itertools.count(os.getpid() * 10)


@pytest.fixture
def ward(rpc, database):
    """Two wards of our own with empty beds, at the campus of the nurse."""
    admin = rpc("admin")
    [campus] = database("SELECT hospital_campus_id AS id FROM res_users WHERE login = 'nurse'")
    tag = f"{next(COUNTER)}"
    departments = admin.call(
        "hospital.department",
        "create",
        [
            {"name": f"试{name}{tag}", "code": f"BT{name}{tag}", "campus_id": campus["id"], "kind": "inpatient"}
            for name in "内外"
        ],
    )
    wards = admin.call(
        "hospital.ward",
        "create",
        [
            {
                "name": f"试{name}病区{tag}",
                "code": f"BT{name}{tag}",
                "campus_id": campus["id"],
                "department_ids": [[6, 0, [department]]],
            }
            for name, department in zip("内外", departments, strict=True)
        ],
    )
    admin.call(
        "hospital.bed",
        "create",
        [{"name": f"{bed}", "ward_id": ward, "sequence": bed} for ward in wards for bed in (1, 2, 3)],
    )
    return {"tag": tag, "campus": campus["id"], "departments": departments, "wards": wards}


@pytest.fixture
def patient(rpc, ward):
    name = f"试患者{ward['tag']}"
    number = rpc("registrar").call("hospital.patient", "create", {"name": name, "sex": "2", "birth_date": "1970-05-06"})
    return {"name": name, "id": number if isinstance(number, int) else number[0]}


def open_board(page, ward, name="内"):
    client.open_action(page, "hospital_base.action_hospital_bed_board")
    page.locator(".o_search_panel_category_value").filter(has_text=f"试{name}病区{ward['tag']}").locator(
        "header"
    ).click()
    client.wait_idle(page)


def bed(page, name):
    return client.cards(page).filter(has=page.locator(".o_hospital_bed_name", has_text=name))


def press_enter(page):
    """Enter confirms a small window; with a list of choices open it would choose."""
    page.keyboard.press("Enter")
    expect(page.locator(".o_dialog")).to_have_count(0, timeout=20000)
    client.wait_idle(page)


def test_life_on_the_ward_board(as_role, ward, patient, database, shot):
    # registered by the registrar, from the patient
    page = as_role("registrar")
    client.open_action(page, "hospital_base.action_hospital_patient", patient["id"])
    client.click_button(page, "action_register_admission")
    client.pick_many2one(page, "department_id", f"试内{ward['tag']}")
    client.save(page)
    shot(page, "inpatient_registration")

    def encounter():
        return database("SELECT * FROM hospital_encounter WHERE patient_id = %s", patient["id"])[0]

    assert encounter()["state"] == "registered"

    # admitted by the nurse, with a click on a free bed
    page = as_role("nurse")
    open_board(page, ward)
    expect(client.cards(page)).to_have_count(3)
    bed(page, "2").click()
    client.wait_idle(page)
    client.pick_many2one(page, "encounter_id", patient["name"])
    shot(page, "inpatient_admit")
    client.click_button(page, "action_confirm")
    expect(bed(page, "2")).to_contain_text(patient["name"])
    expect(page.locator(".o_hospital_count_occupied b")).to_have_text("1")
    assert encounter()["state"] == "in_progress"

    # leave and return
    bed(page, "2").locator("[name=action_board_leave]").click()
    client.wait_idle(page)
    client.fill_field(page, "reason", "家中有事")
    shot(page, "inpatient_leave")
    press_enter(page)
    on_leave = bed(page, "2").locator(".badge").filter(has_text="请假中")
    expect(on_leave).to_have_count(1)
    time.sleep(1)  # nobody is back within the second in which he left
    bed(page, "2").locator("[name=action_board_leave]").click()
    client.wait_idle(page)
    press_enter(page)
    expect(on_leave).to_have_count(0)

    # transfer to the other ward: bed and department follow
    bed(page, "2").locator("[name=action_board_transfer]").click()
    client.wait_idle(page)
    client.pick_many2one(page, "ward_id", f"试外病区{ward['tag']}")
    assert client.field_text(page, "department_id") == f"试外{ward['tag']}"
    shot(page, "inpatient_transfer")
    client.click_button(page, "action_confirm")
    expect(bed(page, "2")).not_to_contain_text(patient["name"])
    open_board(page, ward, "外")
    expect(bed(page, "1")).to_contain_text(patient["name"])
    shot(page, "inpatient_board_one")

    # a blocked bed
    bed(page, "3").hover()
    bed(page, "3").locator(".o_dropdown_kanban button").click()
    page.locator(".o-dropdown--menu [name=action_board_block]").click()
    client.wait_idle(page)
    client.fill_field(page, "reason", "呼叫器维修")
    press_enter(page)
    expect(bed(page, "3")).to_contain_text("呼叫器维修")

    # discharge and its undoing
    bed(page, "1").locator("[name=action_board_discharge]").click()
    client.wait_idle(page)
    shot(page, "inpatient_discharge")
    client.click_button(page, "action_confirm")
    expect(bed(page, "1")).not_to_contain_text(patient["name"])
    assert encounter()["state"] == "finished"
    client.open_action(page, "hospital_base.action_hospital_inpatients", encounter()["id"])
    client.click_button(page, "action_undo_discharge")
    client.fill_field(page, "reason", "办错了")
    shot(page, "inpatient_undo_discharge")
    press_enter(page)
    assert encounter()["state"] == "in_progress"
    page.locator(".nav-link[name=stays]").click()
    shot(page, "inpatient_stays")
    stays = database(
        "SELECT start_at, end_at FROM hospital_stay WHERE encounter_id = %s ORDER BY start_at", encounter()["id"]
    )
    assert len(stays) == 2
    assert stays[0]["end_at"] == stays[1]["start_at"]
    assert stays[1]["end_at"] is None


def test_refusals_are_sentences(as_role, rpc, ward, patient, errors, database):
    registrar = rpc("registrar")
    vals = {
        "patient_id": patient["id"],
        "kind": "inpatient",
        "campus_id": ward["campus"],
        "department_id": ward["departments"][0],
    }
    encounter = registrar.call("hospital.encounter", "create", vals)
    encounter = encounter if isinstance(encounter, int) else encounter[0]
    page = as_role("nurse")
    client.open_action(page, "hospital_base.action_hospital_inpatients", encounter)
    client.click_button(page, "action_admit")
    client.fill_field(page, "at", "2999-01-01 08:00:00")
    client.click_button(page, "action_confirm")
    client.expect_error(page, errors, "2999-01-01")
    assert not database("SELECT id FROM hospital_stay WHERE encounter_id = %s", encounter)
    # the window is still open: correct it and go on
    client.fill_field(
        page,
        "at",
        database(
            "SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai' - interval '1 minute', 'YYYY-MM-DD HH24:MI:SS') AS t"
        )[0]["t"],
    )
    client.click_button(page, "action_confirm")
    assert len(database("SELECT id FROM hospital_stay WHERE encounter_id = %s", encounter)) == 1


def test_doctor_sees_own_inpatients(as_role, shot):
    page = as_role("doctor")
    client.open_menu(page, "hospital_base.menu_hospital_my_inpatients")
    expect(page.locator(".o_searchview_facet")).to_have_count(2)
    shot(page, "inpatient_mine")
    client.open_menu(page, "hospital_base.menu_hospital_bed_board")
    expect(page.locator(".o_hospital_board_counts")).to_be_visible()
    expect(page.locator("[name=action_board_transfer]")).to_have_count(0)
    shot(page, "inpatient_board")


def test_transfer_report(as_role, rpc, ward, patient, shot, database):
    """Finance: the selection, the list, Excel and PDF."""
    vals = {
        "patient_id": patient["id"],
        "kind": "inpatient",
        "campus_id": ward["campus"],
        "department_id": ward["departments"][0],
    }
    encounter = rpc("registrar").call("hospital.encounter", "create", vals)
    encounter = encounter if isinstance(encounter, int) else encounter[0]
    nurse = rpc("nurse")
    beds = {
        row["ward_id"]: row["id"]
        for row in database(
            "SELECT id, ward_id FROM hospital_bed WHERE ward_id IN %s AND name = '1'", tuple(ward["wards"])
        )
    }
    for model, target, minutes in (
        ("hospital.admission", ward["wards"][0], 120),
        ("hospital.transfer", ward["wards"][1], 60),
    ):
        at = database(
            "SELECT to_char(now() AT TIME ZONE 'UTC' - %s * interval '1 minute', 'YYYY-MM-DD HH24:MI:SS') AS t", minutes
        )[0]["t"]
        department = ward["departments"][ward["wards"].index(target)]
        window = nurse.call(
            model,
            "create",
            {
                "encounter_id": encounter,
                "ward_id": target,
                "bed_id": beds[target],
                "department_id": department,
                "at": at,
                "reason": "x",
            },
        )
        nurse.call(model, "action_confirm", [window] if isinstance(window, int) else window)

    page = as_role("finance")
    client.open_menu(page, "hospital_base.menu_hospital_transfer_report")
    client.pick_many2one(page, "department_ids", f"试外{ward['tag']}")
    assert client.field_text(page, "line_count") == "1"
    shot(page, "transfer_report_wizard")
    path = client.download(page, lambda: client.click_button(page, "action_xlsx"))
    cells = [
        cell for row in load_workbook(io.BytesIO(path.read_bytes())).active.iter_rows(values_only=True) for cell in row
    ]
    assert patient["name"] in cells
    path = client.download(page, lambda: client.click_button(page, "action_print"))
    assert path.read_bytes().startswith(b"%PDF-")
    client.click_button(page, "action_show")
    expect(client.rows(page)).to_have_count(1)
    expect(client.rows(page)).to_contain_text(patient["name"])
    shot(page, "transfer_report_list")
    client.switch_view(page, "pivot")
    expect(page.locator(".o_pivot table")).to_contain_text(f"试外{ward['tag']}")
