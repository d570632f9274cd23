from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

HOURS = 24
FAILED = ("refused", "dead", "unknown", "closed")
NOW = {
    "waiting_count": SQL("direction = 'out' AND state IN ('pending', 'retry')"),
    "unknown_count": SQL("state = 'unknown'"),
    "attention_count": SQL("is_attention"),
}


class HospitalPlatform(models.Model):
    """What the board shows: two statements for all platforms together, under the record rules of who looks."""

    _inherit = "hospital.platform"

    attention_count = fields.Integer("Need somebody", compute="_compute_board")
    waiting_count = fields.Integer("Waiting", compute="_compute_board")
    unknown_count = fields.Integer("No answer", compute="_compute_board")
    refused_count = fields.Integer("Refused today", compute="_compute_board")
    dead_count = fields.Integer("Given up today", compute="_compute_board")
    board = fields.Json("Last 24 hours", compute="_compute_board")
    certificate_ends_at = fields.Datetime(related="certificate_id.date_end", string="Certificate ends")

    # === COMPUTE ===

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_board(self):
        now = self._count_now()
        day = self._count_day()
        for platform in self:
            own = now.get(platform._origin.id, {})
            for name in NOW:
                platform[name] = own.get(name, 0)
            today, platform.board = day.get(platform._origin.id, ({}, self._empty_board()))
            platform.refused_count = today.get("refused", 0)
            platform.dead_count = today.get("dead", 0)

    # === BUSINESS ===

    def _count_now(self):
        """{platform: {field: count}} of what is open, whatever its age; each part has an index of its own."""
        parts = []
        for name, condition in NOW.items():
            query = self._messages_query(condition)
            parts.append(SQL("%s GROUP BY 1, 2", query.select(SQL("platform_id"), SQL("%s", name), SQL("COUNT(*)"))))
        found = {}
        for platform, name, count in self.env.execute_query(SQL(" UNION ALL ").join(parts)):
            found.setdefault(platform, {})[name] = count
        return found

    def _count_day(self):
        """{platform: ({state: count} of today, board of the last 24 hours)}"""
        now = fields.Datetime.now()
        today = self._day_start()
        query = self._messages_query(SQL("create_date >= %s", now - timedelta(hours=HOURS)))
        rows = self.env.execute_query(
            SQL(
                "%s GROUP BY 1, 2, 3, 4",
                query.select(
                    SQL("platform_id"),
                    SQL("FLOOR(EXTRACT(EPOCH FROM %s - create_date) / 3600)::int", now),
                    SQL("create_date >= %s", today),
                    SQL("state"),
                    SQL("COUNT(*)"),
                    SQL("COALESCE(SUM(duration_ms) FILTER (WHERE state = 'done'), 0)"),
                ),
            )
        )
        found = {}
        for platform, age, is_today, state, count, duration in rows:
            states, board = found.setdefault(platform, ({}, self._empty_board()))
            if is_today:
                states[state] = states.get(state, 0) + count
            hour = board["hours"][max(0, HOURS - 1 - max(0, age))]
            board["total"] += count
            if state == "done":
                hour["done"] += count
                hour["ms"] += int(duration)
            elif state in FAILED:
                hour["failed"] += count
        for _states, board in found.values():
            self._sum_up(board)
        return found

    @staticmethod
    def _sum_up(board):
        done = sum(hour["done"] for hour in board["hours"])
        failed = sum(hour["failed"] for hour in board["hours"])
        board["rate"] = round(100 * done / (done + failed), 1) if done + failed else None
        board["ms"] = round(sum(hour["ms"] for hour in board["hours"]) / done) if done else None
        for hour in board["hours"]:
            hour["ms"] = round(hour["ms"] / hour["done"]) if hour["done"] else None

    @staticmethod
    def _empty_board():
        hours = [{"done": 0, "failed": 0, "ms": 0} for _hour in range(HOURS)]
        return {"hours": hours, "total": 0, "rate": None, "ms": None}

    def _messages_query(self, condition):
        query = self.env["hospital.message"]._search([("platform_id", "in", self._origin.ids)])
        query.add_where(condition)
        return query

    def _day_start(self):
        company = self.env.company
        return company._hospital_day_bounds(company._hospital_today())[0]
