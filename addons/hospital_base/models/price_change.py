from odoo import api, fields, models
from odoo.exceptions import UserError


class HospitalPriceChange(models.Model):
    """What the price list said before: written by the items themselves, so that a late charge gets the price of its day."""

    _name = "hospital.price.change"
    _description = "Price change"
    _order = "at desc, id desc"
    _rec_name = "product_tmpl_id"

    product_tmpl_id = fields.Many2one(
        "product.template", string="Item", required=True, readonly=True, ondelete="cascade"
    )
    default_code = fields.Char(related="product_tmpl_id.default_code")
    category_id = fields.Many2one(
        related="product_tmpl_id.hospital_charge_category_id", string="Charge category", store=True, readonly=True
    )
    old_price = fields.Float(digits="Product Price", required=True, readonly=True)
    new_price = fields.Float(digits="Product Price", required=True, readonly=True)
    difference = fields.Float(digits="Product Price", compute="_compute_difference", store=True)
    at = fields.Datetime("Changed at", required=True, readonly=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one("res.users", string="Changed by", required=True, readonly=True, ondelete="restrict")

    _item_index = models.Index("(product_tmpl_id, at)")

    @api.depends("old_price", "new_price")
    def _compute_difference(self):
        for change in self:
            change.difference = change.new_price - change.old_price

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(
                self.env._("The price history is kept by the price list itself. Change the price of the item.")
            )
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The price history cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_item(self):
        raise UserError(self.env._("The price history cannot be deleted."))
