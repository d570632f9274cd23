from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import pinyin

ITEM_KINDS = [
    ("drug", "Drug"),
    ("material", "Material"),
    ("exam", "Examination"),
    ("lab", "Laboratory test"),
    ("treatment", "Treatment"),
    ("surgery", "Surgery"),
    ("nursing", "Nursing"),
    ("bed", "Bed"),
    ("registration", "Registration"),
    ("other", "Other"),
]


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "hospital.import.mixin"]
    _hospital_import_fields = (
        "default_code",
        "name",
        "hospital_kind",
        "hospital_charge_category_id",
        "hospital_spec",
        "uom_id",
        "list_price",
        "hospital_national_code",
        "hospital_price_at_entry",
    )

    hospital_kind = fields.Selection(ITEM_KINDS, string="Kind of item", index="btree_not_null")
    is_hospital_item = fields.Boolean(
        "In the hospital's price list", compute="_compute_is_hospital_item", store=True, index=True
    )
    hospital_charge_category_id = fields.Many2one(
        "hospital.charge.category", string="Charge category", index="btree_not_null", ondelete="restrict"
    )
    hospital_spec = fields.Char("Specification")
    hospital_national_code = fields.Char(
        "National code",
        index="btree_not_null",
        help="The item's code in the catalogue of the national insurance.",
    )
    hospital_price_at_entry = fields.Boolean(
        "Price entered with the charge",
        help="For items without a fixed price: who enters the charge enters the price. All other items are charged at "
        "the "
        "price of this list.",
    )
    initials = fields.Char(
        "Pinyin initials",
        compute="_compute_initials",
        store=True,
        readonly=False,
        index="trigram",
        copy=False,
        help="Filled from the name. Change them when a character of the name is read in another way.",
    )
    hospital_price_change_ids = fields.One2many(
        "hospital.price.change", "product_tmpl_id", string="Price history", readonly=True
    )

    # === COMPUTE ===

    @api.depends("hospital_kind")
    def _compute_is_hospital_item(self):
        for item in self:
            item.is_hospital_item = bool(item.hospital_kind)

    @api.depends("name")
    def _compute_initials(self):
        lang = self._hospital_lang()
        for item in self:
            item.initials = pinyin.initials(item.with_context(lang=lang).name)

    # === CONSTRAINS ===

    @api.constrains("hospital_kind", "hospital_charge_category_id")
    def _check_hospital_charge_category(self):
        for item in self:
            if item.hospital_kind and not item.hospital_charge_category_id:
                raise ValidationError(
                    self.env._("%s has no charge category. Choose the line of the bill it belongs to.", item.name)
                )

    @api.constrains("hospital_kind", "list_price")
    def _check_hospital_price(self):
        for item in self:
            if item.hospital_kind and item.list_price < 0:
                raise ValidationError(self.env._("The price of %s is negative. Enter zero or more.", item.name))

    @api.constrains("hospital_kind", "default_code", "active")
    def _check_hospital_code(self):
        """One code, one item: it is what clerks type and what other systems send."""
        items = self.filtered(lambda item: item.hospital_kind and item.default_code)
        if not items:
            return
        groups = self._read_group(
            [("is_hospital_item", "=", True), ("default_code", "in", items.mapped("default_code"))],
            ["default_code"],
            having=[("__count", ">", 1)],
        )
        if groups:
            raise ValidationError(
                self.env._("The code %s is used by two items of the price list. Give each its own code.", groups[0][0])
            )

    @api.constrains("hospital_kind", "attribute_line_ids")
    def _check_hospital_single_variant(self):
        for item in self:
            if item.hospital_kind and len(item.product_variant_ids) > 1:
                raise ValidationError(
                    self.env._("%s has variants. In the price list each variant is an item of its own.", item.name)
                )

    # === CRUD ===

    def write(self, vals):
        if "list_price" not in vals:
            return super().write(vals)
        before = {item: item.list_price for item in self}
        result = super().write(vals)
        self._hospital_keep_prices(before)
        return result

    def _hospital_keep_prices(self, before):
        """Leave a row in the price history for each price that is another one now."""
        changed = self.filtered(lambda item: item.is_hospital_item and item.list_price != before[item])
        if changed:
            # the history is closed to everybody's hands
            _changes_sudo = self.env["hospital.price.change"].sudo()
            _changes_sudo.create(
                [
                    {
                        "product_tmpl_id": item.id,
                        "old_price": before[item],
                        "new_price": item.list_price,
                        "user_id": self.env.uid,
                    }
                    for item in changed
                ]
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_charged(self):
        # charges of every campus count
        _charges_sudo = self.env["hospital.charge"].sudo()
        if _charges_sudo.search_count([("product_id.product_tmpl_id", "in", self.ids)], limit=1):
            raise UserError(self.env._("The item has been charged and cannot be deleted. Archive it instead."))

    # === SEARCH ===

    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        return self._hospital_or_initials(domain, operator, value)

    @api.model
    def _hospital_or_initials(self, domain, operator, value):
        """Names are also found by the beginning of their pinyin initials."""
        if operator in ("ilike", "=ilike", "like", "=like") and isinstance(value, str):
            text = value.strip()
            if text.isascii() and text.isalnum():
                return Domain(domain) | Domain("initials", "=ilike", f"{text}%")
        return domain

    # === BUSINESS ===

    @api.model
    def _hospital_lang(self):
        """The language in which items are named on bills: Chinese where it is installed."""
        return "zh_CN" if self.env["res.lang"]._get_data(code="zh_CN") else self.env.lang

    def action_price_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_price_change")
        return {**action, "domain": [("product_tmpl_id", "=", self.id)], "context": {}}

    # === IMPORT ===

    @api.model
    def get_import_templates(self):
        if not self.env.context.get("hospital_price_list"):
            return super().get_import_templates()
        label = self.env._("Excel template: %s", self._get_model_name())
        return [{"label": label, "template": f"/hospital/import_template/{self._name}"}]

    @api.model
    def _get_model_name(self):
        return self.env._("Price list")

    @api.model
    def _hospital_import_example(self):
        kinds = dict(self._fields["hospital_kind"]._description_selection(self.env))
        return {
            "default_code": "T0001",
            "name": self.env._("Example item"),
            "hospital_kind": kinds["treatment"],
            "hospital_charge_category_id": self.env["hospital.charge.category"]
            .search([("code", "=", "05")])
            .display_name,
            "uom_id": self.env.ref("hospital_base.uom_time").display_name,
            "list_price": 12.5,
            "hospital_price_at_entry": False,
        }
