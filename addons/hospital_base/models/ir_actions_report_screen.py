from lxml import etree
from odoo import api, fields, models
from odoo.exceptions import UserError


class IrActionsReport(models.Model):
    """Base data → Print templates: the administrator's view of the hospital's prints."""

    _inherit = "ir.actions.report"

    hospital_template_count = fields.Integer("Templates", compute="_compute_hospital_template_count")
    hospital_changed_count = fields.Integer("Changed here", compute="_compute_hospital_template_count")

    def _compute_hospital_template_count(self):
        for report in self:
            templates = report._hospital_templates()
            report.hospital_template_count = len(templates)
            report.hospital_changed_count = len(templates.filtered("arch_updated"))

    def _hospital_templates(self):
        """The templates a print is made of: its own, those it calls, and what other addons and administrators add to them."""
        self.ensure_one()
        views = self.env["ir.ui.view"].with_context(active_test=False)
        found, keys = views.browse(), {self.report_name}
        while keys:
            new = views.search([("type", "=", "qweb"), ("key", "in", list(keys))]) - found
            while new:
                found |= new
                new = views.search([("type", "=", "qweb"), ("inherit_id", "in", new.ids)]) - found
            keys = {key for view in found for key in self._called_templates(view)} - set(found.mapped("key"))
            keys = {key for key in keys if views.search_count([("key", "=", key)], limit=1)}
        return found

    @api.model
    def _called_templates(self, view):
        tree = etree.fromstring(view.arch_db)
        return {node.get("t-call") for node in tree.iter() if isinstance(node.tag, str) and "t-call" in node.attrib}

    def action_hospital_templates(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Templates of %s", self.name),
            "res_model": "ir.ui.view",
            "views": [[self.env.ref("hospital_base.view_hospital_template_list").id, "list"], [False, "form"]],
            "domain": [("id", "in", self._hospital_templates().ids)],
            "context": {"active_test": False},
        }

    def action_hospital_restore(self):
        """Back to what the addons ship."""
        changed = self._hospital_templates().filtered("arch_updated")
        changed.reset_arch("hard")

    def action_hospital_preview(self):
        """Print the newest record, to see what a change looks like."""
        self.ensure_one()
        record = self.env[self.model].search([], order="id desc", limit=1)
        if not record:
            raise UserError(self.env._("There is nothing to print it for yet. Enter a record first."))
        return self.report_action(record)
