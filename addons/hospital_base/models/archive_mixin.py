from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalArchiveMixin(models.AbstractModel):
    """Base data that other records point to: it may be archived, and deleted only while nothing uses it."""

    _name = "hospital.archive.mixin"
    _description = "Archived rather than deleted"

    active = fields.Boolean(
        default=True, help="An archived record keeps its history and is no longer offered for new work."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for record in self:
            if users := record._get_using_models():
                raise UserError(
                    self.env._(
                        "%(name)s cannot be deleted because it is used by: %(users)s. Archive it instead.",
                        name=record.display_name,
                        users=", ".join(users),
                    )
                )

    def _get_using_models(self):
        """Names of the models with a row that points to this record, its own parts left out."""
        self.ensure_one()
        names = {}
        for model in self.env.registry.values():
            if model._abstract or model._transient or not model._auto or model._name in names:
                continue
            for field in model._fields.values():
                if (
                    field.type != "many2one"
                    or not field.store
                    or field.comodel_name != self._name
                    or field.ondelete == "cascade"
                ):
                    continue
                # every row counts, also those this user may not see
                rows_sudo = self.env[model._name].sudo().with_context(active_test=False)
                if rows_sudo.search_count([(field.name, "=", self.id)], limit=1):
                    names[model._name] = self.env["ir.model"]._get(model._name).sudo().name
                    break
        return sorted(names.values())
