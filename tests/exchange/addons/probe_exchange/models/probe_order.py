from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


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

    def _receive_get(self, interface, payload):
        """A read as partners make it: one record by its name."""
        order = self.search([("name", "=", payload.get("name"))], limit=1)
        return {"id": order.id, "name": order.name}

    def _receive_put(self, interface, payload):
        """What a partner has done here, and every way in which it can go wrong."""
        order = self.create({"name": payload["name"]})
        interface._about(order)
        self.env.flush_all()
        if payload.get("refuse"):
            raise UserError(payload["refuse"])
        if counted := payload.get("count"):
            self.search([("name", "=", counted)]).handled += 1
        if payload.get("fail"):
            raise ZeroDivisionError(payload["fail"])
        if seconds := payload.get("wait"):
            self.env.cr.execute(SQL("SELECT pg_sleep(%s)", seconds))
        return {"number": order.id}
