from odoo import api, fields, models
from odoo.tools import SQL, groupby


class ReportChargeList(models.AbstractModel):
    """费用清单: what was charged on a visit, by charge category, equal items of one price on one line."""

    _name = "report.hospital_base.report_charge_list"
    _description = "Charge list of a visit"

    @api.model
    def _get_report_values(self, docids, data=None):
        encounters = self.env["hospital.encounter"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": "hospital.encounter",
            "docs": encounters,
            "sheets": {encounter.id: self._sheet(encounter) for encounter in encounters},
        }

    @api.model
    def _sheet(self, encounter, first=None, last=None):
        """The groups of a visit's charges from one service day to another, with sums."""
        # which charges may be seen follows from the visit; the sums must not depend on the reader
        encounter.check_access("read")
        groups = []
        for category, lines in groupby(self._rows(encounter, first, last), key=lambda row: row["category"]):
            groups.append({"name": category, "lines": lines, "amount": sum(line["amount"] for line in lines)})
        currency = encounter.company_id.currency_id
        for group in groups:
            group["amount"] = currency.round(group["amount"])
        return {
            "groups": groups,
            "total": currency.round(sum(group["amount"] for group in groups)),
            "taken_back": currency.round(sum(line["taken_back"] for group in groups for line in group["lines"])),
            "currency": currency,
            "count": sum(len(group["lines"]) for group in groups),
            "unsettled": self._unsettled(encounter, last),
        }

    @api.model
    def _rows(self, encounter, first, last):
        self.env["hospital.charge"].flush_model()
        lang = self.env["product.template"]._hospital_lang()
        conditions = [SQL("charge.encounter_id = %s", encounter.id)]
        if first:
            conditions.append(SQL("charge.service_date >= %s", first))
        if last:
            conditions.append(SQL("charge.service_date <= %s", last))
        return [
            dict(
                zip(
                    ("category", "code", "name", "spec", "unit", "price", "quantity", "back", "amount", "taken_back"),
                    row,
                    strict=True,
                )
            )
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT category.name, product.default_code, charge.name, template.hospital_spec,
                           COALESCE(uom.name ->> %s, uom.name ->> 'en_US'), charge.price_unit,
                           SUM(charge.quantity) FILTER (WHERE charge.quantity > 0),
                           -COALESCE(SUM(charge.quantity) FILTER (WHERE charge.quantity < 0), 0),
                           SUM(charge.amount), COALESCE(SUM(charge.amount) FILTER (WHERE charge.quantity < 0), 0)
                      FROM hospital_charge charge
                      JOIN hospital_charge_category category ON category.id = charge.category_id
                      JOIN product_product product ON product.id = charge.product_id
                      JOIN product_template template ON template.id = product.product_tmpl_id
                      JOIN uom_uom uom ON uom.id = charge.uom_id
                     WHERE %s
                  GROUP BY category.sequence, category.code, category.id, product.default_code, charge.name,
                           template.hospital_spec, 5, charge.price_unit
                  ORDER BY category.sequence, category.code, category.id, product.default_code, charge.name, charge.price_unit
                    """,
                    lang,
                    SQL(" AND ").join(conditions),
                )
            )
        ]

    @api.model
    def _unsettled(self, encounter, last):
        domain = [("encounter_id", "=", encounter.id), ("state", "=", "unsettled")]
        if last:
            domain.append(("service_date", "<=", fields.Date.to_date(last)))
        _charges_sudo = self.env["hospital.charge"].sudo()
        return _charges_sudo._read_group(domain, [], ["amount:sum"])[0][0] or 0.0
