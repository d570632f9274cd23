from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.tools import format_datetime

from ..tools import identity
from ..tools.uniqueness import unique_or_sentence


class HospitalCard(models.Model):
    _name = "hospital.card"
    _description = "Patient card"
    _inherit = ["hospital.access.mixin"]
    _rec_name = "number"
    _order = "patient_id, state_at desc, id desc"

    # from which states a card comes into another one
    _STEPS_FROM = {
        "in_use": ("lost",),
        "lost": ("in_use",),
        "replaced": ("in_use", "lost"),
        "returned": ("in_use", "lost"),
    }
    _STEPS_TO = {"lost": "lost", "found": "in_use", "replace": "replaced", "return": "returned"}

    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="restrict")
    number = fields.Char("Card number", required=True, copy=False)
    type_id = fields.Many2one(
        "hospital.card.type",
        "Card type",
        compute="_compute_type_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(related="type_id.kind")
    may_hold_money = fields.Boolean(related="type_id.may_hold_money")
    state = fields.Selection(
        [("in_use", "In use"), ("lost", "Lost"), ("replaced", "Replaced"), ("returned", "Returned")],
        required=True,
        default="in_use",
        readonly=True,
        copy=False,
    )
    state_at = fields.Datetime("State since", required=True, default=fields.Datetime.now, readonly=True, copy=False)
    state_reason = fields.Char("Reason", readonly=True, copy=False)
    state_by_id = fields.Many2one("res.users", "Changed by", readonly=True, copy=False)
    issued_at = fields.Datetime("Issued at", required=True, default=fields.Datetime.now, readonly=True, copy=False)
    issued_by_id = fields.Many2one(
        "res.users", "Issued by", default=lambda self: self.env.user, readonly=True, copy=False
    )
    campus_id = fields.Many2one(
        "hospital.campus",
        "Issued at campus",
        default=lambda self: self.env.user._hospital_campus(),
        ondelete="restrict",
    )
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
            card.type_id = (card.number and CardType._for_number(identity.normalise(card.number))) or card.type_id

    @api.constrains("number", "type_id")
    def _check_number(self):
        for card in self:
            card_type = card.type_id
            if not card.number.startswith(card_type.prefix):
                raise ValidationError(
                    self.env._(
                        "Cards of the type %(type)s begin with %(prefix)s.",
                        type=card_type.name,
                        prefix=card_type.prefix,
                    )
                )
            if card_type.number_length and len(card.number) != card_type.number_length:
                raise ValidationError(
                    self.env._(
                        "A card number of the type %(type)s has %(length)s characters.",
                        type=card_type.name,
                        length=card_type.number_length,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # a new card is in use and has no history, whatever a client sends
            kept = ("patient_id", "number", "type_id", "campus_id")
            vals_list = [{name: vals[name] for name in kept if name in vals} for vals in vals_list]
        for vals in vals_list:
            vals["number"] = identity.normalise(vals.get("number"))
            if not vals["number"]:
                vals["number"] = self._next_number(vals.get("type_id"))
            if not vals.get("type_id") and not self.env["hospital.card.type"]._for_number(vals["number"]):
                raise UserError(
                    self.env._("No card type begins like this number: check the number, or add the card type.")
                )
        with self._unique_or_sentence():
            return super().create(vals_list)

    def write(self, vals):
        if "number" in vals and any(card.number != identity.normalise(vals["number"]) for card in self):
            raise UserError(self.env._("The number of a card never changes: replace the card instead."))
        with self._unique_or_sentence():
            return super().write(vals)

    def action_lost(self):
        return self._open_step("lost", self.env._("Report a card as lost"))

    def action_found(self):
        return self._open_step("found", self.env._("Card found again"))

    def action_replace(self):
        return self._open_step("replace", self.env._("Replace a card"))

    def action_return(self):
        return self._open_step("return", self.env._("Return a card"))

    def _open_step(self, step, title):
        self.ensure_one()
        self._check_step(self._STEPS_TO[step])
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "hospital.card.step",
            "views": [[False, "form"]],
            "target": "new",
            "context": {"default_card_id": self.id, "default_step": step, "dialog_size": "medium"},
        }

    def _check_step(self, state):
        """Another addon adds what it wants to know first, money on the card for instance."""
        self.ensure_one()
        if self.state not in self._STEPS_FROM[state]:
            label = dict(self._fields["state"]._description_selection(self.env))[self.state]
            raise UserError(
                self.env._(
                    "Card %(number)s is in the state %(state)s since %(since)s: this step is not possible.",
                    number=self.number,
                    state=label,
                    since=format_datetime(self.env, self.state_at),
                )
            )

    def _lock(self):
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._("Somebody else is changing this card right now. Look at it again in a moment.")
            ) from None
        self.invalidate_recordset()

    def _change_state(self, state, reason=None):
        self.check_access("read")
        self.patient_id.check_access("write")
        self._lock()
        self._check_step(state)
        _sudo = self.sudo()  # nobody writes cards, so that their history stays as it was
        _sudo.write(
            {
                "state": state,
                "state_at": fields.Datetime.now(),
                "state_by_id": self.env.uid,
                "state_reason": reason,
            }
        )

    def _replace(self, number, reason=None, virtual=False):
        """The old card ends and the new one begins in one step, or neither."""
        self._change_state("replaced", reason)
        vals = {"patient_id": self.patient_id.id, "previous_card_id": self.id}
        if virtual:
            vals["type_id"] = self.env["hospital.card.type"]._virtual().id
        else:
            vals["number"] = number
        _sudo = self.sudo()  # the link to the old card is written by this step alone
        return self.browse(_sudo.create(vals).id)

    def _unique_or_sentence(self):
        return unique_or_sentence(
            self.env,
            lambda: self.env._(
                "This card number is already in use for a patient. Search for the patient by the card number.",
            ),
        )

    def _next_number(self, type_id):
        card_type = self.env["hospital.card.type"].browse(type_id)
        sequence = card_type.sudo().sequence_id  # sequences are closed to clerks
        if not sequence:
            raise UserError(self.env._("Scan or type the card number."))
        return sequence.next_by_id()
