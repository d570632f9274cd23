import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalPayChannel(models.Model):
    """A way in which money comes: the till, a bank card machine, an account of the patient, a payment platform."""

    _name = "hospital.pay.channel"
    _description = "Payment channel"
    _order = "sequence, id"

    code = fields.Char(required=True, copy=False, help="Short name in small letters; interfaces and bills go by it.")
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [
            ("cash", "Cash"),
            ("manual", "Card machine"),
            ("account", "Account of the patient"),
            ("online", "Payment platform"),
        ],
        required=True,
        default="online",
    )
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    scan_pattern = fields.Char(
        "Payment codes", help="Regular expression of the codes that a patient shows: prefix and length say whose it is."
    )
    qr_minutes = fields.Integer("QR code valid (minutes)", default=5, required=True)
    query_every_s = fields.Integer("Ask again after (s)", default=5, required=True)
    decide_after_s = fields.Integer(
        "Take back when unclear after (s)",
        default=60,
        required=True,
        help="A payment code charge that is still not clear then is reversed, so that the patient can pay anew.",
    )
    reverse_wait_s = fields.Integer("Not reversed before (s)", default=0, required=True)
    refund_days = fields.Integer(
        "Refunds within (days)",
        default=0,
        required=True,
        help="Older payments cannot go back by this road. 0: no limit.",
    )
    refunds_most = fields.Integer(
        "Refunds of one payment",
        default=0,
        required=True,
        help="How many partial refunds the channel takes. 0: any number.",
    )
    refund_gap_s = fields.Integer("Pause between two refunds of one payment (s)", default=0, required=True)
    merchant_ids = fields.One2many("hospital.pay.merchant", "channel_id", "Merchants")

    _code_unique = models.Constraint("UNIQUE (code)", "There is a payment channel with this code already.")
    _numbers_not_negative = models.Constraint(
        "CHECK (refund_days >= 0 AND refunds_most >= 0 AND refund_gap_s >= 0 AND reverse_wait_s >= 0)",
        "Limits and pauses of a payment channel cannot be negative.",
    )
    _times_positive = models.Constraint(
        "CHECK (query_every_s > 0 AND decide_after_s > 0 AND qr_minutes > 0)",
        "The times after which a payment channel is asked must be more than zero.",
    )

    # === CONSTRAINTS ===

    @api.constrains("scan_pattern")
    def _check_scan_pattern(self):
        for channel in self.filtered("scan_pattern"):
            try:
                re.compile(channel.scan_pattern)
            except re.error:
                raise ValidationError(
                    self.env._("The pattern of payment codes of %s is not a regular expression.", channel.name)
                ) from None

    # === BUSINESS ===

    @api.model
    def _get(self, code):
        """The live channel with this code; empty when the hospital does not use it."""
        return self.search([("code", "=", code)], limit=1)

    @api.model
    def _for_auth_code(self, auth_code):
        """The channel whose payment codes look like this one; empty when none or several do."""
        found = self.search([("kind", "=", "online"), ("scan_pattern", "!=", False)]).filtered(
            lambda channel: re.fullmatch(channel.scan_pattern, auth_code or "")
        )
        return found if len(found) == 1 else self.browse()
