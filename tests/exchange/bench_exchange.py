"""The exchange: queued delivery against a bare loop of signed posts, and the default message list against its bare SQL."""

import json

import requests
from lxml import etree
from odoo import Command
from odoo.tools import SQL

from tests.bench.harness import benchmark
from tests.bench.serving import serving

PAGE = 80
COUNTED = 2001
TEXT = "x" * 500
KEY = "the key both sides of the probe hold"


def set_up(env, url, code):
    platform = env["hospital.platform"].create(
        {
            "name": f"Bench {code}",
            "code": code,
            "protocol": "hospital.protocol.http_json",
            "signing": "hmac_sha256",
            "mode": "test",
            "url_test": f"{url}/{code}",
            "parameter_ids": [Command.create({"name": "ref_path", "value": "ref"})],
            "secret_ids": [Command.create({"name": "sign_key", "value": KEY})],
        }
    )
    interface = env["hospital.interface"].create(
        {"platform_id": platform.id, "code": "do", "name": "Do", "path": "do", "effect": "once"}
    )
    return platform, interface


def queue(env, interface, round_number, size):
    platform = interface.platform_id
    keys = [f"{round_number}-{number}" for number in range(size)]
    vals_list = [
        {
            **interface._prepare_message_vals(None, key, env["hospital.message"], {"id": key, "text": TEXT}),
            "number": f"{platform.code}{key}",
        }
        for key in keys
    ]
    return env["hospital.message"]._create_checked(vals_list)


@benchmark(
    "Queued delivery",
    yardstick="a bare loop of requests.Session",
    limit=2,
    short=100,
    full=400,
    needs=("probe_exchange",),
)
def bench_exchange_delivery(env, size):
    from odoo.addons.hospital_exchange.tools import signing
    from odoo.addons.hospital_exchange.tools.delivery import Delivery

    with serving(env) as address:
        url = f"{address}/probe"
        platform, interface = set_up(env, url, "bench")
        batches = []
        for round_number in range(10):
            batches.append(queue(env, interface, round_number, size).ids)
        env.cr.execute(SQL("UPDATE hospital_message SET priority = 99 WHERE platform_id = %s", platform.id))
        env.cr.commit()
        left = iter(batches)

        def deliver():
            ids = next(left)
            env.cr.execute(
                SQL("UPDATE hospital_message "
                    "SET next_try_at = CASE WHEN id = ANY(%s) THEN NULL ELSE now() + interval '1 day' END "
                    "WHERE platform_id = %s AND state = 'pending'", ids, platform.id)
            )  # fmt: skip
            env.cr.commit()
            with env.registry.cursor() as cr, env.registry.cursor() as config_cr:
                work = platform.with_env(env(cr=cr))
                done = Delivery(work, platform.with_env(env(cr=config_cr))).run()
            if done != size:
                raise AssertionError(f"{done} of {size} were delivered")

        bodies = [json.dumps({"id": f"bare{number}", "text": TEXT}).encode() for number in range(size)]
        path = "/probe/bench/do"
        signed = [
            signing.headers("hmac_sha256", KEY, "bench", "POST", path, body, str(number))
            for number, body in enumerate(bodies)
        ]

        def bare():
            with requests.Session() as session:
                for body, headers in zip(bodies, signed, strict=True):
                    reply = session.post(
                        f"{url}/bench/do",
                        data=body,
                        headers={"Content-Type": "application/json", **headers},
                        timeout=(5, 30),
                    )
                    reply.raise_for_status()
                    reply.json()

        yield "once", deliver, bare


def list_specification(env, messages):
    """What the web client asks for when it opens the list: every column of the view, names of the records that show."""
    view = messages.get_view(env.ref("hospital_exchange.view_hospital_message_list").id, "list")
    specification = {}
    for node in etree.fromstring(view["arch"]).iter("field"):
        name = node.get("name")
        named = messages._fields[name].type == "many2one" and node.get("column_invisible") not in ("1", "True")
        specification[name] = {"fields": {"display_name": {}}} if named else {}
    return specification


@benchmark(
    "Message list",
    yardstick="bare SQL of its page, names included",
    limit=3,
    short=200_000,
    full=1_000_000,
    needs=("probe_exchange",),
)
def bench_exchange_list(env, size):
    platform, interface = set_up(env, "http://127.0.0.1:9", "list")
    env.cr.execute(
        SQL(
            """INSERT INTO hospital_message (platform_id, interface_id, company_id, direction, key, number, state,
                                             is_attention, error_kind, error_sentence, priority, try_count,
                                             create_date, res_model, res_id,
                                             record_name, payload)
               SELECT %(platform)s, %(interface)s, %(company)s, 'out', 'K' || n, 'N' || n,
                      CASE WHEN n %% (%(size)s / 2000) = 0 THEN 'refused' ELSE 'done' END, n %% (%(size)s / 2000) = 0,
                      CASE WHEN n %% (%(size)s / 2000) = 0 THEN 'business' END,
                      CASE WHEN n %% (%(size)s / 2000) = 0 THEN 'The platform says no' END,
                      10, 1, now() - (%(size)s - n) * interval '1 second', 'hospital.campus', 1 + n %% 1000,
                      'Record ' || n,
                      '{"a": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}'
                 FROM generate_series(1, %(size)s) AS n""",
            platform=platform.id,
            interface=interface.id,
            company=env.company.id,
            size=size,
        )
    )
    env.cr.execute("ANALYZE hospital_message")
    operator = env["res.users"].create(
        {
            "name": "Bench operator",
            "login": "bench_operator",
            "group_ids": [(4, env.ref("hospital_exchange.group_exchange_operator").id)],
        }
    )
    messages = env["hospital.message"].with_user(operator)
    specification = list_specification(env, messages)
    columns = SQL(", ").join(SQL.identifier("message", name) for name in specification)

    def page(domain):
        env.invalidate_all()
        return messages.web_search_read(domain, specification, limit=PAGE, count_limit=COUNTED)["records"]

    def bare(condition):
        rows = env.execute_query(
            SQL("""SELECT message.id, %s, platform.name, interface.name, interface.code, campus.name, person.name
                     FROM hospital_message AS message
                     JOIN hospital_platform AS platform ON platform.id = message.platform_id
                     JOIN hospital_interface AS interface ON interface.id = message.interface_id
                     LEFT JOIN hospital_campus AS campus ON campus.id = message.campus_id
                     LEFT JOIN res_users AS responsible ON responsible.id = message.responsible_id
                     LEFT JOIN res_partner AS person ON person.id = responsible.partner_id
                    WHERE %s AND message.company_id IN (%s) AND message.campus_id IS NULL
                    ORDER BY message.id DESC LIMIT %s""",
                columns, condition, env.company.id, PAGE)
        )  # fmt: skip
        env.execute_query(
            SQL("SELECT count(*) FROM "
                "(SELECT FROM hospital_message AS message "
                "WHERE %s AND company_id IN (%s) AND campus_id IS NULL LIMIT %s) AS page",
                condition, env.company.id, COUNTED)
        )  # fmt: skip
        return rows

    # the list opens with what needs somebody; the number of those does not grow with the archive
    domain, condition = [("is_attention", "=", True)], SQL("message.is_attention IS TRUE")
    if [row["id"] for row in page(domain)] != [row[0] for row in bare(condition)]:
        raise AssertionError("the list and the bare SQL do not agree")
    yield "needs somebody", lambda: page(domain), lambda: bare(condition)
