from odoo import fields, models

from .account_entry import PLACES


class HospitalSettlement(models.Model):
    """The bill of charges that are paid together, and with what they were paid."""

    _name = "hospital.settlement"
    _description = "Settlement"
    _order = "id desc"
    _rec_name = "number"

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    encounter_id = fields.Many2one("hospital.encounter", required=True, index=True, ondelete="restrict")
    patient_id = fields.Many2one("hospital.patient", required=True, index=True, ondelete="restrict")
    campus_id = fields.Many2one("hospital.campus", required=True, ondelete="restrict")
    company_id = fields.Many2one(related="campus_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("outpatient", "Outpatient"),
            ("interim", "Interim"),
            ("discharge", "Discharge"),
            ("cancel", "Cancellation"),
        ],
        required=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("paying", "Being paid"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
    )
    line_ids = fields.One2many("hospital.settlement.line", "settlement_id", "Lines")
    share_ids = fields.One2many("hospital.settlement.share", "settlement_id", "Shares")
    tender_ids = fields.One2many("hospital.settlement.tender", "settlement_id", "Paid with")
    shift_id = fields.Many2one("hospital.shift", readonly=True, index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one("res.users", readonly=True, default=lambda self: self.env.user, ondelete="restrict")
    place = fields.Selection(PLACES, required=True, default="window")
    day = fields.Date(readonly=True, copy=False)
