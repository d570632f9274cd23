"""The registration desk: scan, see who it may be, register, merge, replace a card, show a number; and the self-service machine."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from . import client

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check(digits):
    """A number nobody can hold: area 119999 or country 999."""
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11]


def resident_number():
    return with_check(f"11999918{uuid.uuid4().int % 99:02}0101{uuid.uuid4().int % 1000:03}")


def foreign_number():
    return with_check(f"91199918{uuid.uuid4().int % 99:02}0101{uuid.uuid4().int % 500 * 2 + 1:03}")


def chip_2023(number, name="", latin=""):
    parts = (
        (name, 15),
        ("1", 1),
        ("00", 2),
        (number[6:14], 8),
        (latin, 35),
        (number, 18),
        ("", 15),
        ("20240101", 8),
        ("20340101", 8),
    )
    return "".join(text.ljust(width) for text, width in parts) + " " * 11 + "000" + "Y"


def desk(page):
    client.open_menu(page, "hospital_base.menu_hospital_patient_registration")
    scan = page.locator(".o_hospital_scan")
    expect(scan).to_be_focused()
    return scan


def scanned(page, scan, text):
    scan.focus()
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")
    client.wait_idle(page)


def registered(page):
    """The toast that says who was registered; the desk is ready for the next one."""
    toast = page.locator(".o_notification.border-success, .o_notification:has(.bg-success)").last
    toast.wait_for()
    client.wait_idle(page)
    expect(page.locator(".o_hospital_scan")).to_be_focused()
    return toast


@pytest.mark.proves("S3-8.1", "S3-8.2")
def test_scan_register_print(as_role, shot, database):
    page = as_role("registrar")
    scan = desk(page)
    number, latin = foreign_number(), f"MARTIN CLAIRE {uuid.uuid4().hex[:6].upper()}"
    scanned(page, scan, chip_2023(number, latin=latin))
    assert client.field_text(page, "name") == latin
    assert client.field_text(page, "document_number") == number
    expect(client.field(page, "virtual_card").locator("input")).to_be_checked()
    client.fill_field(page, "phone", "19900001234")
    shot(page, "registration_scanned")
    with page.expect_download() as download:
        client.field(page, "phone").locator("input").press("Enter")
        toast = registered(page)
    assert download.value.suggested_filename.endswith(".pdf")
    expect(toast).to_contain_text("900")
    [row] = database(
        "SELECT c.number FROM hospital_card c JOIN hospital_patient p ON p.id = c.patient_id WHERE p.name = %s",
        latin,
    )
    assert re.fullmatch(r"900\d{9}", row["number"])


def test_typed_without_a_mouse(as_role, database):
    page = as_role("registrar")
    scan = desk(page)
    name = f"键盘{uuid.uuid4().hex[:6]}"
    scanned(page, scan, resident_number())
    scanned(page, scan, name)
    scanned(page, scan, "19900005678")
    with page.expect_download():
        page.keyboard.press("Enter")
        registered(page)
    assert database("SELECT phone_full FROM hospital_patient WHERE name = %s", name) == [{"phone_full": "19900005678"}]


def test_misread_number(as_role):
    page = as_role("registrar")
    scan = desk(page)
    number = resident_number()
    scanned(page, scan, number[:17] + ("1" if number[17] != "1" else "2"))
    expect(client.field(page, "message")).to_contain_text(re.compile("校验码|check character"))


def test_double_is_shown_and_opened(as_role, rpc, shot):
    number, name = resident_number(), f"重复{uuid.uuid4().hex[:6]}"
    types = rpc("registrar").call("hospital.identifier.type", "search", [("code", "=", "resident_id")])
    rpc("registrar").call(
        "hospital.patient",
        "create",
        {"name": name, "sex": "1", "identifier_ids": [(0, 0, {"type_id": types[0], "number": number})]},
    )
    page = as_role("registrar")
    scan = desk(page)
    scanned(page, scan, number)
    double = page.locator(".o_hospital_double")
    expect(double).to_contain_text(name)
    assert number not in page.locator(".o_hospital_doubles").inner_text()
    shot(page, "registration_double")
    double.locator("button").click()
    client.wait_idle(page)
    assert client.field_text(page, "name") == name


def test_show_a_number(as_role, rpc, database, shot):
    name, phone = f"显示{uuid.uuid4().hex[:6]}", f"199{uuid.uuid4().int % 10**8:08}"
    patient = rpc("registrar").call("hospital.patient", "create", {"name": name, "sex": "2", "phone": phone})
    page = as_role("registrar")
    client.open_action(page, "hospital_base.action_hospital_patient", patient)
    widget = client.field(page, "phone")
    assert widget.locator("input").input_value() == f"{phone[:3]}****{phone[-4:]}"
    widget.locator("button").click()
    expect(widget.locator(".o_hospital_revealed")).to_have_text(phone)
    shot(page, "patient_form")
    rows = database(
        "SELECT action, field_names FROM hospital_access_log WHERE model = 'hospital.patient' AND res_id = %s", patient
    )
    assert rows == [{"action": "reveal", "field_names": "phone"}]


def test_replace_a_card(as_role, rpc, database, shot):
    name, old = f"换卡{uuid.uuid4().hex[:6]}", f"33{uuid.uuid4().int % 10**8:08}"
    new = f"35{uuid.uuid4().int % 10**8:08}"
    patient = rpc("registrar").call(
        "hospital.patient", "create", {"name": name, "sex": "2", "card_ids": [(0, 0, {"number": old})]}
    )
    page = as_role("registrar")
    client.open_action(page, "hospital_base.action_hospital_patient", patient)
    page.locator(".o_notebook a[name=cards]").click()
    client.click_button(page, "action_replace")
    client.fill_field(page, "new_number", new)
    client.fill_field(page, "reason", "补办")
    shot(page, "card_replace")
    client.click_button(page, "action_confirm")
    client.wait_idle(page)
    rows = database("SELECT number, state FROM hospital_card WHERE patient_id = %s ORDER BY id", patient)
    assert [(row["number"], row["state"]) for row in rows] == [(old, "replaced"), (new, "in_use")]


def test_merge(as_role, rpc, shot):
    desk_rpc, name = rpc("registrar"), f"合并{uuid.uuid4().hex[:6]}"
    winner = desk_rpc.call("hospital.patient", "create", {"name": name, "sex": "1", "phone": "19900001111"})
    loser = desk_rpc.call(
        "hospital.patient", "create", {"name": name, "sex": "0", "phone": "19900002222", "birth_date": "1990-01-01"}
    )
    page = as_role("registrar")
    client.open_action(page, "hospital_base.action_hospital_patient")
    client.search(page, name)
    page.locator("thead .o_list_record_selector input").check()
    page.locator(".o_cp_action_menus .dropdown-toggle, .o_control_panel_actions .dropdown-toggle").filter(
        has_text=re.compile("操作|动作|Actions")
    ).first.click()
    page.locator(".o-dropdown--menu .o-dropdown-item, .o-dropdown--menu .dropdown-item").filter(
        has_text=re.compile("合并患者|Merge patients")
    ).first.click()
    client.wait_idle(page)
    client.field(page, "confirmed").locator("input").check()
    shot(page, "patient_merge")
    client.click_button(page, "action_merge")
    client.wait_idle(page)
    assert (
        desk_rpc.call("hospital.patient", "read", [loser], ["active", "merged_into_id"])[0]["merged_into_id"][0]
        == winner
    )
    client.open_action(page, "hospital_base.action_hospital_patient", loser)
    page.wait_for_url(f"**/{winner}")
    client.wait_idle(page)
    assert client.field_text(page, "birth_date")


@pytest.mark.proves("S3-8.3", "S3-8.2")
def test_self_service_machine(as_role, shot, database):
    page = as_role("registrar")
    client.open_menu(page, "hospital_base.menu_hospital_kiosk")
    screen = page.locator(".o_hospital_kiosk")
    expect(page.locator(".o_hospital_kiosk_scanner")).to_be_focused()
    shot(page, "kiosk_start")
    number, latin = foreign_number(), f"KIOSK {uuid.uuid4().hex[:8].upper()}"
    page.keyboard.insert_text(chip_2023(number, latin=latin))
    page.keyboard.press("Enter")
    expect(screen).to_have_attribute("data-step", "new")
    assert number not in screen.inner_text()
    for key in "19900003333":
        screen.locator(".o_hospital_kiosk_keys button").filter(has_text=re.compile(f"^{key}$")).click()
    shot(page, "kiosk_new")
    screen.locator(".o_hospital_kiosk_buttons .btn-primary").click()
    expect(screen).to_have_attribute("data-step", "registered")
    expect(screen.locator(".o_hospital_kiosk_card")).to_have_text(re.compile(r"^900\d{9}$"))
    shot(page, "kiosk_registered")
    screen.locator("main .btn-primary").click()
    expect(screen).to_have_attribute("data-step", "start")
    page.keyboard.insert_text(number)
    page.keyboard.press("Enter")
    expect(screen).to_have_attribute("data-step", "found")
    assert database("SELECT phone_full FROM hospital_patient WHERE name = %s", latin) == [{"phone_full": "19900003333"}]
