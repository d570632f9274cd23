"""The harness itself, tried on screens of Odoo that every suite has."""

from uuid import uuid4

import pytest

from ..rpc import RpcError
from . import client, shots

APPEND = "(html) => document.body.insertAdjacentHTML('beforeend', html)"


def test_menus_forms_lists_and_search(as_role, database):
    login = f"{uuid4().hex}@example.com"
    page = as_role("admin")
    client.open_menu(page, "base.menu_action_res_users")
    client.create(page)
    client.fill_field(page, "name", "测试员")
    client.fill_field(page, "login", login)
    client.save(page)
    assert database("SELECT 1 FROM res_users WHERE login = %s", login)
    client.open_menu(page, "base.menu_action_res_users")
    client.search(page, login)
    assert client.rows(page).count() == 1
    client.switch_view(page, "kanban")
    assert client.cards(page).count() == 1
    client.switch_view(page, "list")
    client.open_row(page, "测试员")
    assert client.field_text(page, "name") == "测试员"


def test_error_dialog_and_console_error_are_noticed(as_role, errors):
    page = as_role("admin")
    page.evaluate("() => console.error('a broken widget')")
    page.evaluate(APPEND, '<div class="o_error_dialog"><div class="modal-body">坏了</div></div>')
    client.eventually(lambda: page.evaluate("() => 0") or len(errors.left()) == 2)
    errors.forgive("a broken widget")
    errors.forgive("坏了")
    page.evaluate("() => document.querySelector('.o_error_dialog').remove()")


def test_server_refusal_is_read_as_a_sentence(as_role, errors, announce_error):
    announce_error("res_users_login_key")
    page = as_role("admin")
    client.open_menu(page, "base.menu_action_res_users")
    client.create(page)
    client.fill_field(page, "name", "重名")
    client.fill_field(page, "login", "admin")
    page.locator(".o_form_button_save").click()
    client.expect_error(page, errors, "相同的登录名")
    client.click_button(page, "o_form_button_cancel")


def test_rpc_tells_what_the_server_refused(rpc, announce_error):
    announce_error("no_such_method")
    admin = rpc("admin")
    assert admin.call("res.users", "search_count", [("login", "=", "admin")]) == 1
    with pytest.raises(RpcError) as refused:
        admin.call("res.users", "no_such_method")
    assert refused.value.sentence


def test_picture_is_replaced_only_when_it_looks_different(as_role, tmp_path):
    page = as_role("admin")
    png = page.screenshot()
    assert shots.store("screen", png, tmp_path)
    assert not shots.store("screen", page.screenshot(), tmp_path)
    page.evaluate(APPEND, '<div style="position:fixed;inset:0 0 50% 50%;background:#000;z-index:9999"></div>')
    assert shots.store("screen", page.screenshot(), tmp_path)
