from odoo import models
from odoo.exceptions import ValidationError


class IrUiView(models.Model):
    """Print templates of the suite are the administrator's: what he changed on the screen survives updates of the addons.

    An untouched template follows the addon. The first change by hand closes it to updates, putting it back to the
    original opens it again; nobody has to remember either.
    """

    _inherit = "ir.ui.view"

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint({"arch", "arch_base", "arch_db"}) and "install_filename" not in self.env.context:
            templates = self.filtered(lambda view: view.type == "qweb" and view._is_hospital_template())
            templates._check_hospital_template()
            templates._keep_hospital_template(vals.get("arch_updated", True))
        return result

    def _is_hospital_template(self):
        module, _dot, name = (self.xml_id or "").partition(".")
        return bool(name) and module.startswith("hospital_")

    def _check_hospital_template(self):
        """A template that cannot be printed with is not saved."""
        for view in self.filtered(lambda view: not view.inherit_id or view.mode == "primary"):
            try:
                self.env["ir.qweb"]._compile(view.id)
            except Exception as error:  # noqa: BLE001 whatever is wrong with it, the person who wrote it must read why
                raise ValidationError(
                    self.env._("Nothing could be printed with this template, so it was not saved: %s", error)
                )

    def _keep_hospital_template(self, is_changed):
        # the names of records are closed to everybody but the system
        _data_sudo = self.env["ir.model.data"].sudo()
        rows = _data_sudo.search([("model", "=", self._name), ("res_id", "in", self.ids)])
        rows.filtered(lambda row: row.noupdate != is_changed).noupdate = is_changed
