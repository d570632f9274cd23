"""The home screen: what waits for each role, in Chinese; every card leads to exactly what it counted."""

import re

import pytest
from playwright.sync_api import expect

from . import client

ROLES = ["registrar", "cashier", "finance", "finance_manager", "doctor", "nurse", "pharmacist", "gcp", "it", "auditor"]
PICTURES = {"doctor": "home_doctor", "cashier": "home_cashier", "it": "home_it", "auditor": "home_auditor"}


@pytest.mark.parametrize("login", ROLES)
def test_cards_are_chinese_and_open_what_they_count(as_role, shot, login):
    page = as_role(login)
    expect(page.locator(".o_hospital_home_greeting")).to_contain_text("，")
    keys = page.locator(".o_hospital_home_card").evaluate_all("cards => cards.map((card) => card.dataset.key)")
    assert keys, "this role has nothing to do"
    text = re.sub(r"[A-Z]+\.\d+|GCP", "", page.locator(".o_hospital_home_page").inner_text())
    assert not re.findall(r"[A-Za-z]{3,}", text), "not everything is translated"
    if login in PICTURES:
        shot(page, PICTURES[login])
    for key in keys:
        card = page.locator(f".o_hospital_home_card[data-key='{key}']")
        title, count = (card.locator(f".o_hospital_home_{part}").inner_text() for part in ("title", "count"))
        card.click()
        expect(page.locator(".o_breadcrumb .active, .o_last_breadcrumb_item").first).to_contain_text(title)
        client.wait_idle(page)
        wanted = int(count.replace(",", ""))
        assert _records(page) == wanted, f"{title}: {count} on the card"
        page.locator(".o_back_button, .o_breadcrumb a").first.click()
        client.wait_idle(page)
    expect(page.locator(".o_hospital_home_card")).to_have_count(len(keys))


def _records(page):
    """How many records a list holds, by its pager or by the counts of its groups; columns of cards are looked at as a list."""
    if page.locator(".o_kanban_group").count():
        client.switch_view(page, "list")
    if page.locator(".o_group_header").count():
        counts = page.locator(".o_group_header .o_group_count, .o_group_header .o_group_name").evaluate_all(
            "cells => cells.map((cell) => Number((cell.innerText.match(/[(（](\\d+)[)）]\\s*$/) || [0, 0])[1]))"
        )
        total = page.locator(".o_pager_limit").first
        if total.count() and int(total.inner_text().replace(",", "")) > len(counts):
            pytest.fail("more groups than one page shows")
        return sum(counts)
    if page.locator(".o_pager_limit").count():
        return int(page.locator(".o_pager_limit").first.inner_text().replace(",", "").rstrip("+"))
    return client.rows(page).count() or client.cards(page).count()


def test_refresh_asks_once_and_keeps_the_screen(as_role):
    page = as_role("registrar")
    asked = []
    page.on("request", lambda request: "/hospital.home/get_home" in request.url and asked.append(request.url))
    before = page.locator(".o_hospital_home_card").count()
    client.click_button(page, "刷新")
    assert len(asked) == 1
    expect(page.locator(".o_hospital_home_card")).to_have_count(before)
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    client.wait_idle(page)
    assert len(asked) == 1, "a screen just loaded is not stale"


def test_the_quiet_row_opens_an_empty_list(as_role):
    page = as_role("auditor")
    quiet = page.locator(".o_hospital_home_quiet button")
    if not quiet.count():
        return
    quiet.first.click()
    client.wait_idle(page)
    assert not client.rows(page).count()
