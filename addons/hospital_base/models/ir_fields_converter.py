from odoo import models


class IrFieldsConverter(models.AbstractModel):
    _inherit = "ir.fields.converter"

    def db_id_for(self, model, field, subfield, value, savepoint):
        """Look a code up in the set its field asks for: 01 is a department, an ethnic group and a kind of charge."""
        converter = self
        if field.comodel_name == "hospital.code" and not subfield and isinstance(field.domain, (list, tuple)):
            sets = [leaf[2] for leaf in field.domain if tuple(leaf[:2]) == ("set_id.code", "=")]
            if sets:
                converter = self.with_context(hospital_code_set=sets[0])
        return super(IrFieldsConverter, converter).db_id_for(model, field, subfield, value, savepoint)

    def _str_to_many2many(self, model, field, value, savepoint):
        """Names in one cell may be parted by Chinese commas too."""
        if hasattr(model, "_hospital_import_fields"):
            value = [
                {None: part[None].replace("，", ",")} if isinstance(part.get(None), str) else part for part in value
            ]
        return super()._str_to_many2many(model, field, value, savepoint)
