import pytest

from .client import wait_idle

ROLES = [
    "admin",
    "registrar",
    "cashier",
    "finance",
    "finance_manager",
    "doctor",
    "nurse",
    "pharmacist",
    "gcp",
    "it",
    "auditor",
]


@pytest.mark.parametrize("login", ROLES)
def test_role_logs_in_and_sees_its_home(as_role, login):
    page = as_role(login)
    wait_idle(page)
    assert page.locator(".o_main_navbar").is_visible()
    assert page.locator(".o_action_manager > *").count(), "the home screen is empty"
