"""The patient list, found by every kind of key a person at the desk has."""

from . import client

LIST = "hospital_base.menu_hospital_patient"


def test_list_is_chinese_and_masked(as_role, shot, database):
    page = as_role("registrar")
    client.open_menu(page, LIST)
    client.clear_search(page)
    assert client.rows(page).count() > 20
    for row in database("SELECT phone_full FROM hospital_patient WHERE phone_full IS NOT NULL LIMIT 50"):
        assert row["phone_full"] not in page.content()
    shot(page, "patient_list")


def test_one_box_finds_a_patient_by_any_key(as_role, database):
    [patient] = database(
        """SELECT p.id, p.name, p.initials, p.number, p.phone_full, i.number_full AS document, c.number AS card
           FROM hospital_patient p
           JOIN hospital_identifier i ON i.patient_id = p.id AND i.active
           JOIN hospital_card c ON c.patient_id = p.id AND c.state = 'in_use'
           WHERE p.active AND p.phone_full IS NOT NULL AND p.name !~ '[0-9]' ORDER BY p.id DESC LIMIT 1"""
    )
    page = as_role("registrar")
    for key in ("number", "name", "initials", "phone_full", "document", "card"):
        client.open_menu(page, LIST)
        client.clear_search(page)
        client.search(page, patient[key])
        assert client.rows(page).filter(has_text=patient["number"]).count() == 1, f"not found by {key}"
