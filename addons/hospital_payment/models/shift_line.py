from odoo import fields, models


class HospitalShiftLine(models.Model):
    """One total of a shift, reckoned from the ledger: read it, never write it."""

    _name = "hospital.shift.line"
    _description = "Total of a shift"
    _order = "shift_id desc, section, sequence, id"
    _rec_name = "label"

    shift_id = fields.Many2one("hospital.shift", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer()
    section = fields.Selection(
        [
            ("1_in", "Taken"),
            ("2_out", "Given back"),
            ("3_account", "Paid from accounts"),
            ("4_payer", "Who bears the charges"),
            ("5_charge", "Charges settled"),
            ("6_rounding", "Rounding"),
            ("7_owed", "Owed back"),
        ],
        required=True,
    )
    channel_id = fields.Many2one("hospital.pay.channel", ondelete="restrict")
    business = fields.Char()
    category_id = fields.Many2one("hospital.charge.category", "Charge category", ondelete="restrict")
    payer_kind = fields.Char("Payer")
    label = fields.Char("For", compute="_compute_label")
    count = fields.Integer("Number")
    currency_id = fields.Many2one(related="shift_id.currency_id")
    amount = fields.Monetary(required=True)
    day = fields.Date(related="shift_id.day", store=True)
    campus_id = fields.Many2one(related="shift_id.campus_id", store=True)
    user_id = fields.Many2one(related="shift_id.user_id", store=True, string="Cashier")
    state = fields.Selection(related="shift_id.state")

    def _compute_label(self):
        business = dict(self.env["hospital.pay.order"]._fields["business"]._description_selection(self.env))
        payers = dict(self.env["hospital.settlement.share"]._fields["payer_kind"]._description_selection(self.env))
        business["settlement_back"] = self.env._("Settlements taken back")
        for line in self:
            parts = [
                line.channel_id.name,
                business.get(line.business, line.business),
                line.category_id.name,
                payers.get(line.payer_kind, line.payer_kind),
            ]
            line.label = " · ".join(part for part in parts if part)
