from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .nursing_plan import KINDS


class HospitalNursingPlanPrice(models.Model):
    """What one kind of nursing costs per day, from a day on, until the next row of the same kind."""

    _name = "hospital.nursing.plan.price"
    _description = "Item of a nursing charge plan"
    _inherit = ["hospital.nursing.plan.part"]
    _order = "plan_id, kind desc, date_from, id"
    _rec_name = "product_id"

    plan_id = fields.Many2one("hospital.nursing.plan", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    kind = fields.Selection(KINDS, required=True, default="whole")
    date_from = fields.Date("From", help="Empty: as long as the plan is in force.")
    product_id = fields.Many2one(
        "product.product",
        "Item",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_hospital_item', '=', True)]",
        context={"hospital_items": True},
    )
    price_rule = fields.Selection(
        [("list", "Price list of the day"), ("fixed", "Price of this row")],
        "Price from",
        required=True,
        compute="_compute_price_rule",
        store=True,
        readonly=False,
        precompute=True,
    )
    price = fields.Float(
        "Price per day",
        digits="Product Price",
        compute="_compute_price",
        store=True,
        readonly=False,
        precompute=True,
    )

    _price_not_negative = models.Constraint("CHECK (price >= 0)", "A price cannot be negative.")

    @api.depends("kind")
    def _compute_price_rule(self):
        for line in self:
            line.price_rule = "fixed" if line.kind == "whole" else "list"

    @api.depends("product_id", "price_rule")
    def _compute_price(self):
        """Today's list price is shown; with the rule `fixed` it may be changed and then stays."""
        for line in self:
            if line.price_rule == "list" or not line.price:
                line.price = line.product_id.lst_price

    @api.constrains("kind", "date_from", "plan_id")
    def _check_steps(self):
        for plan in self.plan_id:
            seen = set()
            for line in plan.price_ids:
                key = (line.kind, line.date_from or plan.date_from)
                if key in seen:
                    raise ValidationError(
                        self.env._(
                            "%(kind)s has two prices from %(day)s on. Correct one of the dates.",
                            kind=dict(line._fields["kind"]._description_selection(self.env))[line.kind],
                            day=key[1],
                        )
                    )
                seen.add(key)

    @api.constrains("product_id")
    def _check_product(self):
        for line in self:
            if not line.product_id.hospital_charge_category_id:
                raise ValidationError(
                    self.env._(
                        "%s has no charge category and cannot be charged. Choose another item.", line.product_id.name
                    )
                )

    def _price_steps(self):
        """{row: ((first day or None, price), …)}: one price, or those of the price list in the course of time."""
        listed = self.filtered(lambda line: line.price_rule == "list").product_id.product_tmpl_id
        # the history is closed to most users
        _changes_sudo = self.env["hospital.price.change"].sudo()
        changes = {}
        for change in _changes_sudo.search_fetch(
            [("product_tmpl_id", "in", listed.ids)], ["product_tmpl_id", "at", "old_price"], order="at, id"
        ):
            changes.setdefault(change.product_tmpl_id.id, []).append((change.at, change.old_price))
        digits = self.env["decimal.precision"].precision_get("Product Price")

        def exact(price):
            return round(Decimal(str(price)), digits)

        steps = {}
        for line in self:
            if line.price_rule == "fixed":
                steps[line] = ((None, exact(line.price)),)
                continue
            company, since, rows = line.plan_id.company_id, None, []
            for at, old_price in changes.get(line.product_id.product_tmpl_id.id, ()):
                rows.append((since, exact(old_price)))
                since = company._hospital_date(at)
            rows.append((since, exact(line.product_id.lst_price)))
            steps[line] = tuple(rows)
        return steps
