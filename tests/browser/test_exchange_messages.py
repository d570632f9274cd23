"""Messages as IT and the auditor see them: what needs somebody, what to do about it, and deciding it."""

import pytest
from playwright.sync_api import expect

from ..rpc import RpcError
from . import client
from .client import click_button, expect_error, expect_notification, fill_field, open_menu, rows, scope

MESSAGES = "hospital_exchange.menu_exchange_messages"


@pytest.fixture
def waiting(database):
    """The demo messages of one state that need somebody, oldest first."""

    def find(state, platform="demo_pay", limit=10):
        return database(
            f"""SELECT message.id, message.number, message.record_name, message.state, message.key_base
                  FROM hospital_message message JOIN hospital_platform platform ON platform.id = message.platform_id
                 WHERE platform.code = '{platform}' AND message.state = '{state}' AND message.is_attention
                   AND NOT EXISTS (SELECT FROM hospital_message newer
                                    WHERE newer.interface_id = message.interface_id
                                      AND newer.key_base = message.key_base AND newer.id > message.id)
                 ORDER BY message.id LIMIT {limit}"""
        )

    return find


def state_of(database, message):
    return database(f"SELECT state FROM hospital_message WHERE id = {message['id']}")[0]["state"]


def open_message(page, message):
    client.open_action(page, "hospital_exchange.action_hospital_message", message["id"])


@pytest.mark.proves("S2-1.4")
def test_the_list_opens_with_what_needs_somebody(as_role, shot, database):
    page = as_role("it")
    open_menu(page, MESSAGES)
    count = database("SELECT COUNT(*) FROM hospital_message WHERE is_attention")[0]["count"]
    expect(page.locator(".o_searchview_facet")).to_contain_text("需人工处理")
    expect(rows(page)).to_have_count(min(count, 80))
    shot(page, "exchange_messages")


def test_a_number_in_hand_finds_its_message(as_role, database):
    done = database(
        """SELECT number, remote_ref, record_name FROM hospital_message
            WHERE state = 'done' AND remote_ref IS NOT NULL AND res_model = 'hospital.encounter' LIMIT 1"""
    )[0]
    page = as_role("it")
    open_menu(page, MESSAGES)
    for text in (done["number"], done["remote_ref"], done["record_name"]):
        client.clear_search(page)
        client.search(page, text)
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text(done["record_name"])


@pytest.mark.proves("S2-1.4")
def test_a_refused_message_says_what_to_do_and_is_closed_with_a_reason(as_role, shot, waiting, database, errors):
    message = waiting("refused")[-1]
    page = as_role("it")
    open_message(page, message)
    expect(scope(page).locator(".alert-danger")).to_contain_text("怎么办")
    for gone in ("平台已办理", "立即查询", "查看正文"):
        expect(scope(page).get_by_role("button", name=gone)).to_have_count(0)
    shot(page, "exchange_message_refused")
    scope(page).get_by_role("button", name="关闭", exact=True).click()
    client.wait_idle(page)
    click_button(page, "action_confirm")
    expect(scope(page).locator(".o_field_widget[name='reason'].o_field_invalid")).to_be_visible()
    fill_field(page, "reason", "患者已在窗口现金缴纳")
    click_button(page, "action_confirm")
    expect_notification(page, "已处理 1 条报文")
    expect(scope(page).locator(".o_statusbar_status .o_arrow_button_current")).to_contain_text("人工关闭")
    expect(scope(page).locator(".o_hospital_exchange_tries")).to_contain_text("患者已在窗口现金缴纳")
    assert state_of(database, message) == "closed"
    assert not scope(page).get_by_role("button", name="重新发送").count()


@pytest.mark.proves("S2-1.4")
def test_money_is_confirmed_before_it_may_move(as_role, shot, waiting, database, errors):
    message = waiting("refused")[0]
    page = as_role("it")
    open_message(page, message)
    click_button(page, "重新发送")
    fill_field(page, "reason", "已请财务核对余额")
    shot(page, "exchange_decision_money")
    click_button(page, "action_confirm")
    expect_error(page, errors, "请勾选已核对金额")
    assert state_of(database, message) == "refused"
    scope(page).locator(".o_field_widget[name='money_confirmed'] input").check()
    click_button(page, "action_confirm")
    expect_notification(page, "已处理 1 条报文")
    # sent again at once: how far it has come depends on how fast the far side is
    assert state_of(database, message) in ("pending", "sending", "retry", "unknown", "refused", "dead", "done")
    assert database(
        f"SELECT COUNT(*) FROM hospital_message_attempt WHERE message_id = {message['id']} AND purpose = 'person'"
    ) == [{"count": 1}]


def test_no_answer_is_decided_after_a_look_at_the_platform(as_role, shot, waiting, database):
    message = waiting("unknown")[0]
    page = as_role("it")
    open_message(page, message)
    expect(scope(page).locator(".alert-danger")).to_contain_text("切勿猜测")
    for there in ("立即查询", "平台已办理", "平台未办理", "冲正", "关闭"):
        expect(scope(page).get_by_role("button", name=there, exact=True)).to_be_visible()
    expect(scope(page).get_by_role("button", name="重新发送")).to_have_count(0)
    shot(page, "exchange_message_unknown")
    click_button(page, "平台已办理")
    fill_field(page, "reason", "平台交易查询显示已入账")
    click_button(page, "action_confirm")
    expect_notification(page, "已处理 1 条报文")
    expect(scope(page).locator(".o_statusbar_status .o_arrow_button_current")).to_contain_text("已完成")
    assert state_of(database, message) == "done"
    shot(page, "exchange_message_tries")


@pytest.mark.proves("S2-1.4")
def test_many_at_once_with_a_preview(as_role, shot, waiting, database):
    page = as_role("it")
    open_menu(page, MESSAGES)
    page.locator("thead .o_list_record_selector input").click()
    client.wait_idle(page)
    click_button(page, "重新发送")
    expect(scope(page).locator(".o_field_widget[name='blocked']")).to_contain_text("只有被拒绝或已放弃的才能重新发送")
    shot(page, "exchange_decision_many")
    click_button(page, "放弃")
    before = {state: len(waiting(state, "demo_health")) for state in ("refused", "dead")}
    client.clear_search(page)
    client.add_filter(page, "需人工处理")
    client.search(page, "演示区域健康")
    expect(client.rows(page)).to_have_count(sum(before.values()))
    page.locator("thead .o_list_record_selector input").click()
    client.wait_idle(page)
    scope(page).get_by_role("button", name="其他处理…").click()
    client.wait_idle(page)
    fill_field(page, "decision", "关闭")
    fill_field(page, "reason", "改由平台页面手工上报")
    expect(scope(page).locator(".o_field_widget[name='possible_count']").first).to_have_text(str(sum(before.values())))
    click_button(page, "action_confirm")
    expect_notification(page, "条报文")
    assert not waiting("refused", "demo_health")
    assert not waiting("dead", "demo_health")


@pytest.mark.proves("S2-1.6")
def test_the_auditor_reads_redacted_bodies_and_leaves_a_trace(as_role, shot, database):
    message = database(
        "SELECT id, number FROM hospital_message WHERE state = 'done' AND amount > 0 ORDER BY id LIMIT 1"
    )[0]
    page = as_role("auditor")
    open_message(page, message)
    logged = f"SELECT COUNT(*) FROM hospital_access_log WHERE model = 'hospital.message' AND res_id = {message['id']}"
    before = database(logged)[0]["count"]
    click_button(page, "查看正文（将记录）")
    expect(page.locator(".o_hospital_exchange_body[data-part=request]")).to_contain_text('"order"')
    expect(page.locator(".o_hospital_exchange_body[data-part=request]")).to_contain_text("***")
    expect(page.locator(".o_hospital_exchange_body[data-part=request]")).not_to_contain_text("某患者")
    shot(page, "exchange_bodies")
    page.locator(".modal-footer").get_by_role("button", name="关闭").click()
    assert database(logged)[0]["count"] == before + 1


def test_a_clerk_sees_nothing_of_it(as_role, rpc, database):
    page = as_role("registrar")
    with pytest.raises(AssertionError, match="no menu"):
        open_menu(page, MESSAGES)
    clerk = rpc("registrar")
    message = database("SELECT id FROM hospital_message ORDER BY id LIMIT 1")[0]["id"]
    for model, method, args in (
        ("hospital.message", "read", [[message], ["state"]]),
        ("hospital.message", "action_decide", [[message]]),
        ("hospital.message", "hospital_read_bodies", [[message]]),
        ("hospital.message", "_retry", [[message], "no"]),
        (
            "hospital.message.decision",
            "create",
            [{"decision": "close", "reason": "no", "message_ids": [[6, 0, [message]]]}],
        ),
    ):
        with pytest.raises(RpcError):
            clerk.call(model, method, *args)


def test_analysis_by_day_platform_and_state(as_role, shot):
    page = as_role("it")
    open_menu(page, "hospital_exchange.menu_exchange_analysis")
    client.chart_drawn(page)
    shot(page, "exchange_analysis_graph")
    client.switch_view(page, "pivot")
    expect(page.locator("div.o_pivot")).to_contain_text("应答用时")
    shot(page, "exchange_analysis_pivot")
