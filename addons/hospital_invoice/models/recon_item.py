from odoo import api, fields, models


class HospitalReconItem(models.Model):
    """Differences of electronic bills stand in the same list as those of payments; their books are put right by hand."""

    _inherit = "hospital.recon.item"

    invoice_id = fields.Many2one(
        "hospital.invoice", "Electronic bill", readonly=True, ondelete="restrict", index="btree_not_null"
    )

    @api.depends("invoice_id")
    def _compute_state_labels(self):
        result = super()._compute_state_labels()
        states = dict(self.env["hospital.invoice"]._fields["state"]._description_selection(self.env))
        for item in self.filtered(lambda item: item.recon_id.is_of_invoices):
            item.our_state_label = states.get(item.our_state, False)
        return result

    def action_order(self):
        """What it is about."""
        if not self.recon_id.is_of_invoices:
            return super().action_order()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hospital.invoice",
            "res_id": self.invoice_id.id,
            "views": [[False, "form"]],
        }

    def _why_not(self, decision):
        if self.recon_id.is_of_invoices and decision != "ignore":
            return self.env._(
                "%s is a bill, no payment: put it right on the platform or here, compare the day again, or leave it.",
                self.display_name,
            )
        return super()._why_not(decision)
