from odoo import models


class HospitalInvoicePlace(models.Model):
    _inherit = "hospital.invoice.place"

    def action_papers(self):
        """The paper forms of this place."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_invoice.action_hospital_invoice_paper")
        return {**action, "domain": [("place_id", "=", self.id)], "context": {"search_default_blank": 1}}
