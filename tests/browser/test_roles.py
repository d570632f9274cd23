"""Every role: its home, and every screen its menus lead to."""

import pytest

from . import client

ROLES = ["registrar", "cashier", "finance", "finance_manager", "doctor", "nurse", "pharmacist", "gcp", "it", "auditor"]
PICTURES = {"registrar": "home_registrar", "nurse": "home_nurse", "finance_manager": "home_finance"}


@pytest.mark.parametrize("login", ["admin", *ROLES])
def test_role_logs_in_and_sees_its_home(as_role, shot, login):
    page = as_role(login)
    assert page.locator(".o_main_navbar").is_visible()
    assert page.locator(".o_action_manager > *").count(), "the home screen is empty"
    if login in PICTURES:
        shot(page, PICTURES[login])


@pytest.mark.parametrize("login", ROLES)
def test_every_menu_and_view_of_a_role_opens(as_role, login):
    page = as_role(login)
    for menu in client.leaf_menus(page, "hospital_base.menu_hospital_root"):
        client.open_menu(page, menu["xmlid"])
        if page.locator(".o_dialog").count():
            page.locator(".o_dialog .btn-close").last.click()
            client.wait_idle(page)
            continue
        assert page.locator(".o_action_manager > *").count(), f"{menu['name']} is empty"
        for kind in client.view_kinds(page):
            client.switch_view(page, kind)
            if kind == "list" and client.rows(page).count():
                _open_first_record(page)


def _open_first_record(page):
    """A grouped list shows its groups first, an editable one has no form to go to."""
    address = page.url
    client.rows(page).first.locator("td.o_data_cell").first.click()
    client.wait_idle(page)
    if page.url != address:
        page.go_back()
        client.wait_idle(page)
    elif page.locator(".o_list_button_discard").count():
        page.locator(".o_list_button_discard").first.click()
        client.wait_idle(page)
