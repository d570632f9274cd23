from odoo import fields, models


class BenchBareCharge(models.Model):
    """The columns of hospital.charge and nothing else."""

    _name = "bench.bare.charge"
    _description = "Bare charge"

    encounter_id = fields.Many2one("hospital.encounter")
    patient_id = fields.Many2one("hospital.patient")
    campus_id = fields.Many2one("hospital.campus")
    company_id = fields.Many2one("res.company")
    currency_id = fields.Many2one("res.currency")
    product_id = fields.Many2one("product.product")
    name = fields.Char()
    category_id = fields.Many2one("hospital.charge.category")
    uom_id = fields.Many2one("uom.uom")
    quantity = fields.Float(digits="Product Unit")
    price_unit = fields.Float(digits="Product Price")
    amount = fields.Monetary()
    order_department_id = fields.Many2one("hospital.department")
    order_practitioner_id = fields.Many2one("hospital.practitioner")
    exec_department_id = fields.Many2one("hospital.department")
    exec_practitioner_id = fields.Many2one("hospital.practitioner")
    service_at = fields.Datetime()
    service_date = fields.Date()
    origin_model = fields.Char()
    origin_id = fields.Many2oneReference(model_field="origin_model")
    origin_ref = fields.Char()
    state = fields.Selection([("unsettled", "Unsettled"), ("settled", "Settled"), ("reversed", "Reversed")])
    is_late = fields.Boolean()
    reversal_of_id = fields.Many2one("bench.bare.charge")
    reversed_quantity = fields.Float(digits="Product Unit")
    reversed_amount = fields.Monetary()
    reason = fields.Char()
