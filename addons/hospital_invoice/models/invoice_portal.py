from odoo import models


class HospitalInvoice(models.Model):
    """A bill in the words of the patient it is of."""

    _inherit = "hospital.invoice"

    def _portal_state(self):
        """(tone, words) of what the bill is worth to the patient."""
        _ = self.env._
        if self.colour == "red":
            return "danger", _("Red bill")
        if self.state in ("flushed", "flushing"):
            return "secondary", _("Flushed")
        if self.state == "on_paper":
            return "info", _("On paper")
        if self.bill_number:
            return "success", _("Valid")
        return "warning", _("Being issued")

    def _portal_qr(self):
        """The code of the platform, else one that leads to the same."""
        return self.env["report.hospital_invoice.report_bill_a5"]._qr_uri(self)
