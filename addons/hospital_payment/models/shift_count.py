from odoo import api, fields, models


class HospitalShiftCount(models.Model):
    _name = "hospital.shift.count"
    _description = "Cash counted by denomination"
    _order = "shift_id desc, denomination desc"
    _rec_name = "denomination"

    shift_id = fields.Many2one("hospital.shift", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="shift_id.currency_id")
    denomination = fields.Monetary(required=True, aggregator=None)
    pieces = fields.Integer()
    amount = fields.Monetary(compute="_compute_amount", store=True)

    _once = models.UniqueIndex("(shift_id, denomination)", "Each denomination is counted once.")
    _pieces_not_negative = models.Constraint("CHECK (pieces >= 0)", "There cannot be fewer than no pieces.")

    @api.depends("denomination", "pieces")
    def _compute_amount(self):
        for count in self:
            currency = count.currency_id or self.env.company.currency_id
            count.amount = currency.round(count.denomination * count.pieces)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            self.env["hospital.shift"].browse({vals.get("shift_id") for vals in vals_list})._check_counting()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self.shift_id._check_counting()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_while_counting(self):
        if not self.env.su:
            self.shift_id._check_counting()
