from odoo import models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    """Who comes upon a record of another campus reads a plain sentence, not Odoo's joke about top-secret records."""

    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        error = super()._make_access_error(operation, records)
        if not records._name.startswith("hospital.") or self.env.user.has_group("base.group_no_one"):
            return error
        plain = AccessError(
            self.env._(
                "%s: this record is not open to you. It belongs to a campus or to colleagues you do not work for; ask the IT "
                "operator if you need it.",
                self.env["ir.model"]._get(records._name).name or records._name,
            )
        )
        plain.context = getattr(error, "context", {})
        return plain
