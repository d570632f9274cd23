from odoo import api, fields, models
from odoo.exceptions import UserError

MOST = 10_000


class HospitalInvoicePaperReceive(models.TransientModel):
    """Takes a box of numbered paper forms into the stock of a place."""

    _name = "hospital.invoice.paper.receive"
    _description = "Receive paper forms"

    place_id = fields.Many2one("hospital.invoice.place", "Place of issue", required=True)
    batch = fields.Char("Form code", required=True, help="Printed on every form, before its number.")
    number_from = fields.Char("First number", required=True)
    number_to = fields.Char("Last number", required=True)
    count = fields.Integer("Forms", compute="_compute_count")
    known_count = fields.Integer("In stock already", compute="_compute_count")

    @api.depends("batch", "number_from", "number_to")
    def _compute_count(self):
        papers = self.env["hospital.invoice.paper"]
        for wizard in self:
            numbers = wizard._numbers()
            wizard.count = len(numbers)
            wizard.known_count = (
                papers.sudo().search_count([("batch", "=", wizard.batch), ("number", "in", numbers)]) if numbers else 0
            )

    @api.onchange("number_from")
    def _onchange_number_from(self):
        if self.number_from and not self.number_to:
            self.number_to = self.number_from

    def _numbers(self):
        first, last = ((self.number_from or "").strip(), (self.number_to or "").strip())
        if not first.isdecimal() or not last.isdecimal() or len(first) != len(last):
            return []
        begin, end = int(first), int(last)
        if end < begin or end - begin >= MOST:
            return []
        return [f"{number:0{len(first)}d}" for number in range(begin, end + 1)]

    def action_receive(self):
        """One row per form: each of them is accounted for on its own."""
        self.ensure_one()
        numbers = self._numbers()
        if not numbers:
            raise UserError(
                self.env._(
                    "Enter the first and the last number as they are printed, with the same number of digits; at most %s "
                    "forms at once.",
                    MOST,
                )
            )
        if self.known_count:
            raise UserError(
                self.env._(
                    "%s of these forms are in stock already, here or elsewhere. Check the numbers.", self.known_count
                )
            )
        self.place_id.check_access("read")
        _papers_sudo = self.env["hospital.invoice.paper"].sudo()  # forms come in through this wizard only
        _papers_sudo.create(
            [{"batch": self.batch.strip(), "number": number, "place_id": self.place_id.id} for number in numbers]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s forms are in the stock of %(place)s.",
                    count=len(numbers),
                    place=self.place_id.display_name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
