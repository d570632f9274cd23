from odoo import api, fields, models

from ..tools import identity


class HospitalCardStep(models.TransientModel):
    _name = "hospital.card.step"
    _description = "Change of a patient card"

    card_id = fields.Many2one("hospital.card", required=True, readonly=True)
    patient_id = fields.Many2one(related="card_id.patient_id")
    step = fields.Selection(
        [
            ("lost", "Report as lost"),
            ("found", "Found again"),
            ("replace", "Replace the card"),
            ("return", "Return the card"),
        ],
        "What happens",
        required=True,
        readonly=True,
    )
    new_number = fields.Char("New card number", help="Scan the new card. Leave it empty for a virtual card.")
    new_type_id = fields.Many2one("hospital.card.type", "New card type", compute="_compute_new_type_id")
    is_virtual = fields.Boolean("Virtual card", help="The hospital gives the next number of its own sequence.")
    reason = fields.Char()

    @api.depends("new_number", "is_virtual")
    def _compute_new_type_id(self):
        CardType = self.env["hospital.card.type"]
        for step in self:
            step.new_type_id = (
                CardType._virtual() if step.is_virtual else CardType._for_number(identity.normalise(step.new_number))
            )

    def action_confirm(self):
        self.ensure_one()
        card = self.card_id
        if self.step == "replace":
            card._replace(self.new_number, self.reason, virtual=self.is_virtual)
        else:
            card._change_state({"lost": "lost", "found": "in_use", "return": "returned"}[self.step], self.reason)
        return {"type": "ir.actions.act_window_close"}
