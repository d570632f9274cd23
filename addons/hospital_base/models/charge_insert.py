from odoo import api, models
from odoo.tools import SQL

from ..tools.rows import select_rows


class HospitalCharge(models.Model):
    """How lines reach the table: all of one call in one statement, whatever their number."""

    _inherit = "hospital.charge"

    @api.model
    def _create(self, data_list):
        """A night charges thousands of lines and reads none of them again, so they are not kept in the cache as Odoo would."""
        names = list(data_list[0]["stored"])
        if not self._can_insert_together(data_list, names):
            return super()._create(data_list)
        rows = [data["stored"] for data in data_list]
        columns = {name: self._column(self._fields[name], rows) for name in names}
        created = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) %s RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, names)),
                select_rows(columns),
            )
        )
        charges = self.browse(row[0] for row in created)
        for data, charge in zip(data_list, charges, strict=True):
            data["record"] = charge
        self._forget_inverses(names)
        with self.env.protecting([(data["protected"], data["record"]) for data in data_list if data["protected"]]):
            charges.modified(self._fields, create=True)
        charges._validate_fields(names)
        charges.check_access("create")
        return charges

    def _can_insert_together(self, data_list, names):
        """Lines with the same columns and nothing beside them: tags, translations and the like go Odoo's way."""
        return all(
            self._fields[name].column_type and self._fields[name].type != "properties" for name in names
        ) and all(data["stored"].keys() == data_list[0]["stored"].keys() for data in data_list)

    def _column(self, field, rows):
        """(type, values); each different value is converted once: many lines share items, prices, departments."""
        by = field.get_currency_field(self) if field.type == "monetary" else field.name
        converted, values = {}, []
        for row in rows:
            key = row[field.name], row.get(by)
            if key not in converted:
                converted[key] = field.convert_to_column_insert(row[field.name], self, row)
            values.append(converted[key])
        return field.column_type[1], values

    def _forget_inverses(self, names):
        """The lists of charges that were read before no longer hold all."""
        for name in names:
            for inverse in self.pool.field_inverses[self._fields[name]]:
                inverse._invalidate_cache(self.env)
