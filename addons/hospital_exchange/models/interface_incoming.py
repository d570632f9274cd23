from odoo import models, tools

from ..tools.inbound.by_lines import ByLines


class HospitalInterface(models.Model):
    """How a call in is handled: by a method, or by the field lines alone."""

    _inherit = "hospital.interface"

    def _receive(self, payload):
        """Handle a call in with the rights of this environment; gives the reply.

        `_receive_<platform>_<code>` or `_receive_<code>`, of the source model or of this one; without either the field
        lines say what is found, written and answered.
        """
        self.ensure_one()
        model, name = self._receiver()
        if name is None:
            return self._receive_fields(payload)
        if model is None:
            return getattr(self, name)(payload)
        return getattr(self.env[model], name)(self, payload)

    @tools.ormcache("self.id")
    def _receiver(self):
        """(model or None for this one, name of the method or None)"""
        _sudo = self.sudo()  # the user of a platform reads no interfaces
        for model in (_sudo.model, self._name):
            for name in _sudo._method_names("_receive"):
                if model in self.env and callable(getattr(self.env.registry[model], name, None)):
                    return None if model == self._name else model, name
        return None, None

    def _about(self, record):
        """For handlers: the record a call in is about, kept with its evidence."""
        self.env.cr.cache["hospital_received"] = record

    def _receive_fields(self, payload):
        """By the field lines: what the key lines find, what the others write, what the reply lines answer."""
        _sudo = self.sudo()  # the user of a platform reads no interfaces
        if not _sudo._inbound_source()[0] or not (_sudo._has_request_fields() or _sudo._field_tree("reply")):
            raise _sudo._config_error(f"interface {_sudo.code} has neither a _receive_ method nor field lines")
        return ByLines(self, payload).run()

    @tools.ormcache("self.id")
    def _inbound_source(self):
        """(source model, effect, domain)"""
        _sudo = self.sudo()  # the user of a platform reads no interfaces
        return _sudo.model, _sudo.effect, (_sudo.domain or "[]").strip()

    def _fetch_for_lines(self):
        """What field lines need of the interface and its platform, and not their whole rows."""
        _sudo = self.sudo()  # the user of a platform reads no interfaces
        _sudo.fetch(["name", "code", "company_id", "platform_id"])
        _sudo.platform_id.fetch(["name", "code", "mode", "campus_id", "company_id"])

    @tools.ormcache("self.id", "part")
    def _wire_schema(self, part):
        """The field lines of a part as SOAP needs them; None without any."""
        schema = self.sudo()._schema(part)
        return schema if schema.get("properties") else None
