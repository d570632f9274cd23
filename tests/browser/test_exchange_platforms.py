"""Platforms and interfaces as IT sets them up: the board, the form, secrets, modes, copies, sending without code."""

import uuid

import pytest
from playwright.sync_api import expect

from ..rpc import RpcError
from . import client
from .client import click_button, expect_error, expect_notification, fill_field, open_menu, scope

PLATFORMS = "hospital_exchange.menu_exchange_platforms"
INTERFACES = "hospital_exchange.menu_exchange_interfaces"


def card(page, name):
    return client.cards(page).filter(has_text=name).first


def open_platform(page, name):
    open_menu(page, PLATFORMS)
    client.search(page, name)
    card(page, name).locator("span.fs-5, .fw-bold").first.click()
    client.wait_idle(page)


def open_interface(page, name):
    client.rows(page).filter(has_text=name).locator("td[name='name']").first.click()
    client.wait_idle(page)


@pytest.mark.proves("S2-1.4")
def test_the_board_shows_trouble_first_and_leads_to_it(as_role, shot, database):
    page = as_role("it")
    open_menu(page, PLATFORMS)
    expect(client.cards(page).first).to_contain_text("无应答")
    pay = card(page, "演示支付平台")
    expect(pay.locator(".o_hospital_exchange_board rect.o_done").first).to_be_attached()
    expect(pay).to_contain_text("成功率")
    shot(page, "exchange_board")
    waiting = database(
        """SELECT COUNT(*) FROM hospital_message message JOIN hospital_platform platform ON platform.id = message.platform_id
            WHERE platform.code = 'demo_health' AND message.state IN ('pending', 'retry') AND message.direction = 'out'"""
    )[0]["count"]
    card(page, "演示区域健康平台").locator(".o_hospital_exchange_counts > *").first.click()
    client.wait_idle(page)
    expect(client.rows(page)).to_have_count(waiting)


def test_found_by_initials_and_grouped(as_role):
    page = as_role("it")
    open_menu(page, PLATFORMS)
    client.search(page, "yszf")
    expect(client.cards(page)).to_have_count(1)
    client.clear_search(page)
    client.add_filter(page, "线路")
    expect(page.locator(".o_kanban_group").filter(has_text="无应答").first).to_contain_text("演示区域健康平台")


@pytest.mark.proves("S2-8.1")
def test_production_is_asked_about(as_role, shot, database, errors):
    page = as_role("it")
    open_platform(page, "演示电子票据平台")
    click_button(page, "切换到正式")
    expect(scope(page)).to_contain_text("正式模式为真实业务")
    shot(page, "exchange_mode")
    click_button(page, "action_confirm")
    expect_error(page, errors, "请勾选确认")
    click_button(page, "放弃")
    assert database("SELECT mode FROM hospital_platform WHERE code = 'demo_invoice'") == [{"mode": "disabled"}]
    click_button(page, "切换到沙箱")
    click_button(page, "action_confirm")
    assert database("SELECT mode FROM hospital_platform WHERE code = 'demo_invoice'") == [{"mode": "sandbox"}]
    click_button(page, "停用")
    click_button(page, "action_confirm")


@pytest.mark.proves("S2-8.1")
def test_a_secret_is_written_and_never_shown(as_role, shot, database):
    secret = f"secret-{uuid.uuid4()}"
    name = f"key_{uuid.uuid4().hex[:8]}"
    page = as_role("it")
    open_platform(page, "演示支付平台")
    page.locator(".nav-link", has_text="安全与密钥").click()
    lines = page.locator(".o_field_widget[name='secret_ids']")
    lines.locator(".o_field_x2many_list_row_add a").click()
    row = lines.locator("tr.o_selected_row")
    row.locator("[name='name'] input").fill(name)
    row.locator("[name='value'] input").fill(secret)
    client.save(page)
    expect(lines.locator("tr").filter(has_text=name)).to_contain_text("设置于")
    shot(page, "exchange_secrets")
    page.reload()
    client.wait_idle(page)
    page.locator(".nav-link", has_text="安全与密钥").click()
    assert secret not in page.content()
    [stored] = database(f"SELECT value_encrypted FROM hospital_secret WHERE name = '{name}'")
    assert stored["value_encrypted"]
    assert secret not in stored["value_encrypted"]


def test_a_copy_for_another_campus(as_role, shot, database):
    page = as_role("it")
    open_platform(page, "演示支付平台")
    scope(page).locator(".o_cp_action_menus button:has(.fa-cog)").first.click()
    page.locator(".o-dropdown--menu").get_by_text("复制", exact=True).click()
    client.wait_idle(page)
    code = client.field_text(page, "code")
    name = f"滨江支付平台 {code}"
    fill_field(page, "name", name)
    client.save(page)
    page.locator(".nav-link[name='interfaces']").click()
    expect(scope(page).locator(".o_field_widget[name='interface_ids']")).to_contain_text("支付结果查询")
    shot(page, "exchange_platform")
    [copy] = database(f"SELECT id, mode FROM hospital_platform WHERE code = '{code}'")
    assert copy["mode"] == "disabled"
    assert database(f"SELECT COUNT(*) FROM hospital_interface WHERE platform_id = {copy['id']}")[0]["count"] == 4
    assert database(f"SELECT COUNT(*) FROM hospital_secret WHERE platform_id = {copy['id']}")[0]["count"] == 0


@pytest.mark.proves("S1-3.1")
def test_sending_by_schedule_and_by_a_button_without_code(as_role, shot, database):
    page = as_role("it")
    open_menu(page, INTERFACES)
    client.search(page, "scks")
    shot(page, "exchange_interfaces")
    open_interface(page, "上传科室")
    click_button(page, "加到业务操作菜单")
    expect_notification(page, "已加到")
    expect(scope(page).get_by_role("button", name="从操作菜单移除")).to_be_visible()
    click_button(page, "每晚定时发送")
    expect_notification(page, "每晚")
    expect(client.field(page, "schedule_at")).to_contain_text("02:00")
    shot(page, "exchange_interface")
    client.open_action(page, "hospital_base.action_hospital_department")
    page.locator(".o_list_record_selector input").nth(1).click()
    client.wait_idle(page)
    scope(page).locator(".o_cp_action_menus button:has(.fa-cog)").first.click()
    expect(page.locator(".o-dropdown--menu").get_by_text("上传科室")).to_be_visible()
    page.keyboard.press("Escape")
    open_menu(page, INTERFACES)
    client.search(page, "scks")
    open_interface(page, "上传科室")
    for button in ("停止定时发送", "从操作菜单移除"):
        click_button(page, button)
        page.locator(".modal-footer .btn-primary").click()
        client.wait_idle(page)
        page.locator(".o_notification_close").first.click()
    expect(scope(page).get_by_role("button", name="每晚定时发送")).to_be_visible()


def test_an_operator_sets_up_nothing(rpc, database):
    auditor = rpc("auditor")  # an operator who is no administrator
    [platform] = database("SELECT id FROM hospital_platform WHERE code = 'demo_pay'")
    assert auditor.call("hospital.platform", "read", [platform["id"]], ["attention_count", "board"])
    for method, args in (
        ("write", [{"mode": "production"}]),
        ("action_change_mode", []),
        ("copy", []),
        ("unlink", []),
    ):
        with pytest.raises(RpcError, match=r"AccessError|UserError"):
            auditor.call("hospital.platform", method, [platform["id"]], *args, context={"exchange_mode": "production"})
    with pytest.raises(RpcError, match="AccessError"):
        auditor.call("hospital.secret", "search_read", [], ["name"])
