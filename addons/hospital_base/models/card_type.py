from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HospitalCardType(models.Model):
    _name = "hospital.card.type"
    _description = "Type of patient card"
    _order = "sequence, prefix"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=100)
    prefix = fields.Char(required=True, help="Card numbers that begin so are of this type; the longest prefix wins.")
    kind = fields.Selection(
        [("self_paid", "Self-paid"), ("insured", "Insured"), ("virtual", "Virtual")],
        "Class",
        required=True,
        default="self_paid",
    )
    may_hold_money = fields.Boolean("May hold money")
    number_length = fields.Integer("Length of the number", help="0: any length.")
    sequence_id = fields.Many2one(
        "ir.sequence", "Number sequence", help="For cards whose numbers the hospital gives itself."
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "There is already a card type with this code.")
    _prefix_uniq = models.UniqueIndex("(prefix) WHERE active", "There is already a card type with this prefix.")

    @api.constrains("prefix")
    def _check_prefix(self):
        for card_type in self:
            if not card_type.prefix.isalnum():
                raise ValidationError(self.env._("A prefix consists of letters and digits."))

    @api.model
    def _virtual(self):
        """The type whose numbers the hospital gives to patients without a card."""
        return self.search([("kind", "=", "virtual"), ("sequence_id", "!=", False)], limit=1)

    @api.model
    def _for_number(self, number):
        """The type whose prefix is the longest that the number begins with."""
        types = self.search([("prefix", "in", [number[:length] for length in range(1, len(number) + 1)])])
        return max(types, key=lambda card_type: len(card_type.prefix), default=self.browse())
