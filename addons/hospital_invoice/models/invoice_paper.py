from odoo import api, fields, models
from odoo.exceptions import LockError, UserError


class HospitalInvoicePaper(models.Model):
    """A numbered paper form, from its coming into the house until it is used or void."""

    _name = "hospital.invoice.paper"
    _description = "Paper form"
    _order = "batch, number"
    _rec_name = "number"
    _rec_names_search = ["number", "batch"]

    batch = fields.Char("Form code", required=True, readonly=True)
    number = fields.Char(required=True, readonly=True)
    place_id = fields.Many2one("hospital.invoice.place", required=True, readonly=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one(related="place_id.campus_id", store=True)
    state = fields.Selection(
        [("blank", "Blank"), ("used", "Used"), ("void", "Void")], required=True, readonly=True, default="blank"
    )
    invoice_id = fields.Many2one("hospital.invoice", "Bill", readonly=True, index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="restrict")
    at = fields.Datetime("Time", readonly=True)
    reason = fields.Char(readonly=True)

    _number_unique = models.UniqueIndex("(batch, number)", "There is a form with this code and number already.")
    _used_for_bill = models.Constraint(
        "CHECK (state <> 'used' OR invoice_id IS NOT NULL)", "A form that is used names its bill."
    )
    _blank_index = models.Index("(place_id, batch, number) WHERE state = 'blank'")

    @api.depends("batch", "number")
    def _compute_display_name(self):
        for paper in self:
            paper.display_name = f"{paper.batch} {paper.number}"

    @api.ondelete(at_uninstall=False)
    def _unlink_blank(self):
        if self.filtered(lambda paper: paper.state != "blank"):
            raise UserError(self.env._("A form that was used or voided is never deleted."))

    # === BUSINESS ===

    def _use(self, invoice, reason):
        """Take a blank form for a bill; of two who want the same one the second is told."""
        self.ensure_one()
        _sudo = self.sudo()  # forms are written by what is done with them
        try:
            _sudo.lock_for_update()
        except LockError:
            raise UserError(self.env._("Somebody else has just taken the form %s.", self.display_name)) from None
        self.invalidate_recordset()
        if self.state != "blank":
            raise UserError(self.env._("The form %s is not blank any more. Take the next one.", self.display_name))
        _sudo.write(
            {
                "state": "used",
                "invoice_id": invoice.id,
                "user_id": self.env.uid,
                "at": fields.Datetime.now(),
                "reason": reason,
            }
        )
