from odoo import fields, models


class HospitalSettlementLine(models.Model):
    _name = "hospital.settlement.line"
    _description = "Charge of a settlement"
    _order = "settlement_id desc, id"
    _rec_name = "charge_id"

    settlement_id = fields.Many2one("hospital.settlement", required=True, index=True, ondelete="restrict")
    charge_id = fields.Many2one("hospital.charge", required=True, index=True, ondelete="restrict")
    category_id = fields.Many2one("hospital.charge.category", "Charge category", required=True, ondelete="restrict")
    campus_id = fields.Many2one(related="settlement_id.campus_id", store=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(required=True)
    is_live = fields.Boolean("Counts", default=True, help="A charge is in one settlement that counts, never in two.")
    name = fields.Char(related="charge_id.name")
    quantity = fields.Float(related="charge_id.quantity")
    price_unit = fields.Float(related="charge_id.price_unit")
    uom_id = fields.Many2one(related="charge_id.uom_id")
    service_at = fields.Datetime(related="charge_id.service_at")
    settlement_state = fields.Selection(related="settlement_id.state", string="State")
    day = fields.Date(related="settlement_id.day", store=True, string="Day")

    _one_live = models.UniqueIndex(
        "(charge_id) WHERE is_live", "One of these charges is being paid already. Open the patient again."
    )
