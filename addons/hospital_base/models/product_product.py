from odoo import api, models
from odoo.fields import Domain


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        return self.env["product.template"]._hospital_or_initials(domain, operator, value)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Clerks type the code or the initials: exact code, code and initials from their beginning, then parts of the name."""
        text = (name or "").strip()
        if not text or operator != "ilike" or not self.env.context.get("hospital_items"):
            return super().name_search(name, domain, operator, limit)
        base = Domain(domain or Domain.TRUE) & Domain("is_hospital_item", "=", True)
        steps = [Domain("default_code", "=ilike", text)]
        if text.isascii():
            steps += [
                Domain("initials", "=ilike", f"{text}%"),
                Domain("default_code", "=ilike", f"{text}%"),
                Domain("initials", "ilike", text),
            ]
        steps.append(Domain("name", "ilike", text))
        found = self.browse()
        for step in steps:
            room = limit - len(found) if limit else None
            if room == 0:
                break
            found |= self.search_fetch(
                base & step & Domain("id", "not in", found.ids), ["display_name"], limit=room, order="default_code, id"
            )
        return [(product.id, product._hospital_label()) for product in found]

    def _hospital_label(self):
        """Code, name, specification, price: enough to choose among items that look alike."""
        self.ensure_one()
        price = f"{self.lst_price:.{self.env['decimal.precision'].precision_get('Product Price')}f}"
        parts = (self.default_code, self.name, self.hospital_spec, f"¥{price}/{self.uom_id.name}")
        return " ".join(part for part in parts if part)

    def _hospital_prices_at(self, moments):
        """{(product id, moment): price} for pairs of the two, from the price history."""
        # whoever charges may not read the history
        _changes_sudo = self.env["hospital.price.change"].sudo()
        templates = {product.id: product.product_tmpl_id.id for product in self}
        changes = {}
        if moments:
            rows = _changes_sudo.search_read(
                [("product_tmpl_id", "in", list(templates.values())), ("at", ">", min(at for _id, at in moments))],
                ["product_tmpl_id", "at", "old_price"],
                order="at, id",
                load=None,
            )
            for row in rows:
                changes.setdefault(row["product_tmpl_id"], []).append((row["at"], row["old_price"]))
        now = {product.id: product.lst_price for product in self}
        return {
            (product_id, at): next(
                (old for changed_at, old in changes.get(templates[product_id], ()) if changed_at > at), now[product_id]
            )
            for product_id, at in moments
        }
