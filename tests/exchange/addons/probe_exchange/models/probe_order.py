from odoo import fields, models


class ProbeOrder(models.Model):
    _name = "probe.order"
    _description = "Probe order"
    _inherit = ["hospital.exchange.mixin"]

    name = fields.Char(required=True)
    remote_number = fields.Char()
    handled = fields.Integer()

    def _build_do(self, interface, **extra):
        return {"id": self.name}

    def _build_handled(self, interface, **extra):
        return {"id": self.name}

    def _handle_handled(self, message, reply):
        self.write({"remote_number": reply["ref"], "handled": self.handled + 1})

    def _call_and_note(self, code):
        """What a clerk's button does: call, then write the answer down."""
        reply = self._exchange_call(code)
        self.remote_number = reply["ref"]
        return reply
