from odoo import fields, models

from odoo.addons.hospital_base.tools.append_only import make_append_only

from .invoice import PLACES


class HospitalInvoicePrint(models.Model):
    """A print of a bill. Never changed, never deleted."""

    _name = "hospital.invoice.print"
    _description = "Print of an electronic bill"
    _order = "id desc"
    _rec_name = "invoice_id"

    invoice_id = fields.Many2one("hospital.invoice", required=True, readonly=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one(related="invoice_id.campus_id")
    at = fields.Datetime("Time", required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users", "By", required=True, readonly=True, default=lambda self: self.env.user, ondelete="restrict"
    )
    place = fields.Selection(PLACES, "At", required=True, readonly=True, default="window")
    medium = fields.Selection(
        [("electronic", "Electronic bill"), ("paper", "Paper form"), ("notice", "Notification slip")],
        required=True,
        readonly=True,
        default="electronic",
    )
    reason = fields.Char(readonly=True)

    def init(self):
        make_append_only(self.env, self._table)
