"""The doctor's outpatient day: any number finds the patient, one click starts and finishes."""

import itertools
import os

import pytest
from playwright.sync_api import expect

from . import client

COUNTER = itertools.count(os.getpid() * 10)


def new_permanent_residence_number(sequence):
    body = f"91127619751102{sequence:03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]


@pytest.fixture
def foreigner(rpc, database):
    """A patient with a foreigner's permanent residence card of 2023."""
    tag = next(COUNTER)
    registrar = rpc("registrar")
    patient = registrar.call(
        "hospital.patient", "create", {"name": f"Foreigner {tag}", "sex": "1", "birth_date": "1975-11-02"}
    )
    patient = patient if isinstance(patient, int) else patient[0]
    number = new_permanent_residence_number(tag % 1000)
    [kind] = database("SELECT id FROM hospital_identifier_type WHERE code = 'prc_2023'")
    registrar.call("hospital.identifier", "create", {"patient_id": patient, "type_id": kind["id"], "number": number})
    return {"id": patient, "name": f"Foreigner {tag}", "number": number}


@pytest.mark.proves("S3-8.4")
def test_visit_with_a_foreign_permanent_residence_card(as_role, foreigner, database, shot):
    page = as_role("doctor")
    client.open_menu(page, "hospital_base.menu_hospital_outpatients")
    page.locator(".o_control_panel button").filter(has_text="接诊").or_(
        page.get_by_role("button", name="Start a visit")
    ).first.click()
    client.wait_idle(page)
    client.fill_field(page, "term", foreigner["number"])
    assert foreigner["name"] in client.field_text(page, "patient_id")
    shot(page, "outpatient_start")
    client.click_button(page, "action_confirm")
    [visit] = database("SELECT * FROM hospital_encounter WHERE patient_id = %s", foreigner["id"])
    assert visit["state"] == "in_progress"
    assert visit["kind"] == "outpatient"

    # a diagnosis by its code, then the end of the visit
    page.locator(".o_field_x2many_list_row_add a").first.click()
    client.pick_many2one(page, "code_id", "I10", choice="")
    client.save(page)
    shot(page, "outpatient_visit")
    client.click_button(page, "action_finish")
    [visit] = database("SELECT * FROM hospital_encounter WHERE patient_id = %s", foreigner["id"])
    assert visit["state"] == "finished"
    [diagnosis] = database("SELECT * FROM hospital_condition WHERE encounter_id = %s", visit["id"])
    assert diagnosis["is_main"]


def test_worklist_of_today(as_role, rpc, foreigner, database, shot):
    department = database(
        """SELECT d.id, d.campus_id FROM hospital_department d JOIN hospital_practitioner_role r ON r.department_id = d.id
             JOIN hospital_practitioner p ON p.id = r.practitioner_id JOIN res_users u ON u.id = p.user_id
            WHERE u.login = 'doctor' AND d.kind = 'clinic' LIMIT 1"""
    )[0]
    rpc("registrar").call(
        "hospital.encounter",
        "create",
        {
            "patient_id": foreigner["id"],
            "kind": "outpatient",
            "campus_id": department["campus_id"],
            "department_id": department["id"],
        },
    )
    page = as_role("doctor")
    client.open_menu(page, "hospital_base.menu_hospital_outpatients")
    card = client.cards(page).filter(has_text=foreigner["name"])
    shot(page, "outpatient_today")
    card.locator("[name=action_start]").click()
    client.wait_idle(page)
    card.locator("[name=action_finish]").click()
    client.wait_idle(page)
    expect(card.locator("[name=action_finish]")).to_have_count(0)
    for kind in ("list", "calendar", "pivot", "graph"):
        client.switch_view(page, kind)
    client.switch_view(page, "list")
    client.search(page, foreigner["number"])
    expect(client.rows(page)).to_have_count(1)


def test_nobody_has_this_number(as_role, errors):
    page = as_role("doctor")
    client.open_action(page, "hospital_base.action_hospital_outpatients")
    client.open_menu(page, "hospital_base.menu_hospital_visit_start")
    client.fill_field(page, "term", "900999999999")
    expect(client.scope(page).locator(".alert-warning")).to_be_visible()
    client.click_button(page, "action_confirm")
    assert client.expect_error(page, errors, "").endswith(("。", "."))
