"""The platforms on the wall: everything on one screen, the worst first, on its own when something changes."""

import json
import re
import uuid
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from ..rpc import RpcError
from . import client

TILES = 20
NAMES = [
    "医保核心服务平台", "医保电子凭证", "医保移动支付中心", "财政电子票据平台", "微信支付", "支付宝", "银联商务", "全民健康信息平台",
    "电子健康卡", "互联网医院监管平台", "区域检验中心", "区域影像云", "处方流转平台", "传染病直报", "死因监测", "院感监测",
    "药品追溯码平台", "短信服务", "预约挂号平台", "远程会诊平台",
]  # fmt: skip
TURNED_AWAY = "get_wall"


@pytest.fixture
def platforms(rpc):
    """As many platforms as fill the wall, nobody at home at their address; nothing of them is left."""
    it = rpc("it")
    there = it.call("hospital.platform", "search_count", [])
    tag = uuid.uuid4().hex[:8]
    made = it.call(
        "hospital.platform",
        "create",
        [
            {
                "name": name,
                "code": f"wall_{tag}_{number}",
                "protocol": "hospital.protocol.http_json",
                "mode": "production" if number % 5 else "test",
                "url_production": "http://127.0.0.1:9/",
                "url_test": "http://127.0.0.1:9/",
            }
            for number, name in enumerate(NAMES[: max(2, TILES - there)])
        ],
    )
    yield made
    it.call("hospital.platform", "write", made, {"active": False, "mode": "disabled"})


@pytest.fixture
def wall(as_role):
    page = as_role("it")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.clock.install()
    page.goto("/odoo/exchange-wall")
    expect(page.locator(".o_exchange_tile").first).to_be_visible()
    client.wait_idle(page)
    return page


def cut_line(it, platform):
    """Five questions that reach nobody."""
    [ping] = it.call(
        "hospital.interface",
        "create",
        [
            {
                "platform_id": platform,
                "code": "ping",
                "name": "连通测试",
                "effect": "read",
                "timing": "now",
                "path": "ping",
            }
        ],
    )
    it.call("hospital.platform", "write", [platform], {"health_interface_id": ping})
    for _try in range(5):
        with suppress(RpcError):
            it.call("hospital.platform", "action_check_health", [platform])


@pytest.mark.proves("S1-9.1")
def test_twenty_platforms_on_one_screen(platforms, wall, shot):
    tiles = wall.locator(".o_exchange_tile")
    assert tiles.count() >= TILES
    assert wall.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), "the page scrolls"
    cramped = tiles.evaluate_all(
        """tiles => tiles.filter((tile) => [tile, ...tile.querySelectorAll("footer, dl, .o_exchange_tile_line")]
               .some((part) => part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1))
               .map((tile) => tile.innerText)"""
    )
    assert not cramped, "these tiles are too small for what they say"
    words = re.sub(r"P95|Echo", "", wall.locator(".o_exchange_wall").inner_text())
    assert not re.findall(r"[A-Za-z]{3,}", words), "not everything is translated"
    small = wall.locator(".o_exchange_wall dt, .o_exchange_wall footer").evaluate_all(
        "parts => Math.min(...parts.map((part) => parseFloat(getComputedStyle(part).fontSize)))"
    )
    assert small >= 20, "nobody reads this from five metres"
    moving = wall.locator(".o_exchange_wall *").evaluate_all(
        "parts => parts.filter((part) => getComputedStyle(part).animationName !== 'none').length"
    )
    assert not moving, "nothing on the wall blinks"
    shot(wall, "exchange_wall")


@pytest.mark.proves("S1-9.1")
def test_a_line_that_is_cut_comes_first_by_itself(platforms, wall, rpc):
    tile = wall.locator(f".o_exchange_tile[data-platform='{platforms[-1]}']")
    expect(tile).to_have_class(re.compile("o_tone_good"))
    before = int(wall.locator(".o_total_alarms").inner_text())
    with wall.expect_request(lambda request: TURNED_AWAY in request.url, timeout=12_000):
        cut_line(rpc("it"), platforms[-1])  # told by the bus: the next asking of its own accord is 15 seconds away
    expect(tile).to_have_class(re.compile("o_tone_alarm"), timeout=20_000)
    expect(tile).to_contain_text("无应答")
    assert int(wall.locator(".o_total_alarms").inner_text()) == before + 1
    first = wall.locator(".o_exchange_tile").first
    assert "o_tone_alarm" in first.get_attribute("class")


def test_numbers_that_are_old_say_so(wall, errors):
    errors.expect(TURNED_AWAY)
    errors.expect("ERR_FAILED")
    stale = wall.locator(".o_exchange_wall_stale")
    expect(stale).to_have_count(0)
    wall.route(f"**/{TURNED_AWAY}", lambda route: route.abort())
    wall.clock.fast_forward(60_000)
    expect(stale).to_be_visible()
    expect(stale).to_contain_text(re.compile(r"\d+(秒|分钟)"))
    assert wall.locator(".o_exchange_tile").count(), "the last numbers stay"
    wall.unroute(f"**/{TURNED_AWAY}")
    wall.clock.fast_forward(16_000)
    expect(stale).to_have_count(0)


def test_the_wall_is_left_by_escape(wall):
    wall.keyboard.press("Escape")
    expect(wall.locator(".o_main_navbar")).to_be_visible()
    expect(wall.locator(".o_exchange_wall")).to_have_count(0)


def test_only_operators(rpc):
    with pytest.raises(RpcError):
        rpc("registrar").call("hospital.exchange.monitor", "get_wall")
    assert rpc("it").call("hospital.exchange.monitor", "get_wall")["platforms"] is not None


def test_the_probe_answers_without_a_session(rpc):
    reply = rpc("it").get("/exchange/health")
    assert reply.status_code in (200, 503)
    assert set(json.loads(reply.text)) == {"status", "database", "workers", "late_platforms", "cut_platforms"}
