from odoo import models
from odoo.tools import SQL

CHANNEL = "hospital_exchange_changed"


class HospitalPlatform(models.Model):
    """Tells open screens that something has changed, without saying what: they ask again under their own rights."""

    _inherit = "hospital.platform"

    def init(self):
        """The second of the last notice; a sequence, because it is neither locked nor rolled back."""
        result = super().init()
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS hospital_exchange_pulse")
        return result

    def _pulse(self):
        """One notice a second for the whole database, however many processes deliver."""
        query = SQL(
            """SELECT setval('hospital_exchange_pulse', second) FROM (
                   SELECT extract(epoch FROM clock_timestamp())::bigint AS second
               ) AS now WHERE second > (SELECT last_value FROM hospital_exchange_pulse)"""
        )
        if self.env.execute_query(query):
            self.env["bus.bus"]._sendone(CHANNEL, "hospital_exchange/changed", {})

    def _write_line(self, **values):
        result = super()._write_line(**values)
        self._pulse()
        return result

    def _alert_attention(self):
        result = super()._alert_attention()
        self._pulse()
        return result
