from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

BOUNDS = (50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000)
"""Milliseconds: upper bounds of the classes of answer times; what took longer is in one class more."""
SETTLING = timedelta(hours=1)
"""A try is on disk long before."""
UNTIL = "hospital_exchange.tallied_until"


class HospitalExchangeTally(models.Model):
    """Tries that were ever made, summed up: counters must not fall when the retention takes old messages away.

    Rows hold what is older than the moment in the parameter `UNTIL`; what is younger is counted where it stands.
    """

    _name = "hospital.exchange.tally"
    _description = "Tries summed up"
    _log_access = False

    interface_id = fields.Many2one("hospital.interface", required=True, ondelete="cascade")
    error_kind = fields.Char(required=True, help="Empty: it went well.")
    answer_class = fields.Integer(required=True, help="How many of the bounds the answer time is above.")
    number = fields.Integer(required=True)
    duration_ms = fields.Float(required=True)

    _kind_unique = models.UniqueIndex("(interface_id, error_kind, answer_class)")

    @api.model
    def _cron_tally(self):
        """Add the tries since the last time, in one statement, and move the moment on with it."""
        since, until = self._until(), fields.Datetime.now() - SETTLING
        if since >= until:
            return
        self.env.cr.execute(
            SQL(
                """INSERT INTO hospital_exchange_tally AS tally
                       (interface_id, error_kind, answer_class, number, duration_ms) %s
                   ON CONFLICT (interface_id, error_kind, answer_class) DO UPDATE
                   SET number = tally.number + excluded.number,
                       duration_ms = tally.duration_ms + excluded.duration_ms""",
                self._tries_query(since, until),
            )
        )
        _parameters_sudo = self.env["ir.config_parameter"].sudo()  # a moment nobody edits
        _parameters_sudo.set_param(UNTIL, fields.Datetime.to_string(until))

    @api.model
    def _totals(self):
        """[(interface id, error kind, class, number, sum of ms)] of every try that was ever made."""
        query = SQL(
            """SELECT interface_id, error_kind, answer_class, sum(number), sum(duration_ms) FROM (
                   SELECT interface_id, error_kind, answer_class, number, duration_ms FROM hospital_exchange_tally
                   UNION ALL %s
               ) AS everything GROUP BY 1, 2, 3""",
            self._tries_query(self._until(), "infinity"),
        )
        return self.env.execute_query(query)

    @api.model
    def _until(self):
        until = self.env["ir.config_parameter"].sudo().get_param(UNTIL)  # as above
        return fields.Datetime.to_datetime(until or "1970-01-01 00:00:00")

    @api.model
    def _tries_query(self, since, until):
        return SQL(
            """SELECT interface_id, COALESCE(error_kind, ''),
                      width_bucket(COALESCE(duration_ms, 0) - 1, %s), count(*), COALESCE(sum(duration_ms), 0)
                 FROM hospital_message_attempt
                WHERE started_at >= %s AND started_at < %s AND purpose = 'send' AND interface_id IS NOT NULL
                GROUP BY 1, 2, 3""",
            list(BOUNDS),
            since,
            until,
        )
