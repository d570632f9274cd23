from odoo import api, fields, models
from odoo.tools import SQL


class HospitalCodeMapWait(models.Model):
    """A message that was refused because a code is not mapped.

    The row of the code map was written on another cursor, so there is no foreign key to it.
    """

    _name = "hospital.code.map.wait"
    _description = "Message held back by an unmapped code"
    _log_access = False

    map_ref = fields.Integer(required=True, index=True)
    message_id = fields.Many2one("hospital.message", required=True, index=True, ondelete="cascade")

    @api.model
    def _remember(self, message, map_ids):
        _sudo = self.sudo()  # nobody may write these rows, every refused message leaves its own
        _sudo.create([{"map_ref": map_id, "message_id": message.id} for map_id in map_ids])

    @api.model
    def _counts(self, map_ids):
        """{row of the code map: messages still refused because of it}"""
        query = SQL(
            "SELECT wait.map_ref, count(DISTINCT message.id) FROM hospital_code_map_wait wait "
            "JOIN hospital_message message ON message.id = wait.message_id "
            "WHERE wait.map_ref = ANY(%s) AND message.state = 'refused' AND message.error_kind = 'config' "
            "GROUP BY wait.map_ref",
            list(map_ids),
        )
        self.env["hospital.message"].flush_model(["state", "error_kind"])
        return dict(self.env.execute_query(query))

    @api.model
    def _move(self, map_ids, map_id):
        _sudo = self.sudo()  # nobody may write these rows
        _sudo.search([("map_ref", "in", map_ids)]).map_ref = map_id

    @api.model
    def _messages(self, map_ids):
        _sudo = self.sudo()  # who decides about messages is checked by the decision itself
        waiting = _sudo.search([("map_ref", "in", map_ids)]).message_id
        return waiting.filtered(lambda message: message.state == "refused" and message.error_kind == "config")
