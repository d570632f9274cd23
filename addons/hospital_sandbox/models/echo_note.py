from odoo import api, fields, models


class HospitalEchoNote(models.Model):
    """The smallest document that goes out to a platform: the example for builders of platform addons."""

    _name = "hospital.echo.note"
    _description = "Echo note"
    _inherit = ["hospital.exchange.mixin"]
    _order = "id desc"

    name = fields.Char("Number", required=True, readonly=True, copy=False, default=lambda self: self._next_number())
    text = fields.Text(required=True)
    campus_id = fields.Many2one("hospital.campus", default=lambda self: self.env.user._hospital_campus())
    remote_ref = fields.Char("Number there", readonly=True, copy=False)
    echoed_text = fields.Text("What Echo has", readonly=True, copy=False)
    is_received = fields.Boolean("From Echo", readonly=True, copy=False)

    _name_unique = models.Constraint("UNIQUE (name)", "A note with this number exists already.")

    # === CRUD ===

    @api.model
    def _next_number(self):
        return self.env["ir.sequence"].sudo().next_by_code("hospital.echo.note")  # a number is no secret

    # === ACTIONS: one per interface, and nothing of the platform in them ===

    def action_send(self):
        """Register the note at Echo: must happen exactly once, whatever the line does."""
        self._exchange_send("echo.do")

    def action_put(self):
        """Keep the newest text at Echo: doing it twice is harmless."""
        self._exchange_send("echo.set")

    def action_get(self):
        """Ask Echo, now, what it has."""
        for note in self:
            note._exchange_call("echo.get")

    def action_open_there(self):
        """Show the note at Echo: the person goes there with a ticket."""
        self.ensure_one()
        link = self._exchange_interface("echo.open")._link(self)
        return {"type": "ir.actions.act_url", "url": link, "target": "new"}

    # === BUSINESS ===

    def _handle_do(self, message, reply):
        """Echo has registered the note; in one transaction with the mark that the answer was handed over."""
        self.remote_ref = message.remote_ref

    @api.model
    def _receive_notify(self, interface, payload):
        """Echo sends a note of its own."""
        note = self.create({"text": payload["text"], "remote_ref": payload["id"], "is_received": True})
        return {"ref": note.name}
