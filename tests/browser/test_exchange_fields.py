"""IT sets up an interface without code: lines from a vendor's table, a source, a test with a record, a code mapped."""

import uuid

import pytest
from playwright.sync_api import expect

from .client import (
    click_button,
    eventually,
    field,
    field_text,
    fill_field,
    open_action,
    open_menu,
    pick_many2one,
    rows,
    save,
    scope,
    search,
    wait_idle,
)

MENU = "hospital_exchange.menu_exchange_"
TABLE = """接口编号,参数名,中文名称,数据类型,长度,是否必填,备注
{code},deptCode,科室编码,字符串,20,是,平台统一编码
{code},deptName,科室名称,字符串,40,是,
{code},campus.code,院区编码,字符串,20,是,
{code},sortNo,排序号,整数,4,否,
{code},updateTime,更新时间,日期时间型,,否,yyyyMMddHHmmss
{code},坏 字段,坏字段,字符串,2,否,
"""


@pytest.fixture
def mark():
    return f"{uuid.uuid4().int % 10**6:06}"  # the wall that shows the name must hold no Latin words


@pytest.fixture
def interface(rpc, mark):
    """An interface of a new platform that sends departments; nothing of it is set up yet."""
    it = rpc("it")
    department_model = it.call("ir.model", "search", [["model", "=", "hospital.department"]])
    platform = it.call(
        "hospital.platform",
        "create",
        [{"name": f"区域平台{mark}", "code": f"region_{mark}", "protocol": "hospital.protocol.http_json"}],
    )
    made = it.call(
        "hospital.interface",
        "create",
        [
            {
                "platform_id": platform[0],
                "code": f"push_{mark}",
                "name": f"科室信息推送{mark}",
                "effect": "upsert",
                "model_id": department_model[0],
            }
        ],
    )
    it.call(
        "hospital.code.remote",
        "create",
        [
            {"platform_id": platform[0], "list_name": "department", "code": code, "name": name}
            for code, name in (("A03.01", "心血管内科门诊"), ("A03.02", "呼吸内科"))
        ],
    )
    return {"id": made[0], "platform_id": platform[0], "platform": f"区域平台{mark}", "code": f"push_{mark}"}


@pytest.fixture
def sources(rpc):
    """What the screen calls the sources of a value."""
    described = rpc("it").call("hospital.interface.field", "fields_get", ["source"], ["selection"])
    return dict(described["source"]["selection"])


def set_line(page, path, **values):
    rows(page).filter(has_text=path).first.locator("td[name='path']").click()
    wait_idle(page)
    for name, value in values.items():
        fill_field(page, name, value)
    save(page)


@pytest.mark.proves("S1-3.1")
def test_an_interface_is_set_up_in_rows(as_role, shot, database, interface, sources, rpc):
    page = as_role("it")
    open_menu(page, MENU + "field_import")
    pick_many2one(page, "platform_id", interface["platform"])
    content = TABLE.format(code=interface["code"]).encode("gb18030")
    with page.expect_file_chooser() as chooser:
        field(page, "file").locator("button, .o_select_file_button").first.click()
    chooser.value.set_files({"name": "字段.csv", "mimeType": "text/csv", "buffer": content})
    wait_idle(page)
    click_button(page, "action_preview")
    assert [field_text(page, name) for name in ("new_count", "changed_count", "problem_count")] == ["5", "0", "1"]
    shot(page, "exchange_field_import")
    click_button(page, "action_import")
    click_button(page, "action_open_lines")
    lines = database("SELECT path FROM hospital_interface_field WHERE interface_id = %s", interface["id"])
    assert len(lines) == 5

    open_action(page, "hospital_exchange.action_hospital_interface", interface["id"])
    click_button(page, "action_fields")
    expect(rows(page)).to_have_count(5)
    set_line(page, "deptName", source=sources["record"], value="name")
    set_line(page, "campus.code", source=sources["record"], value="campus_id.code")
    set_line(page, "sortNo", source=sources["record"], value="sequence")
    set_line(page, "updateTime", source=sources["call"], value="now")
    shot(page, "exchange_field_lines")

    line = database(
        "SELECT id FROM hospital_interface_field WHERE interface_id = %s AND path = 'deptCode'", interface["id"]
    )
    rpc("it").call(
        "hospital.interface.field", "write", [line[0]["id"]], {"source": "call", "value": "record", "is_mapped": True}
    )
    open_action(page, "hospital_exchange.action_hospital_interface", interface["id"])
    click_button(page, "action_test_fields")
    pick_many2one(page, "res_id", "心血管内科")
    expect(scope(page).locator(".alert-danger")).to_contain_text("科室编码")
    shot(page, "exchange_field_test_fault")
    click_button(page, "btn-close")

    open_menu(page, MENU + "code_map")
    search(page, "心血管内科")
    rows(page).filter(has_text="心血管内科").first.locator("button[name='action_take_suggestion']").click()
    wait_idle(page)
    mapped = eventually(
        lambda: database(
            "SELECT remote_code, asked_count FROM hospital_code_map WHERE platform_id = %s AND state = 'mapped'",
            interface["platform_id"],
        )
    )
    assert mapped[0]["remote_code"] == "A03.01"

    open_action(page, "hospital_exchange.action_hospital_interface", interface["id"])
    click_button(page, "action_test_fields")
    pick_many2one(page, "res_id", "心血管内科")
    expect(scope(page).locator(".o_field_test")).to_contain_text("A03.01")
    shot(page, "exchange_field_test")
    scope(page).locator(".nav-link[name='payload']").click()
    expect(field(page, "payload_text")).to_contain_text("心血管内科")
    logged = database(
        "SELECT count(*) FROM hospital_access_log WHERE model = 'hospital.department' AND detail = %s AND res_id IN "
        "(SELECT id FROM hospital_department WHERE name = '心血管内科门诊')",
        interface["code"],
    )
    assert logged[0]["count"] >= 2
