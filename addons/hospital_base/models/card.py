from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import identity
from ..tools.uniqueness import unique_or_sentence


class HospitalCard(models.Model):
    _name = "hospital.card"
    _description = "Patient card"
    _inherit = ["hospital.access.mixin"]
    _rec_name = "number"
    _order = "patient_id, state_at desc, id desc"

    patient_id = fields.Many2one("hospital.patient", "Patient", required=True, index=True, ondelete="restrict")
    number = fields.Char("Card number", required=True, copy=False)
    type_id = fields.Many2one(
        "hospital.card.type", "Card type", compute="_compute_type_id", store=True, readonly=False, precompute=True,
        required=True, index=True, ondelete="restrict",
    )
    kind = fields.Selection(related="type_id.kind")
    may_hold_money = fields.Boolean(related="type_id.may_hold_money")
    state = fields.Selection(
        [("in_use", "In use"), ("lost", "Lost"), ("replaced", "Replaced"), ("returned", "Returned")],
        "State", required=True, default="in_use", readonly=True, copy=False,
    )
    state_at = fields.Datetime("State since", required=True, default=fields.Datetime.now, readonly=True, copy=False)
    state_reason = fields.Char("Reason", readonly=True, copy=False)
    state_by_id = fields.Many2one("res.users", "Changed by", readonly=True, copy=False)
    issued_at = fields.Datetime("Issued at", required=True, default=fields.Datetime.now, readonly=True, copy=False)
    issued_by_id = fields.Many2one("res.users", "Issued by", default=lambda self: self.env.user, readonly=True, copy=False)
    campus_id = fields.Many2one("hospital.campus", "Issued at campus", ondelete="restrict")
    previous_card_id = fields.Many2one("hospital.card", "Replaces", readonly=True, copy=False, ondelete="restrict")
    next_card_ids = fields.One2many("hospital.card", "previous_card_id", "Replaced by")

    _number_in_use_uniq = models.UniqueIndex(
        "(number) WHERE state = 'in_use'",
        "This card number is already in use for a patient.",
    )
    _number_idx = models.Index("(number text_pattern_ops)")

    @api.depends("number")
    def _compute_type_id(self):
        CardType = self.env["hospital.card.type"]
        for card in self:
            card.type_id = card.number and CardType._for_number(identity.normalise(card.number)) or card.type_id

    @api.constrains("number", "type_id")
    def _check_number(self):
        for card in self:
            card_type = card.type_id
            if not card.number.startswith(card_type.prefix):
                raise ValidationError(self.env._(
                    "Cards of the type %(type)s begin with %(prefix)s.", type=card_type.name, prefix=card_type.prefix,
                ))
            if card_type.number_length and len(card.number) != card_type.number_length:
                raise ValidationError(self.env._(
                    "A card number of the type %(type)s has %(length)s characters.",
                    type=card_type.name, length=card_type.number_length,
                ))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["number"] = identity.normalise(vals.get("number"))
            if not vals["number"]:
                vals["number"] = self._next_number(vals.get("type_id"))
            if not vals.get("type_id") and not self.env["hospital.card.type"]._for_number(vals["number"]):
                raise UserError(self.env._("No card type begins like this number: check the number, or add the card type."))
        with self._unique_or_sentence():
            return super().create(vals_list)

    def write(self, vals):
        if "number" in vals and any(card.number != identity.normalise(vals["number"]) for card in self):
            raise UserError(self.env._("The number of a card never changes: replace the card instead."))
        with self._unique_or_sentence():
            return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Cards keep their history: return the card instead of deleting it."))

    def _unique_or_sentence(self):
        return unique_or_sentence(self.env, self.env._(
            "This card number is already in use for a patient. Search for the patient by the card number.",
        ))

    def _next_number(self, type_id):
        card_type = self.env["hospital.card.type"].browse(type_id)
        sequence = card_type.sudo().sequence_id  # sequences are closed to clerks
        if not sequence:
            raise UserError(self.env._("Scan or type the card number."))
        return sequence.next_by_id()
