from odoo import fields, models


class ProbeQueue(models.Model):
    _name = "probe.queue"
    _description = "Probe Queue"

    name = fields.Char(required=True)
    minutes = fields.Integer()
    colour = fields.Char()
    kind = fields.Selection([("walk_in", "Walk-in"), ("booked", "Booked")], default="walk_in")
    leaflet = fields.Binary(attachment=True)
