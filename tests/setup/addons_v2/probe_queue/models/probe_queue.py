from odoo import fields, models


class ProbeQueue(models.Model):
    _name = "probe.queue"
    _description = "Probe Queue"

    name = fields.Char(required=True, index=True)
    seconds = fields.Integer()
    kind = fields.Selection([("walk_in", "Walk-in"), ("booked", "Booked")], default="walk_in", required=True)
    leaflet = fields.Binary(attachment=True)
    desk_ids = fields.One2many("probe.desk", "queue_id")

    _seconds_positive = models.Constraint("CHECK (seconds >= 0)", "A patient cannot wait less than no time.")
