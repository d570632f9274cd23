from odoo import fields, models


class HospitalChargeCategory(models.Model):
    """A line of the bill: what charges are added up under, on paper, for the insurance and for the electronic invoice."""

    _name = "hospital.charge.category"
    _description = "Charge category"
    _inherit = ["hospital.pinyin.mixin", "hospital.archive.mixin"]
    _order = "sequence, code, id"

    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    insurance_code_id = fields.Many2one(
        "hospital.code",
        string="Insurance class",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('set_id.code', '=', 'chrgitm')]",
        help="The class of the national insurance (med_chrgitm_type) to which these charges are reported.",
    )
    product_count = fields.Integer("Items", compute="_compute_product_count")

    _code_unique = models.Constraint(
        "UNIQUE (code)",
        "This code belongs to another charge category. Choose another code or change that category.",
    )

    def _compute_product_count(self):
        counts = dict(
            self.env["product.template"]._read_group(
                [("hospital_charge_category_id", "in", self.ids)], ["hospital_charge_category_id"], ["__count"]
            )
        )
        for category in self:
            category.product_count = counts.get(category, 0)

    def action_items(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_item")
        context = {
            "search_default_hospital_charge_category_id": self.id,
            "default_hospital_charge_category_id": self.id,
        }
        return {**action, "context": context}
