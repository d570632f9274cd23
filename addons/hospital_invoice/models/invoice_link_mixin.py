from odoo import fields, models

from .invoice import MONEY_ROLES


class HospitalInvoiceLinkMixin(models.AbstractModel):
    """For what bills are about: how many there are, and the way to them."""

    _name = "hospital.invoice.link.mixin"
    _description = "Has electronic bills"
    _invoice_path = None  # the field of a bill that leads here

    invoice_count = fields.Integer("Number of bills", compute="_compute_invoice_count", groups=MONEY_ROLES)

    def _compute_invoice_count(self):
        counts = {}
        if self.env["hospital.invoice"].has_access("read"):
            counts = self._invoice_counts()
        for record in self:
            record.invoice_count = counts.get(record._origin.id, 0)

    def _invoice_counts(self):
        path = self._invoice_path
        groups = self.env["hospital.invoice"]._read_group([(path, "in", self.ids)], [path], ["__count"])
        return {record.id: count for record, count in groups}

    def _invoice_domain(self):
        return [(self._invoice_path, "in", self.ids)]

    def action_invoices(self):
        """The bills, or the only one."""
        self.ensure_one()
        invoices = self.env["hospital.invoice"].search(self._invoice_domain(), limit=2)
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Electronic bills"),
            "res_model": "hospital.invoice",
            "domain": self._invoice_domain(),
            "views": [[False, "list"], [False, "form"]],
            "context": {"create": False},
        }
        if len(invoices) == 1:
            action.update(res_id=invoices.id, views=[[False, "form"]])
        return action
