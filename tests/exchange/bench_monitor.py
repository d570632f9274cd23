"""The wall of the platforms, the probe and the metrics, with an archive of a million messages behind them."""

from odoo.tools import SQL

from tests.bench.harness import benchmark

PLATFORMS = 20
PER_SECOND = 5


def fill(env, size):
    """Messages and their tries, five a second up to now; some wait, some got no answer, some need somebody."""
    Platform = env["hospital.platform"]
    interfaces = []
    for number in range(PLATFORMS):
        platform = Platform.create(
            {
                "name": f"Bench {number}",
                "code": f"bench_wall{number}",
                "protocol": "hospital.protocol.probe",
                "mode": "test",
                "url_test": "http://127.0.0.1:9",
            }
        )
        interfaces.append(
            env["hospital.interface"].create({"platform_id": platform.id, "code": "do", "name": "Do", "path": "do"})
        )
    env.flush_all()
    values = {
        "platforms": [interface.platform_id.id for interface in interfaces],
        "interfaces": [interface.id for interface in interfaces],
        "company": env.company.id,
        "size": size,
        "count": PLATFORMS,
        "rate": PER_SECOND,
    }
    env.cr.execute(
        SQL(
            """INSERT INTO hospital_message (platform_id, interface_id, company_id, direction, key, number, state,
                                             is_attention, error_kind, priority, try_count, create_date, done_at, payload)
               SELECT (%(platforms)s::int[])[1 + n %% %(count)s], (%(interfaces)s::int[])[1 + n %% %(count)s], %(company)s,
                      'out', 'K' || n, 'N' || n,
                      CASE n / 20 %% 500 WHEN 0 THEN 'refused' WHEN 1 THEN 'dead' ELSE
                          CASE WHEN n > %(size)s - 2000 THEN 'pending' WHEN n > %(size)s - 2400 THEN 'unknown'
                               ELSE 'done' END END,
                      n / 20 %% 2500 = 0, CASE WHEN n / 20 %% 500 = 0 THEN 'business' END, 10, 1, made, made,
                      '{"a": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}'
                 FROM (SELECT n, (now() AT TIME ZONE 'UTC') - (%(size)s - n) * interval '1 second' / %(rate)s AS made
                         FROM generate_series(1, %(size)s) AS n) AS numbers""",
            **values,
        )
    )
    env.cr.execute(
        SQL(
            """INSERT INTO hospital_message_attempt (message_id, interface_id, number, purpose, started_at, duration_ms,
                                                     error_kind)
               SELECT id, interface_id, 1, 'send', create_date, 20 + id %% 900, error_kind FROM hospital_message
                WHERE interface_id = ANY(%(interfaces)s)""",
            **values,
        )
    )
    env.cr.execute("ANALYZE hospital_message")
    env.cr.execute("ANALYZE hospital_message_attempt")


@benchmark(
    "Platform wall",
    yardstick="bare SQL of the tries of one hour",
    limit=8,
    short=200_000,
    full=1_000_000,
    needs=("probe_exchange",),
)
def bench_exchange_wall(env, size):
    fill(env, size)
    operator = env["res.users"].create(
        {
            "name": "Bench operator",
            "login": "bench_wall_operator",
            "group_ids": [(4, env.ref("hospital_exchange.group_exchange_operator").id)],
        }
    )
    monitor = env["hospital.exchange.monitor"].with_user(operator)

    def wall():
        return monitor.get_wall()["totals"]

    def bare():
        return env.execute_query(
            SQL(
                """SELECT interface_id, count(*), percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration_ms)
                     FROM hospital_message_attempt WHERE started_at > (now() AT TIME ZONE 'UTC') - interval '1 hour'
                    GROUP BY 1"""
            )
        )

    if sum(row[1] for row in bare()) < wall()["calls"] - 100:
        raise AssertionError("the wall and the bare SQL do not agree")
    yield "twenty platforms", wall, bare


@benchmark(
    "Metrics",
    yardstick="bare SQL that counts a day's messages",
    limit=3,
    short=200_000,
    full=1_000_000,
    needs=("probe_exchange",),
)
def bench_exchange_metrics(env, size):
    fill(env, size)
    env["hospital.exchange.tally"]._cron_tally()
    metrics = env["hospital.exchange.metrics"]

    def bare():
        return env.execute_query(
            SQL(
                """SELECT interface_id, state, count(*) FROM hospital_message
                    WHERE create_date > (now() AT TIME ZONE 'UTC') - interval '1 day' GROUP BY 1, 2"""
            )
        )

    yield "one scrape", metrics._text, bare
