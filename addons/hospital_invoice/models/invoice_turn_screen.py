from odoo import models
from odoo.exceptions import UserError


class HospitalInvoice(models.Model):
    """The buttons around paper forms; the platform is asked for the next number before the dialog opens."""

    _inherit = "hospital.invoice"

    def action_turn_paper(self):
        """Put the bill on a form; on the next one when the first was spoilt."""
        return self._open_turn("again" if self.state == "on_paper" else "first")

    def action_red_form(self):
        """The form cannot be voided any more: a new one becomes the red form."""
        return self._open_turn("red")

    def action_print_paper(self):
        """Print what goes onto the form."""
        self.check_access("read")
        self._check_printable()
        if self.state != "on_paper":
            raise UserError(self.env._("%s is not on a form yet.", self.number))
        return self._print_action("bill_form")

    def _open_turn(self, mode):
        self.ensure_one()
        self._check_decider()
        place = self.env["hospital.invoice.place"]._for(self.env.user, "window", self.campus_id) or self.place_id
        if not place:
            raise UserError(
                self.env._("There is no place of issue for %s yet. Ask IT to add one.", self.campus_id.name)
            )
        first = place._next_blank()
        if not first:
            raise UserError(self.env._("%s has no blank forms. Receive some first.", place.display_name))
        batch, number = place._paper_now(first.batch)
        wizard = self.env["hospital.invoice.turn"].create(
            {"invoice_id": self.id, "mode": mode, "place_id": place.id, "batch": batch, "expected_number": number}
        )
        return wizard._reopen()
