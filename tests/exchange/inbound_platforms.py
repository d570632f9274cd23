"""Platforms that may call the probe, for the tests of calls in: fixtures that a module shares."""

import pytest

from .partner import Partner

KEY = "the key of the partner and of the hospital"


def make_platform(env, code, **values):
    """A platform that may call from this machine, with operations by method and by field lines alone."""
    platform = env["hospital.platform"].create(
        {
            "name": f"Partner {code}",
            "code": code,
            "protocol": "hospital.protocol.probe",
            "mode": "test",
            "signing": "hmac_sha256",
            "allowed_addresses": "127.0.0.0/8",
            "rate_limit": 1_000_000,
            "owner_id": env.ref("base.user_admin").id,
            **values,
        }
    )
    platform.action_make_technical_user()
    env["hospital.secret"].create({"platform_id": platform.id, "name": "sign_key", "value": KEY})
    order = env["ir.model"]._get_id("probe.order")
    common = {"platform_id": platform.id, "direction": "in", "model_id": order}
    interfaces = env["hospital.interface"].create(
        [
            {**common, "code": "get", "name": "Get", "effect": "read"},
            {**common, "code": "put", "name": "Put", "effect": "once"},
            {**common, "code": "find", "name": "Find", "effect": "read", "http_method": "GET"},
            {**common, "code": "keep", "name": "Keep", "effect": "upsert"},
            {**common, "code": "all", "name": "All", "effect": "read"},
            {**common, "code": "look", "name": "Look", "effect": "read"},
        ]
    )
    _get, _put, find, keep, everything, look = interfaces
    line = {"type": "string", "source": "record"}
    name = {**line, "path": "name", "name": "Name", "value": "name", "length": 30}
    number = {**line, "path": "number", "name": "Number", "value": "remote_number", "length": 10}
    env["hospital.interface.field"].create(
        [
            {**name, "interface_id": find.id, "is_key": True, "required": True},
            {**name, "interface_id": find.id, "part": "reply", "path": "order.name"},
            {**number, "interface_id": find.id, "part": "reply", "path": "order.number"},
            {**name, "interface_id": look.id, "is_key": True, "required": True},
            {**number, "interface_id": look.id, "part": "reply"},
            {**name, "interface_id": keep.id, "is_key": True, "required": True},
            {**number, "interface_id": keep.id},
            {**number, "interface_id": keep.id, "part": "reply"},
            {**number, "interface_id": everything.id, "is_key": True},
            {
                **line, "interface_id": everything.id, "part": "reply", "path": "orders", "name": "Orders",
                "type": "list", "source": "call", "value": "records",
            },
            {**name, "interface_id": everything.id, "part": "reply", "path": "orders[].name"},
        ]
    )  # fmt: skip
    return platform


@pytest.fixture(scope="session")
def platform_id(registry):
    from odoo import SUPERUSER_ID, api

    made = []
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        cr.execute("DELETE FROM probe_order")
        made.append(make_platform(env, "partner").id)
        made.append(make_platform(env, "off", mode="disabled").id)
        made.append(make_platform(env, "elsewhere", allowed_addresses="10.9.0.0/16\n2001:db8::/32").id)
        made.append(make_platform(env, "slow", rate_limit=5).id)
        made.append(make_platform(env, "small", max_body_kb=4).id)
        words = make_platform(env, "words")
        made.append(words.id)
        env["hospital.platform.parameter"].create(
            [
                {"platform_id": words.id, "name": name, "value": value}
                for name, value in {
                    "in_ok_code": "10000",
                    "in_code_signature": "40001",
                    "in_code_path": "head.resultCode",
                    "in_message_path": "head.resultMsg",
                    "in_code_type": "number",
                    "in_data_path": "body",
                    "in_request_path": "",
                    "in_http_status": "by reason",
                }.items()
            ]
        )
    yield made[0]
    with registry.cursor() as cr:
        cr.execute(
            "UPDATE hospital_platform SET active = FALSE, mode = 'disabled', code = code || id WHERE id = ANY(%s)",
            [made],
        )
        cr.execute("UPDATE hospital_interface SET code = code || id WHERE platform_id = ANY(%s)", [made])
    registry.clear_cache()


@pytest.fixture(scope="session")
def inbound_server(config, database_name, platform_id, tmp_path_factory):
    from .conftest import Server

    log = tmp_path_factory.mktemp("calls_in") / "server.log"
    server = Server(config, database_name, log, 0, "--log-level=info")
    yield server.start()
    server.stop()


@pytest.fixture
def partner(inbound_server):
    return Partner(inbound_server.port, "partner", KEY)


@pytest.fixture
def orders(sql):
    return lambda name: sql("SELECT count(*) FROM probe_order WHERE name = %s", name)[0][0]


def refusals(sql, platform_id):
    return dict(
        sql("SELECT reason, sum(count) FROM hospital_exchange_refusal WHERE platform_id = %s GROUP BY 1", platform_id)
    )


def messages(sql, platform_id):
    return sql("SELECT count(*) FROM hospital_message WHERE platform_id = %s", platform_id)[0][0]
