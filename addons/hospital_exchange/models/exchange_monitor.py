from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .message_steps import OPERATOR

SLOTS = 12
"""Points of the small curve of a platform: five minutes each."""
LATE = 15 * 60
"""Seconds after which a message that should have left is late."""
SCHEDULER_SILENT = 25 * 60
"""The scheduled action of every platform comes each ten minutes; after so many seconds nobody runs them."""
POOR = 0.9
ENOUGH = 10
"""A rate of success says something from this many calls on."""
ENDS_SOON = 14
NUMBERS = ("waiting", "unknown", "attention", "refused", "dead", "calls")


class HospitalExchangeMonitor(models.AbstractModel):
    """How the platforms are doing now: for the screen on the wall and for probes. All numbers come from one query."""

    _name = "hospital.exchange.monitor"
    _description = "State of the platforms"

    # === THE WALL ===

    @api.model
    @api.readonly
    def get_wall(self):
        """Every platform the user may see, worst first, and the sums."""
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(self.env._("Only interface operators watch the platforms. Ask IT."))
        platforms = self.env["hospital.platform"]._in_use()
        tiles = [self._tile(row) for row in self._numbers(platforms.ids)]
        tiles.sort(key=lambda tile: (tile["rank"], -tile["attention"] - tile["unknown"], tile["name"]))
        now = fields.Datetime.now()
        return {
            "at": self._clock(now),
            "hospital": self.env.company.name,
            "platforms": tiles,
            "totals": {name: sum(tile[name] for tile in tiles) for name in NUMBERS}
            | {
                "platforms": len(tiles),
                "alarms": sum(tile["tone"] == "alarm" for tile in tiles),
                "warnings": sum(tile["tone"] == "warning" for tile in tiles),
            },
        }

    def _tile(self, row):
        rank, tone, reason = self._judge(row)
        modes = dict(self.env["hospital.platform"]._fields["mode"]._description_selection(self.env))
        lines = dict(self.env["hospital.platform"]._fields["breaker_state"]._description_selection(self.env))
        return {
            "id": row["id"],
            "name": row["name"],
            "mode": row["mode"],
            "mode_label": modes[row["mode"]],
            "line": row["breaker_state"],
            "line_label": lines[row["breaker_state"]],
            "tone": tone,
            "rank": rank,
            "reason": reason,
            "rate": row["good"] / row["calls"] if row["calls"] else None,
            "p50": row["latency"] and row["latency"][0],
            "p95": row["latency"] and row["latency"][1],
            "quiet_seconds": row["quiet_seconds"],
            "curve": self._curve(row["slots"]),
            **{name: row[name] for name in NUMBERS},
        }

    @staticmethod
    def _curve(slots):
        """[calls, failed] of each five minutes, the oldest first."""
        curve = [[0, 0] for _slot in range(SLOTS)]
        for slot, calls, failed in slots or ():
            curve[SLOTS - 1 - slot] = [calls, failed]
        return curve

    def _judge(self, row):
        """(rank, the worst first; tone; the worst that is to be said, in a few words)"""
        troubles = (
            ("alarm", row["breaker_state"] != "closed", self._cut_reason),
            ("alarm", row["days_left"] is not None and row["days_left"] < 0, self._expired_reason),
            ("alarm", row["late_seconds"] > LATE, self._late_reason),
            ("warning", row["attention"], self._attention_reason),
            ("warning", row["unknown"], self._unknown_reason),
            ("warning", row["calls"] >= ENOUGH and row["good"] < POOR * row["calls"], self._poor_reason),
            ("warning", row["days_left"] is not None and row["days_left"] <= ENDS_SOON, self._ending_reason),
        )
        if row["mode"] == "disabled":
            return len(troubles) + 1, "off", self.env._("Switched off")
        for rank, (tone, applies, reason) in enumerate(troubles):
            if applies:
                return rank, tone, reason(row)
        return len(troubles), "good", self.env._("In order")

    def _cut_reason(self, row):
        since = row["breaker_opened_at"]
        return self.env._("Does not answer since %s", self._clock(since)) if since else self.env._("Does not answer")

    def _expired_reason(self, row):
        return self.env._("The certificate has expired")

    def _late_reason(self, row):
        return self.env._("Delivery is %s minutes late", int(row["late_seconds"] // 60))

    def _attention_reason(self, row):
        return self.env._("%s need somebody", row["attention"])

    def _unknown_reason(self, row):
        return self.env._("%s without a certain answer", row["unknown"])

    def _poor_reason(self, row):
        return self.env._("Many calls fail")

    def _ending_reason(self, row):
        return self.env._("The certificate ends in %s days", row["days_left"])

    def _clock(self, moment):
        zone = self.env.company._hospital_timezone()
        return fields.Datetime.context_timestamp(self.with_context(tz=zone.zone), moment).strftime("%H:%M")

    # === PROBES ===

    @api.model
    def _health(self, late_seconds):
        """What a probe wants to know; nothing of it names anybody but `late` and `cut`, which are for who has the token."""
        _platforms_sudo = self.env["hospital.platform"].sudo()  # a probe is nobody
        rows = [row for row in self._numbers(_platforms_sudo.search([]).ids) if row["mode"] != "disabled"]
        late = {row["code"]: int(row["late_seconds"]) for row in rows if row["late_seconds"] > late_seconds}
        cut = [row["code"] for row in rows if row["breaker_state"] != "closed"]
        alive = self._scheduler_alive()
        return {
            "status": "error" if late or not alive else "degraded" if cut else "ok",
            "database": True,
            "workers": alive,
            "late_platforms": len(late),
            "cut_platforms": len(cut),
        }, {"late": late, "cut": cut}

    def _scheduler_alive(self):
        query = SQL(
            """SELECT count(*), max(COALESCE(cron.lastcall, cron.create_date)) FROM ir_cron AS cron
                 JOIN hospital_platform AS platform ON platform.cron_id = cron.id WHERE cron.active"""
        )
        [(count, last)] = self.env.execute_query(query)
        return not count or fields.Datetime.now() - last < timedelta(seconds=SCHEDULER_SILENT)

    # === NUMBERS ===

    @api.model
    def _numbers(self, platform_ids):
        """One row per platform, as a dictionary."""
        self.env.flush_all()
        columns = (
            "id", "name", "code", "mode", "breaker_state", "breaker_opened_at", "quiet_seconds", "days_left", "waiting",
            "late_seconds", "oldest_seconds", "unknown", "attention", "refused", "dead", "calls", "good", "latency",
            "slots",
        )  # fmt: skip
        rows = self.env.execute_query(self._numbers_query(platform_ids))
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _numbers_query(self, platform_ids):
        company = self.env.company
        today, _end = company._hospital_day_bounds(company._hospital_today())
        return SQL(
            """
            WITH tries AS MATERIALIZED (
                SELECT interface.platform_id, try.duration_ms,
                       COALESCE(try.error_kind, 'duplicate') = 'duplicate' AS good,
                       LEAST(date_part('epoch', %(now)s - try.started_at)::int / 300, %(slots)s - 1) AS slot
                  FROM hospital_message_attempt AS try
                  JOIN hospital_interface AS interface ON interface.id = try.interface_id
                 WHERE try.started_at > %(now)s - interval '1 hour' AND try.started_at <= %(now)s
                   AND try.purpose = 'send' AND try.error_kind IS DISTINCT FROM 'config'
                   AND interface.platform_id = ANY(%(ids)s)
            ), hour AS (
                SELECT platform_id, count(*) AS calls, count(*) FILTER (WHERE good) AS good,
                       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration_ms) AS latency
                  FROM tries GROUP BY platform_id
            ), curve AS (
                SELECT platform_id, json_agg(ARRAY[slot, calls, failed]) AS slots FROM (
                    SELECT platform_id, slot, count(*) AS calls, count(*) FILTER (WHERE NOT good) AS failed
                      FROM tries GROUP BY platform_id, slot
                ) AS points GROUP BY platform_id
            )
            SELECT platform.id, platform.name, platform.code, platform.mode, platform.breaker_state,
                   platform.breaker_opened_at, extract(epoch FROM %(now)s - platform.last_success_at)::int,
                   floor(extract(epoch FROM certificate.date_end - %(now)s) / 86400)::int,
                   waiting.number, CASE WHEN platform.breaker_state = 'closed'
                       THEN COALESCE(extract(epoch FROM %(now)s - waiting.due_at), 0) ELSE 0 END::float,
                   COALESCE(extract(epoch FROM %(now)s - waiting.made_at), 0)::float,
                   unknown.number, attention.number, failed.refused, failed.dead,
                   COALESCE(hour.calls, 0), COALESCE(hour.good, 0), hour.latency, curve.slots
              FROM hospital_platform AS platform
              LEFT JOIN certificate_certificate AS certificate ON certificate.id = platform.certificate_id
              LEFT JOIN hour ON hour.platform_id = platform.id
              LEFT JOIN curve ON curve.platform_id = platform.id
             CROSS JOIN LATERAL (
                SELECT count(*) AS number, min(create_date) AS made_at,
                       min(COALESCE(next_try_at, create_date)) FILTER (WHERE COALESCE(next_try_at, create_date) <= %(now)s)
                           AS due_at
                  FROM hospital_message WHERE platform_id = platform.id AND direction = 'out'
                   AND state IN ('pending', 'retry')
             ) AS waiting
             CROSS JOIN LATERAL (
                SELECT count(*) AS number FROM hospital_message WHERE platform_id = platform.id AND state = 'unknown'
             ) AS unknown
             CROSS JOIN LATERAL (
                SELECT count(*) AS number FROM hospital_message WHERE platform_id = platform.id AND is_attention
             ) AS attention
             CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE state = 'refused') AS refused,
                       count(*) FILTER (WHERE state = 'dead') AS dead
                  FROM hospital_message WHERE platform_id = platform.id AND state IN ('refused', 'dead')
                   AND create_date >= %(today)s
             ) AS failed
             WHERE platform.id = ANY(%(ids)s)
            """,
            now=fields.Datetime.now(),
            today=today,
            slots=SLOTS,
            ids=list(platform_ids),
        )
