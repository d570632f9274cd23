from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 1000


class HospitalMessage(models.Model):
    _inherit = "hospital.message"

    @api.autovacuum
    def _gc_messages(self):
        """Messages whose time is over go, with their tries and files; what is not settled stays whatever its age."""
        ids = []
        for interface in (
            self.env["hospital.interface"].with_context(active_test=False).search([("retention_days", ">", 0)])
        ):
            query = SQL(
                """SELECT id FROM hospital_message AS message
                    WHERE interface_id = %s AND create_date < %s AND state IN ('done', 'refused', 'dead', 'closed')
                      AND NOT COALESCE(is_attention, FALSE) AND reply_state IS DISTINCT FROM 'waiting'
                      AND caller_state IS DISTINCT FROM 'open'
                      AND NOT EXISTS (SELECT FROM hospital_message AS other WHERE other.reversal_of_id = message.id)
                    ORDER BY id LIMIT %s""",
                interface.id,
                fields.Datetime.now() - timedelta(days=interface.retention_days),
                BATCH - len(ids),
            )
            ids += [row[0] for row in self.env.execute_query(query)]
            if len(ids) >= BATCH:
                break
        self._delete(ids)
        return len(ids), len(ids) >= BATCH

    @api.model
    def _delete(self, ids):
        if not ids:
            return
        self.env.execute_query(SQL("SELECT set_config('hospital.retention', 'on', true)"))
        self.browse(ids)._in_our_hands().unlink()
        self.env.execute_query(SQL("SELECT set_config('hospital.retention', 'off', true)"))
