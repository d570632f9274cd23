from odoo import fields, models


class HospitalPayOrder(models.Model):
    _inherit = "hospital.pay.order"

    place = fields.Selection(selection_add=[("system", "From a bill")], ondelete={"system": "set default"})
    recon_item_ids = fields.One2many(
        "hospital.recon.item",
        "order_id",
        "Differences",
        readonly=True,
        groups="hospital_base.group_hospital_finance_clerk,hospital_base.group_hospital_auditor",
    )
