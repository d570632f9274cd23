from odoo import fields, models


class ProbeDesk(models.Model):
    _name = "probe.desk"
    _description = "Probe Desk"

    name = fields.Char(required=True)
    queue_id = fields.Many2one("probe.queue", required=True, ondelete="cascade")
